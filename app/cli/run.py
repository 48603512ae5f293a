"""`run`: the whole of Forge in one terminal."""

from __future__ import annotations

import argparse

from app.processes import end_with_parent
from app.run import run as supervise
from core.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the Makefile needs."""
    parser.add_argument("--with-parent", action="store_true", help="stop when the process that started this one ends")


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Start everything and stay until told to stop."""
    return supervise(settings, end_with_parent() if args.with_parent else lambda: False)
