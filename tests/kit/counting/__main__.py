"""A worker that also counts: `python -m tests.kit.counting`, on the servers that the settings name."""

from __future__ import annotations

from core.settings import Settings
from engine.sql.projection import event_projections, guarded_tables
from jobs.worker import Shown, main
from schema.assembly import graph
from tests.kit.counting.kind import KINDS

catalogue = graph().catalogue
main(Settings.load(), Shown(event_projections(catalogue), guarded_tables(catalogue)), KINDS)
