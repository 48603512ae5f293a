"""Cursors: opaque, versioned, built in SQL, decoded strictly.

A cursor is base64url of `1|<list>|<id>|<sort value>` (null: `1|<list>|<id>`; several: a JSON list): which list it
belongs to (a digest of filter and order) and where in it. Values are bound and the workspace is not in it, so there is
nothing to gain by forging one and nothing to sign.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

import orjson

from core.errors import BadRequest
from core.values.scalars import read_id
from engine.declare.kinds import MOMENT, Kind, moment_text
from engine.declare.rows import Order

VERSION = "1"
_PARTS = 4
CURSOR_PATTERN = "^[A-Za-z0-9_-]{1,2000}$"
"""What a cursor looks like."""
_BASE64URL = re.compile(CURSOR_PATTERN.replace("$", r"\Z"))


def place(alias: str, column: str, kind: Kind, *, nullable: bool) -> str:
    """SQL text of a row's place in its list: id and sort value, still to be put into an envelope."""
    value = _value(f"{alias}.{column}", kind)
    return f"{alias}.id||coalesce('|'||{value},'')" if nullable else f"{alias}.id||'|'||{value}"


def place_in(alias: str, order: Order) -> str:
    """SQL text of a row's place in an order of any number of columns."""
    if not order.then:
        return place(alias, order.column, order.kind, nullable=order.nullable)
    values = (_value(f"{alias}.{each.column}", each.kind) for each in order.keys)
    return f"{alias}.id||'|'||json_build_array({','.join(values)})"


def _value(name: str, kind: Kind) -> str:
    return moment_text(name) if kind is MOMENT else f"{name}::text"


def envelope(place_sql: str, digest_parameter: str) -> str:
    """SQL text that makes a cursor of a place; null stays null."""
    text = f"'{VERSION}|'||{digest_parameter}::text||'|'||{place_sql}"
    return f"translate(rtrim(encode(convert_to({text},'UTF8'),'base64'),'='),E'+/\\n','-_')"


def read(cursor: str, digest: str, order: Order, *, field: str) -> tuple[Any, ...]:
    """Return the sort values and the id of a cursor; BadRequest when it is malformed or belongs to another list."""
    parts = check_form(cursor, field)
    is_null = order.nullable and not order.then and len(parts) == _PARTS - 1
    if not (is_null or len(parts) == _PARTS):
        raise _malformed(field)
    if parts[1] != digest:
        raise BadRequest(f"{field}: this cursor belongs to a list with another filter or order", field=field)
    try:
        row_id = read_id(parts[2])
        if order.then:
            return (*_values(order, parts[3]), row_id)
        return None if is_null else order.kind.read(parts[3]), row_id
    except (ValueError, TypeError, OverflowError) as error:
        raise _malformed(field) from error


def check_form(cursor: str, field: str) -> list[str]:
    """The parts of a cursor, of whatever list; BadRequest when it is malformed."""
    parts = _decode(cursor, field).split("|", _PARTS - 1)
    if parts[0] != VERSION or len(parts) < _PARTS - 1:
        raise _malformed(field)
    return parts


def _values(order: Order, text: str) -> Iterator[Any]:
    """The values of an order by several columns; ValueError when they are not what the columns may hold."""
    for key, value in zip(order.keys, orjson.loads(text), strict=True):
        if value is None and key.nullable:
            yield None
        elif isinstance(value, str) and "\0" not in value:
            yield key.kind.read(value)
        else:
            raise ValueError


def _decode(cursor: str, field: str) -> str:
    if not _BASE64URL.match(cursor):
        raise _malformed(field)
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _malformed(field) from error
    if "\0" in text:
        raise _malformed(field)
    return text


def _malformed(field: str) -> BadRequest:
    return BadRequest(f"{field}: malformed cursor", field=field)
