"""The oracle: graphql-core alone, on the committed SDL and rows held in memory. It shares no code with the engine.

It answers what the engine must answer, byte for byte: cursors apart, which carry a digest only the engine knows (both
sides are compared after `normal`), and errors, of which it says which fields are denied.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from graphql import GraphQLError, GraphQLSchema, build_schema, execute_sync, parse

from core.errors import Invalid
from core.values import units
from engine.declare.names import camel
from tests.kit.figures import OF_EDGES, figures
from tests.kit.oracle_filters import EDGES, is_listed, matches, names_of, snake

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
OFFERED = {
    tuple(f"{name}_{end}" for name in names)
    for names in (("STATUS", "DUE_ON"), ("CLIENT_ID", "DUE_ON"))
    for end in ("ASC", "DESC")
}
"""Orders by several fields."""
ALONE_NOT = {f"{name}_{end}" for name in ("STATUS", "CLIENT_ID") for end in ("ASC", "DESC")}
"""What is ordered by with others only."""
_CURSOR = re.compile(rb'"(MX[A-Za-z0-9_-]{30,})"')


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


@cache
def _schema(sdl: str) -> GraphQLSchema:
    """The schema that an SDL describes; the whole of Forge takes two seconds to build."""
    return build_schema(sdl)


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
        self.schema = _schema(self.sdl)

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
            return self._page(LISTS[name], self._rows(LISTS[name]), given, 50)
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
        grouped = [each.lower() for each in given.get("groupBy") or ()]
        edges = [tuple(OF_EDGES[each].split(".")) for each in grouped if each in OF_EDGES]
        own = [each for each in grouped if each not in OF_EDGES]
        named = [*own, *measured, *([bucket["field"]] if bucket else [])]
        wanted = (given.get("filter") or {}).get(resource)
        self._check([(kind, camel(each.lower())) for each in named])
        self._check([(kind, edge) for edge, _ in edges])
        if AREA[kind] not in self.scopes:
            raise GraphQLError("denied")
        rows = self._matching(kind, self._rows(kind), wanted)
        for edge, name in edges:
            targets = [self._one(row, kind, edge) or {} for row in rows]
            rows = [row | {f"{edge}_{name}": to.get(name)} for row, to in zip(rows, targets, strict=True)]
        return figures(rows, given, camel, shown)

    def _check(self, names: list[tuple[str, str]]) -> None:
        """Refuse what names a cost without its scope, or an edge without the scope of where it leads."""
        for each in names:
            if each in COSTS and "costs.view" not in self.scopes:
                raise GraphQLError("denied")
            if each in EDGES and AREA[EDGES[each][0]] not in self.scopes:
                raise GraphQLError("denied")

    def _matching(self, kind: str, rows: list[dict[str, Any]], wanted: dict[str, Any] | None) -> list[dict[str, Any]]:
        self._check(names_of(kind, wanted))
        return [row for row in rows if is_listed(row, wanted) and matches(row, wanted, self._alive)]

    def _alive(self, kind: str, wanted: UUID | None) -> dict[str, Any] | None:
        """The row of an id, as long as it, and the record it is inside, is not deleted."""
        row = next((each for each in self._rows(kind) if each["id"] == wanted), None)
        if row is not None and kind == "Contact":
            return row if self._alive("Client", row["client_id"]) else None
        return row if row is not None and row["deleted_at"] is None else None

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
            rows = [each for each in self._rows(kind) if each[column] == row["id"]]
            return self._page(kind, rows, given, 20)
        if (parent, name) in COSTS and "costs.view" not in self.scopes:
            return None
        value = _json(row[snake(name)]) if name in {"externalIds", "customFields"} else row[snake(name)]
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
        rows = self._matching(kind, rows, given.get("filter"))
        columns, descending = _order(kind, given.get("orderBy"))
        self._check([(kind, camel(column)) for column in columns])
        rows.sort(key=lambda row: (*(_placed(row[each]) for each in columns), row["id"]), reverse=descending)
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
            values = [None if row[each] is None else str(shown(row[each])) for each in columns]
            told = values[0] if len(values) == 1 else json.dumps(values, ensure_ascii=False)
            return f"1|*|{row['id']}" + ("" if told is None else f"|{told}")

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


def _order(kind: str, chosen: list[str] | None) -> tuple[list[str], bool]:
    if not chosen:
        return (["position"], False) if kind in {"Contact", "QuotePart"} else (["created_at"], True)
    if tuple(chosen) not in OFFERED and (len(chosen) > 1 or chosen[0] in ALONE_NOT):
        raise GraphQLError("not offered")
    return [each.lower().rpartition("_")[0] for each in chosen], chosen[0].endswith("DESC")


def _placed(value: Any) -> tuple[bool, Any]:
    return value is None, 0 if value is None else value


def _type(value: Any, _info: Any, _abstract: Any) -> str:
    return str(value["_type"])


def _json(text: str) -> Any:
    """A column of JSON: a list of small objects by the graph's names, or an object as it is kept."""
    found = orjson.loads(text)
    if isinstance(found, list):
        return [{camel(key): value for key, value in each.items()} for each in found]
    return orjson.Fragment(text)
