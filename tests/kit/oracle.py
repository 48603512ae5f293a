"""The oracle: graphql-core alone, on the committed SDL and rows held in memory. It shares no code with the engine.

It answers what the engine must answer, byte for byte: cursors apart, which carry a digest only the engine knows (both
sides are compared after `normal`), and errors, of which it says which fields are denied.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from graphql import GraphQLError, GraphQLObjectType, GraphQLSchema, build_schema, execute_sync, parse

from core import units
from core.errors import Invalid
from engine.names import camel
from tests.kit.figures import figures

AREA = {"Client": "clients.view", "Contact": "clients.view", "Quote": "quotes.view", "QuotePart": "quotes.view"}
TABLE = {"Client": "clients", "Contact": "contacts", "Quote": "quotes", "QuotePart": "quote_parts"}
ONE = {("Quote", "client"): ("Client", "client_id"), ("Quote", "contact"): ("Contact", "contact_id")}
MANY = {
    ("Client", "contacts"): ("Contact", "client_id"),
    ("Client", "quotes"): ("Quote", "client_id"),
    ("Quote", "parts"): ("QuotePart", "quote_id"),
}
LISTS = {"clients": "Client", "quotes": "Quote"}
TAGS = {1: "Client", 2: "Contact", 3: "Quote", 4: "QuotePart"}
COSTS = {
    ("Client", "creditLimit"),
    ("Client", "discountRate"),
    ("Quote", "cost"),
    ("QuotePart", "unitCost"),
    ("QuotePart", "markup"),
}
SEARCHED = {
    "Client": ("name", "code"),
    "Quote": ("number", "title", "customer_rfq_number", "customer_po_number"),
}
TRIGRAM = 3
_CURSOR = re.compile(rb'"(MX[A-Za-z0-9_-]{30,})"')


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def normal(body: bytes) -> bytes:
    """Take the list digest out of every cursor, and the request's id out of every error."""

    def plain(match: re.Match[bytes]) -> bytes:
        text = base64.urlsafe_b64decode(match[1] + b"=" * (-len(match[1]) % 4)).decode()
        version, _, rest = text.split("|", 2)
        return orjson.dumps(f"{version}|*|{rest}")

    return _CURSOR.sub(plain, body)


