"""`worker`: one process of the background worker."""

from __future__ import annotations

import argparse

from app.exposition import exposed
from app.reach import reachable
from core.settings import Settings
from engine.sql.projection import event_projections, guarded_tables
from jobs.worker import Shown, main
from schema.assembly import graph


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare nothing: settings say it all."""


def run(settings: Settings, args: argparse.Namespace) -> int:  # noqa: ARG001
    """Work until told to stop."""
    with reachable(settings) as found, exposed(found):
        catalogue = graph().catalogue
        main(found, Shown(event_projections(catalogue), guarded_tables(catalogue)))
    return 0
