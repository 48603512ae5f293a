"""`worker`: one process of the background worker."""

from __future__ import annotations

import argparse
import importlib

from app.reach import reachable
from core.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare nothing: settings say it all."""


def run(settings: Settings, args: argparse.Namespace) -> int:  # noqa: ARG001
    """Work until told to stop."""
    with reachable(settings) as found:
        importlib.import_module("jobs.worker").main(found)
    return 0