def shown(value: Any) -> Any:
    """Write a value as the graph does."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (UUID, date)):
        return str(value)
    return value


@dataclass
class Oracle:
    """Answers documents from `tables` (name → rows of one workspace) for a key with `scopes`."""

    sdl: str
    tables: dict[str, list[dict[str, Any]]]
    scopes: frozenset[str] = frozenset()
    places: dict[str, tuple[str, dict[str, Any], str]] = field(default_factory=dict)
    """Cursors: of which kind's list, with which filter and order, and which row they name."""
    schema: GraphQLSchema = field(init=False)

    def __post_init__(self) -> None:
        self.schema = build_schema(self.sdl)

    def answer(self, text: str, variables: dict[str, Any], scopes: frozenset[str]) -> bytes:
        """The bytes of `data`."""
        self.scopes = scopes
        result = execute_sync(
            self.schema, parse(text), variable_values=variables, field_resolver=self._resolve, type_resolver=_type
        )
        return orjson.dumps(result.data)

    def _resolve(self, source: Any, info: Any, **given: Any) -> Any:
        parent, name = info.parent_type.name, info.field_name
        if parent == "Query":
            return self._root(name, given)
        if isinstance(source, dict) and "_type" in source:
            return self._field(source, parent, name, given)
        return source[name](**given) if callable(source[name]) else source[name]

    def _root(self, name: str, given: dict[str, Any]) -> Any:
        if name == "metrics":
            return self._metrics(given)
        if name in LISTS:
            rows = [row for row in self._rows(LISTS[name]) if row["deleted_at"] is None]
            return self._page(LISTS[name], rows, given, 50)
        if name == "node":
            return self._node(given["id"])
        if name == "nodes":
            return [self._node(each) for each in given["ids"]]
        return self._by_id(name.capitalize(), given["id"])

    def _metrics(self, given: dict[str, Any]) -> Any:
        resource = given["resource"].lower()
        kind = LISTS[resource]
        bucket = given.get("bucket")
        measured = [each["field"] for each in given.get("measure") or () if each.get("field")]
        named = [*(given.get("groupBy") or ()), *measured, *([bucket["field"]] if bucket else [])]
        wanted = (given.get("filter") or {}).get(resource)
        self._check([camel(each.lower()) for each in named], kind)
        if AREA[kind] not in self.scopes:
            raise GraphQLError("denied")
        rows = [row for row in self._rows(kind) if row["deleted_at"] is None and _matches(row, wanted)]
        return figures(rows, given, camel, shown)

    def _check(self, names: list[str], kind: str) -> None:
        """Refuse what names a cost without its scope."""
        if "costs.view" not in self.scopes and any((kind, name) in COSTS for name in names):
            raise GraphQLError("denied")

    def _node(self, text: str) -> Any:
        kind = TAGS.get(UUID(text).int >> 64 & 0xFFF)
        if kind is None:
            return None
        if AREA[kind] not in self.scopes:
            return GraphQLError("denied")  # graphql-core raises what it is given
        return self._by_id(kind, text)

    def _by_id(self, kind: str, text: str) -> Any:
        wanted = UUID(text)
        found = (row for row in self._rows(kind) if row["id"] == wanted and row.get("deleted_at") is None)
        return next(found, None)

    def _rows(self, kind: str) -> list[dict[str, Any]]:
        return [row | {"_type": kind} for row in self.tables[TABLE[kind]]]

    def _field(self, row: dict[str, Any], parent: str, name: str, given: dict[str, Any]) -> Any:
        if name == "unitOfMeasure":
            try:
                unit = units.unit(row["unit"])
            except Invalid as error:
                raise GraphQLError(error.message) from error
            return {"code": unit.code, "name": unit.name, "symbol": unit.symbol}
        if (parent, name) in ONE:
            return self._one(row, parent, name)
        if (parent, name) in MANY:
            kind, column = MANY[parent, name]
            if AREA[kind] not in self.scopes and AREA[kind] != AREA[parent]:
                return None
            rows = [each for each in self._rows(kind) if each[column] == row["id"] and each.get("deleted_at") is None]
            return self._page(kind, rows, given, 20)
        if (parent, name) in COSTS and "costs.view" not in self.scopes:
            return None
        value = row[snake(name)]
        return value.upper() if name == "status" else shown(value)

    def _beyond(
        self, cursor: str, kind: str, given: dict[str, Any], rows: list[dict[str, Any]], *, backward: bool
    ) -> list[dict[str, Any]]:
        """The rows before or after the one a cursor names; a cursor of another list is refused."""
        listed = {name: given[name] for name in ("filter", "orderBy") if given.get(name) is not None}
        found = self.places.get(cursor)
        if found is None or found[:2] != (kind, listed):
            raise GraphQLError("another list")
        at = next(number for number, row in enumerate(rows) if str(row["id"]) == found[2])
        return rows[:at] if backward else rows[at + 1 :]

    def _one(self, row: dict[str, Any], parent: str, name: str) -> Any:
        kind, column = ONE[parent, name]
        if AREA[kind] not in self.scopes:
            return None
        return next((each for each in self._rows(kind) if each["id"] == row[column]), None)

    def _page(self, kind: str, rows: list[dict[str, Any]], given: dict[str, Any], size: int) -> dict[str, Any]:
        rows = [row for row in rows if _matches(row, given.get("filter"))]
        column, descending = _order(kind, given.get("orderBy"))
        self._check([camel(column), *_named(given.get("filter"))], kind)
        rows.sort(key=lambda row: (row[column] is None, row[column] or 0, row["id"]), reverse=descending)
        backward = given.get("last") is not None or given.get("before") is not None
        wanted = given.get("last") if backward else given.get("first")
        wanted = size if wanted is None else wanted
        total = len(rows)
        here = given.get("before") if backward else given.get("after")
        if here is not None:
            rows = self._beyond(here, kind, given, rows, backward=backward)
        page = rows[max(len(rows) - wanted, 0) :] if backward else rows[:wanted]
        more = len(rows) > wanted

        def cursor(row: dict[str, Any]) -> str:
            return f"1|*|{row['id']}" + ("" if row[column] is None else f"|{shown(row[column])}")

        return {
            "nodes": page,
            "edges": [{"cursor": cursor(row), "node": row} for row in page],
            "totalCount": lambda exact: total,  # noqa: ARG005
            "pageInfo": {
                "hasNextPage": here is not None if backward else more,
                "hasPreviousPage": more if backward else here is not None,
                "startCursor": cursor(page[0]) if page else None,
                "endCursor": cursor(page[-1]) if page else None,
            },
        }


