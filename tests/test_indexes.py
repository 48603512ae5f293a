"""Every filter and order that is offered is answered through an index, as the API's role, behind row-level security."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

import models
from core.database import Database
from core.ids import new_id
from engine import kinds
from engine.catalogue import Column, TypeSpec
from engine.filters import condition
from engine.pages import orders, settle
from engine.plans import Filled, Plan, Selection
from engine.rows import Filter, Page, Rows
from engine.selection import Nodes, Object, PageFact, PageOf, Value
from schema.assembly import graph
from tests.kit import sample

WORKSPACES, MANY = 12, 2_500
RECORDS = ("Client", "Quote")
START = datetime(2026, 1, 1, tzinfo=UTC)
SAMPLES: dict[str, Any] = {
    kinds.ID.name: UUID("01a1fbdd-89c1-7001-a420-4e991c5d4aab"),
    kinds.TEXT.name: "Client 17",
    kinds.INTEGER.name: 17,
    kinds.BOOLEAN.name: True,
    kinds.DECIMAL.name: Decimal("19998.5"),
    kinds.DATE.name: date(2026, 1, 2),
    kinds.MOMENT.name: START + timedelta(seconds=MANY - 10),
}


def offered() -> Iterator[tuple[str, str, str]]:
    for name in RECORDS:
        spec = graph().catalogue.types[name]
        for column in spec.filters().values():
            for operator in (*column.kind.operators, "is_null"):
                yield name, column.name, operator


@pytest.fixture(scope="module")
async def workspace(database_url: str) -> UUID:
    """One workspace of many rows among others of as many."""
    owner = await asyncpg.connect(database_url)
    try:
        for place in range(WORKSPACES):
            here = await sample.write(owner, f"Large {place}")
            for name in RECORDS:
                spec = graph().catalogue.types[name]
                first = here.tables[spec.table][0]
                rows = [tuple((first | _changed(spec, number)).values()) for number in range(MANY)]
                await owner.copy_records_to_table(spec.table, records=rows, columns=list(first))
        await owner.execute("analyze clients, quotes")
    finally:
        await owner.close()
    return here.workspace_id


@pytest.fixture(scope="module")
async def api_role(database_url: str) -> AsyncIterator[Any]:
    """A connection that acts as the API does."""
    database = await Database.open(database_url, size=1)
    connection = await database.writes.acquire()
    yield connection
    database.writes.release(connection)
    await database.close()


def _changed(spec: TypeSpec, number: int) -> dict[str, Any]:
    at = START + timedelta(seconds=number)
    found = {"id": new_id(spec.model), "created_at": at, "updated_at": at, "deleted_at": None}
    if spec.model is models.Client:
        return found | {"name": f"Client {number}", "code": f"L{number}"}
    return found | {"number": f"L-{number}", "total": Decimal(number), "customer_po_number": f"PO {number}"}


def _value(column: Column, operator: str) -> Any:
    if operator == "is_null":
        return True
    value = next(iter(column.choices)) if column.choices else SAMPLES[column.kind.name]
    return [value] if operator in {"in", "not_in"} else value


async def scanned(connection: Any, workspace: UUID, rows: Rows[Any], spec: TypeSpec) -> set[str]:
    """The tables that the statement of a page reads from end to end."""
    wanted = PageOf(spec, [Nodes("data", Object(spec, [Value("id", spec.column("id"))])), PageFact("n", "nextCursor")])
    pieces = [Filled(Selection(spec, wanted), (settle(rows, spec),))]
    plan = Plan(graph().catalogue, pieces)
    explained = await connection.fetchval(f"explain (format json) {plan.sql}", workspace, *plan.values(pieces))
    return set(_sequential(orjson.loads(explained)[0]["Plan"]))


def _sequential(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for inner in node.get("Plans", ()):
        yield from _sequential(inner)


@pytest.mark.parametrize(("name", "field", "operator"), list(offered()))
async def test_every_filter_uses_an_index(api_role: Any, workspace: UUID, name: str, field: str, operator: str) -> None:
    spec = graph().catalogue.types[name]
    column = next(each for each in spec.filters().values() if each.name == field)
    wanted: Filter[Any] = Filter((condition(column, operator, _value(column, operator), field),))
    rows: Rows[Any] = Rows(spec.model).filter(wanted).page(Page(50))
    assert await scanned(api_role, workspace, rows, spec) == set()


@pytest.mark.parametrize(
    ("name", "order"), [(name, order) for name in RECORDS for order in orders(graph().catalogue.types[name])]
)
async def test_every_order_uses_an_index(api_role: Any, workspace: UUID, name: str, order: str) -> None:
    spec = graph().catalogue.types[name]
    rows: Rows[Any] = Rows(spec.model).page(Page(50, order=orders(spec)[order]))
    assert await scanned(api_role, workspace, rows, spec) == set()
