"""Strings that programs trip over, and where a schema takes strings: for tests that hold "never 5xx"."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    get_named_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.type import get_nullable_type, is_required_input_field

Place = tuple[str, ...]

ZONES: Final = (
    *("posixrules", "localtime", "posix/UTC", "right/UTC", "posix/Europe/Berlin", "right/America/New_York", "posix"),
    *("tzdata.zi", "zone.tab", "leapseconds", "leap-seconds.list", "iso3166.tab", "US", "Etc", "UTC+3", "utc", "Z"),
    *("EST+5EDT,M3.2.0,M11.1.0", "<+03>-3", ":UTC", "../UTC", "/etc/localtime", "Europe//Berlin", "Europe/Berlin/"),
)
"""Names that one of Python, PostgreSQL and the file system takes for a time zone, and another does not."""
TEXTS: Final = (
    *("", " ", "\t\r\n", "\x01", "\x7f", "\x85", "\xa0", "\u2028", "\ufeff", "\ufffe", "\U0010ffff", "\u202e"),
    *("é\u0301", "½", "²", "٣", "Ⅷ", "İı", "ß", "𝟙", "👩‍👩‍👧", "a" * 129, "x" * 3_000, "é" * 1_500, "0" * 400),
    *("9" * 400, "-" * 50, "'", '"', "\\", "\\x00", "\\u0000", "%", "%s%n", "_", "$1", "$1::uuid", "{0}", "{}"),
    *("[]", "[[[", "}{", ";", "--", "/*", "'; drop table quotes; --", "' or '1'='1", "{,}", '{"a":1}', "null"),
    *("true", "None", "undefined", "NaN", "Infinity", "-0", "+1", "1_000", "0x10", "1e5", "1e400", "1e-400"),
    *(".5", "5.", "1,5", " 1", "1 ", "²³", "2147483648", "-1", "9223372036854775808", "99999999999999.999999"),
    *("0.0000001", "1E+200000", "--1", "1.1.1", "2026-02-30", "0000-00-00", "0001-01-01", "9999-12-31"),
    *("10000-01-01", "2026-W01", "20260101", "now", "infinity", "0001-01-01T00:00:00+23:59"),
    *("9999-12-31T23:59:59.999999-23:59", "2026-01-01T00:00:00Z", "2026-01-01T24:00:00Z"),
    *("2026-01-01T00:00:60Z", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00.1234567Z"),
    *("2016-12-31T23:59:60Z", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    *("018bcfe5-6801-7003-8000-00000000000g", "& | !", ":*", "a <-> b", "(", "a & (b", "!!a", "'a", "%_%"),
    *("***", "(a+)+$", "MXwwMDAwMDB8fA", "====", "MQ", "A" * 100, "draft,sent", ",", ",,,", "a,", '"', '"a'),
    *('a"b"c', "draft", "DRAFT", "status", "id", "-id", "quotes", "http://[", "//x", "https://x:99999/"),
    *("https://é.example/", "mailto:a@b", "a@b", "a@b@c", "@", "count", "sum:", ":", "sum:total:x", "day:"),
    *("../../etc/passwd", "..%2f", "<script>", "${jndi:ldap://x}", "W/", '"1"', "*", "bytes=0-", "__proto__"),
    *("constructor",),
    *ZONES,
)


def made_up(seed: int, count: int) -> list[str]:
    """Strings made of letters from everywhere, the same for the same seed."""
    chance = random.Random(seed)
    blocks = ((32, 126), (0x80, 0x2FF), (0x590, 0x6FF), (0x2000, 0x206F), (0xFE00, 0xFFFD), (0x1F300, 0x1FAFF))
    return [
        "".join(chr(chance.randint(*chance.choice(blocks))) for _ in range(chance.choice((1, 3, 12, 60))))
        for _ in range(count)
    ]


def leaves(given: GraphQLArgument | GraphQLInputField, path: Place, depth: int = 4) -> Iterator[Place]:
    """The paths to everything in an argument that is written as a string; a step `*` goes into a list."""
    kind = get_nullable_type(given.type)
    while is_list_type(kind):
        path, kind = (*path, "*"), get_nullable_type(kind.of_type)
    if isinstance(kind, GraphQLInputObjectType):
        for name, field in kind.fields.items() if depth else ():
            yield from leaves(field, (*path, name), depth - 1)
    elif not isinstance(kind, GraphQLEnumType) and get_named_type(kind).name not in {"Int", "Boolean", "Float"}:
        yield path


def leaf(given: GraphQLArgument | GraphQLInputField, path: Place) -> str:
    """The name of the type at a path."""
    kind = get_named_type(given.type)
    for step in path:
        if step != "*" and isinstance(kind, GraphQLInputObjectType):
            kind = get_named_type(kind.fields[step].type)
    return str(kind)


def value_at(given: GraphQLArgument | GraphQLInputField, path: Place, text: str) -> Any:
    """A value of an argument that has this text at a path, and beside it what is required."""
    return _value(given.type, path, text)


def _value(kind: Any, path: Place, text: str) -> Any:
    kind = get_nullable_type(kind)
    if is_list_type(kind):
        inner = path[1:] if path[:1] == ("*",) else ()
        return [_value(kind.of_type, inner, text)]
    if isinstance(kind, GraphQLInputObjectType):
        wanted = {path[0]} if path else set[str]()
        named = wanted | {name for name, field in kind.fields.items() if is_required_input_field(field)}
        return {name: _value(kind.fields[name].type, path[1:] if name in wanted else (), text) for name in named}
    return text if path == () and text is not _ANY else _usual(kind)


_ANY: Final = "\0any"


def usual(given: GraphQLArgument) -> Any:
    """A value of an argument that is nothing special."""
    return _value(given.type, (), _ANY)


def _usual(kind: GraphQLNamedType) -> Any:
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    known = {"Int": 1, "Boolean": True, "Date": "2026-01-01", "DateTime": "2026-01-01T00:00:00Z", "Decimal": "1"}
    return known.get(kind.name, "018bcfe5-6801-7003-8000-000000000001" if kind.name == "ID" else "Acme")


def selection(field: GraphQLField) -> str:
    """What to select of a field, so that its rows are read."""
    kind = get_named_type(field.type)
    if not is_object_type(kind):
        return "" if not hasattr(kind, "types") and kind.name != "Node" else "{ __typename }"
    inner = "nodes { __typename }" if "nodes" in kind.fields else ""
    plain = [
        name
        for name, each in kind.fields.items()
        if not each.args and not is_non_null_list(each) and get_named_type(each.type).name in _PLAIN
    ]
    return "{ __typename " + " ".join([inner, *plain]) + " }"


_PLAIN: Final = {"String", "ID", "Int", "Boolean", "Decimal", "Date", "DateTime"}


def is_non_null_list(field: GraphQLField) -> bool:
    """Whether a field is a list."""
    kind = field.type
    return is_list_type(kind.of_type if is_non_null_type(kind) else kind)
