"""Lists as CSV (RFC 4180): a line for each row, for spreadsheets, to a caller that prefers `text/csv`.

What is in a row that is referred to has columns of its own (`client.name`); a list or an object in a row is JSON in one
cell. Text that a spreadsheet would take for a formula begins with an apostrophe.
"""

from __future__ import annotations

import csv
import io
import re
from typing import Any, Final

import orjson

from access.headers import Headers
from core import accept
from core.accept import NAMED, weigh
from core.http import Request
from engine.sql.selection import Edge, Object

MEDIA: Final = "text/csv"
TABLE: Final[Headers] = [
    (b"content-type", b"text/csv; charset=utf-8; header=present"),
    (b"cache-control", b"private"),
    (b"vary", b"Authorization, Accept"),
]
"""The headers of a table."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d+)?\Z", re.ASCII)
Path = tuple[str, ...]


def wants_csv(request: Request) -> bool:
    """Whether `Accept` names CSV and gives JSON no more weight."""
    given = request.header(b"accept")
    if given is None or "csv" not in given.lower():
        return False
    found = weigh(given, MEDIA)
    return found.specific == NAMED and found.weight >= weigh(given, accept.JSON).weight


def as_csv(rows: list[dict[str, Any]], shown: Object) -> bytes:
    """Write rows as a table; `shown` is what they hold."""
    paths = _columns(shown)
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow([".".join(path) for path in paths])
    writer.writerows([_cell(_at(row, path)) for path in paths] for row in rows)
    return table.getvalue().encode()


def _columns(shown: Object) -> list[Path]:
    found: list[Path] = []
    for entry in shown.entries:
        if isinstance(entry, Edge):
            found += [(entry.key, *path) for path in _columns(entry.object)]
        else:
            found.append((entry.key,))
    return found


def _at(row: Any, path: Path) -> Any:
    for name in path:
        if row is None:
            return None
        row = row[name]
    return row


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, int):
        return str(value).lower() if isinstance(value, bool) else value
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) and not _NUMBER.match(value) else value
    return orjson.dumps(value).decode()
