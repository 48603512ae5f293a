"""`docs`: documentation that the code itself says, as committed files."""

from __future__ import annotations

import argparse
import sys

from app.generated import FILES, ROOT
from core.settings import Settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the check of CI."""
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is not current")


def run(settings: Settings, args: argparse.Namespace) -> int:  # noqa: ARG001
    """Write the files that are not current, or name them and return 1."""
    stale = {path: text for path, make in FILES.items() if _committed(path) != (text := make())}
    for path, text in stale.items():
        if args.check:
            print(f"forge: {path} is not current; run `python -m app docs`", file=sys.stderr)  # noqa: T201
        else:
            (ROOT / path).parent.mkdir(exist_ok=True)
            (ROOT / path).write_text(text)
            print(f"forge: wrote {path}")  # noqa: T201
    return 1 if stale and args.check else 0


def _committed(path: str) -> str | None:
    file = ROOT / path
    return file.read_text() if file.exists() else None
