"""`doctor`: look at everything Forge stands on, and say what is wrong in words that help."""

from __future__ import annotations

import argparse
import asyncio
import dataclasses

from app.diagnosis import Finding, of_machine, of_servers
from app.embedded.errors import ServerError
from app.listing import add_json, show_json
from app.reach import reachable
from core.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `--json`."""
    add_json(parser)


def run(settings: Settings, args: argparse.Namespace) -> int:
    """Print one line for each finding; 1 when one of them keeps Forge from working."""
    findings = of_machine(settings)
    if not args.json:
        _print(findings)
    try:
        with reachable(settings) as found:
            more = asyncio.run(of_servers(found))
    except ServerError as error:
        more = [Finding("servers", str(error), "bad")]
    if args.json:
        show_json([dataclasses.asdict(each) for each in findings + more])
    else:
        _print(more)
    return 1 if any(finding.level == "bad" for finding in findings + more) else 0


def _print(findings: list[Finding]) -> None:
    for finding in findings:
        print(f"{finding.level:<5} {finding.what:<11} {finding.text}")  # noqa: T201
