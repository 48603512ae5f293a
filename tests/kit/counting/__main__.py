"""A worker that also counts: `python -m tests.kit.counting`, on the servers that the settings name."""

from __future__ import annotations

from core.settings import Settings
from jobs.worker import Shown, main
from schema.assembly import graph
from tests.kit.counting.kind import KINDS

main(Settings.load(), Shown.of(graph()), KINDS)