def _named(wanted: dict[str, Any] | None) -> list[str]:
    """Every field that a filter names."""
    found = []
    for key, value in (wanted or {}).items():
        branches = value if key in {"and", "or"} else [value] if key == "not" else None
        found += [key] if branches is None else [name for each in branches for name in _named(each)]
    return found


def _order(kind: str, chosen: str | None) -> tuple[str, bool]:
    if chosen is None:
        return ("position", False) if kind in {"Contact", "QuotePart"} else ("created_at", True)
    column, _, word = chosen.rpartition("_")
    return column.lower(), word == "DESC"


def _matches(row: dict[str, Any], wanted: dict[str, Any] | None) -> bool:
    return all(_matches_one(row, key, value) for key, value in (wanted or {}).items())


def _matches_one(row: dict[str, Any], key: str, value: Any) -> bool:
    if key == "and":
        return all(_matches(row, each) for each in value)
    if key == "or":
        return any(_matches(row, each) for each in value)
    if key == "not":
        return not _matches(row, value)
    if key == "search":
        return all(_found(row, word) for word in re.findall(r"[^\W_]+", value))
    return all(_holds(row[snake(key)], operator, operand) for operator, operand in value.items())


def _found(row: dict[str, Any], word: str) -> bool:
    """Whether a word is found: a long one anywhere, a short one at the beginning of a word."""
    text = "\n".join(row[column] or "" for column in SEARCHED[row["_type"]]).lower()
    if len(word) >= TRIGRAM:
        return word.lower() in text
    return any(each.startswith(word.lower()) for each in re.findall(r"[^\W_]+", text))


def _holds(have: Any, operator: str, operand: Any) -> bool:
    if operator == "isNull":
        return bool((have is None) == operand)
    if have is None:
        return False
    want: Any = [_like(have, each) for each in operand] if operator in {"in", "notIn"} else _like(have, operand)
    holds: dict[str, Callable[[], bool]] = {
        "eq": lambda: bool(have == want),
        "ne": lambda: bool(have != want),
        "in": lambda: have in want,
        "notIn": lambda: have not in want,
        "lt": lambda: bool(have < want),
        "lte": lambda: bool(have <= want),
        "gt": lambda: bool(have > want),
        "gte": lambda: bool(have >= want),
        "contains": lambda: str(want).lower() in have.lower(),
        "startsWith": lambda: bool(have.startswith(want)),
    }
    return holds[operator]()


def _like(have: Any, operand: Any) -> Any:
    """Read an operand as the kind of value it is compared with."""
    if isinstance(have, Decimal):
        return Decimal(operand)
    if isinstance(have, datetime):
        return datetime.fromisoformat(operand)
    if isinstance(have, date):
        return date.fromisoformat(operand)
    if isinstance(have, UUID):
        return UUID(operand)
    return (
        operand.lower() if isinstance(operand, str) and operand in {"DRAFT", "SENT", "ACTIVE", "INACTIVE"} else operand
    )


def _type(value: Any, _info: Any, _abstract: Any) -> str:
    return str(value["_type"])


__all__ = ["AREA", "COSTS", "MANY", "ONE", "GraphQLObjectType", "Oracle", "normal"]
