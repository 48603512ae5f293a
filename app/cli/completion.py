"""`completion`: a script that makes a shell complete the commands of `forge` and their options."""

from __future__ import annotations

import argparse
import sys

import shtab

from app import cli
from core.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the shells."""
    parser.add_argument("shell", choices=shtab.SUPPORTED_SHELLS, help="which shell it is for: docs/operating.md")


def run(settings: Settings, args: argparse.Namespace) -> int:  # noqa: ARG001  # every command has this signature
    """Print the script."""
    sys.stdout.write(f"{shtab.complete(cli.whole_parser(), shell=args.shell)}\n")
    return 0
