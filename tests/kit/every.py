"""Every type of record, made through the REST door from what its input asks for: a new type needs no line here."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import Numeric

from core.facts import facts_of
from core.record import Record
from engine.declare.catalogue import TypeSpec
from engine.declare.names import camel
from rest.routes import ID, PREFIX, Action, Route, derive
from schema.assembly import graph
from tests.kit.client import Client as Api

SPECIAL: dict[tuple[str, str], Any] = {
    ("WebhookEndpoint", "url"): "https://example.com/{n}",
    ("WebhookEndpoint", "events"): ["quote.*"],
    ("RegisteredDocument", "document"): "query Q{n} {{ clients {{ nodes {{ id }} }} }}",
    ("CustomFieldDefinition", "record_type"): "client",
    ("CustomFieldDefinition", "key"): "field_{n}",
    ("CustomFieldDefinition", "type"): "text",
    ("Client", "currency"): "USD",
    ("ApiKey", "scopes"): ["quotes.view"],
    ("IntakeMapping", "format"): "csv",
    ("IntakeMapping", "columns"): [
        {"holds": name, "source": name} for name in ("order_number", "client", "description", "quantity")
    ],
    ("Reservation", "quantity"): "1",
    ("WorkOrder", "quantity"): "1",
}
"""Values that not just any text will do for."""
_NUMBERS = count(1)


@dataclass(frozen=True)
class Kind:
    """A type of record, and its routes."""

    spec: TypeSpec
    create: Route

    @property
    def path(self) -> str:
        """Where its records are listed and made."""
        return PREFIX + self.create.path

    @property
    def fields(self) -> set[str]:
        """What a caller writes of a new one."""
        assert self.create.root.binding.input()[1] is not None
        return set(self.create.root.binding.input()[1].__dataclass_fields__)  # type: ignore[union-attr]

    @property
    def root(self) -> str:
        """The root field that answers one of them."""
        return camel(self.spec.name[0].lower() + self.spec.name[1:])

    async def body(self, api: Api) -> dict[str, Any]:
        """A body with what a new one needs."""
        number = next(_NUMBERS)
        found: dict[str, Any] = {}
        columns = self.spec.model.__table__.columns  # type: ignore[attr-defined]
        for column in columns:
            facts = facts_of(column)
            special = SPECIAL.get((self.spec.name, column.name))
            if isinstance(special, str):
                found[column.name] = special.format(n=number)
            elif special is not None:
                found[column.name] = deepcopy(special)
            elif column.name in self.fields and column.name not in Record.model_fields and _needed(column):
                if facts.refers_to == "inventory_items":
                    found[column.name] = await _stocked(api, f"Record {number}")
                elif facts.refers_to is not None:
                    found[column.name] = (await made(api, kind_of(facts.refers_to)))["id"]
                else:
                    found[column.name] = number if isinstance(column.type, Numeric) else f"Record {number}"
        inside = {field: value for (name, field), value in SPECIAL.items() if name == self.spec.name}
        return {field: deepcopy(value) for field, value in inside.items() if field not in columns} | found


def _needed(column: Any) -> bool:
    return (
        not column.nullable and column.default is None and not facts_of(column).filled and not facts_of(column).derived
    )


def kinds() -> Iterator[Kind]:
    """Every type of record that can be made by a route of Forge MRP."""
    for route in derive(graph()):
        answers = route.root.target
        if route.action is Action.CREATE and route.contract.is_open and answers is not None and answers.has_life:
            yield Kind(answers, route)


def kinds_deleted() -> list[Kind]:
    """Those that can be deleted, and restored."""
    deleted = {route.path for route in derive(graph()) if route.action is Action.DELETE}
    return [each for each in kinds() if f"{each.create.path}/{ID}" in deleted]


def kinds_here() -> list[Kind]:
    """Those of a workspace's own: people, roles and keys are the company's."""
    return [each for each in kinds() if not each.spec.model.of_company]


def kind_of(table: str) -> Kind:
    """The type of a table's records."""
    return next(each for each in kinds() if each.spec.table == table)


async def _stocked(api: Api, code: str) -> str:
    """Put stock somewhere, for there is no other way to make an item of the inventory; returns its id."""
    where = (await made(api, kind_of("stock_locations"), code=f"Place of {code}"))["id"]
    what = (await made(api, kind_of("parts"), part_number=f"Part of {code}"))["id"]
    moved = {"part_id": what, "location_id": where, "quantity": "500"}
    answer = await api.post(f"{PREFIX}/stock-movements/adjust", moved)
    assert answer.status == 201, answer.body
    return str(answer.data["inventory_item_id"])


async def made(api: Api, kind: Kind, **given: Any) -> dict[str, Any]:
    """Make a record; returns it as the door answers it."""
    answer = await api.post(kind.path, await kind.body(api) | given)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.data
    return found
