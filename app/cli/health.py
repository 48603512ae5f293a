"""`health`: whether a worker of this machine is at work, for the health check of its container."""

from __future__ import annotations

import argparse
import sys

from core.settings import Settings
from jobs.heartbeat import unwell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare nothing."""


def run(settings: Settings, args: argparse.Namespace) -> int:  # noqa: ARG001  # every command has this signature
    """Say what is wrong and return 1, or return 0."""
    problem = unwell(settings.home)
    if problem is not None:
        print(f"forge: {problem}", file=sys.stderr)  # noqa: T201
    return 0 if problem is None else 1
