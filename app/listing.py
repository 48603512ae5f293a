"""What commands list: lines for people, or with `--json` one JSON document for programs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson

from engine.declare.scalars import write_moment

T = TypeVar("T")
_HOW = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_PASSTHROUGH_DATETIME


def add_json(parser: argparse.ArgumentParser, what: str = "one JSON array") -> None:
    """Declare `--json`."""
    parser.add_argument("--json", action="store_true", help=f"print {what}: docs/operating.md")


def show(
    rows: Iterable[T], args: argparse.Namespace, line: Callable[[T], str], shape: Callable[[T], Any] | None = None
) -> None:
    """Print rows as one JSON array if `--json` was given, each in its `shape`; else a line for each."""
    if args.json:
        show_json([row if shape is None else shape(row) for row in rows])
        return
    for row in rows:
        print(readable(line(row)))  # noqa: T201


def readable(text: str) -> str:
    """Text without what a terminal would obey: names are their owners', who may have written anything."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def show_json(value: Any) -> None:
    """Print a value as JSON, moments as the API writes them."""
    sys.stdout.write(orjson.dumps(value, default=_plain, option=_HOW).decode())


def _plain(value: object) -> str:
    if isinstance(value, UUID):  # of the database driver's own class
        return str(value)
    if isinstance(value, datetime):
        return write_moment(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
