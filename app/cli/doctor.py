"""`doctor`: look at everything Forge stands on, and say what is wrong in words that help."""

from __future__ import annotations

import argparse
import asyncio

from app.diagnosis import Finding, of_machine, of_servers
from app.embedded.errors import ServerError
from app.reach import reachable
from core.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare nothing."""


def run(settings: Settings, args: argparse.Namespace) -> int:  # noqa: ARG001
    """Print one line for each finding; 1 when one of them keeps Forge from working."""
    findings = of_machine(settings)
    _print(findings)
    try:
        with reachable(settings) as found:
            more = asyncio.run(of_servers(found))
    except ServerError as error:
        more = [Finding("servers", str(error), "bad")]
    _print(more)
    return 1 if any(finding.level == "bad" for finding in findings + more) else 0


def _print(findings: list[Finding]) -> None:
    for finding in findings:
        print(f"{finding.level:<5} {finding.what:<11} {finding.text}")  # noqa: T201
