"""`schema`: the graph as clients see it."""

from __future__ import annotations

import argparse
import sys

from core.settings import Settings
from schema.assembly import graph


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare nothing."""


def run(settings: Settings, args: argparse.Namespace) -> int:  # noqa: ARG001  # every command has this signature
    """Print the SDL; `schema/schema.graphql` is its committed print."""
    sys.stdout.write(graph().sdl())
    return 0
