"""Every filter, order and search that is offered is answered by an index of its own, behind row-level security."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from core.errors import Invalid
from core.searching import is_record, text_sql, words_sql
from engine.declare.catalogue import Column, TypeSpec
from engine.declare.rows import Condition, Deleted, Filter, Page, Rows
from engine.sql.comparisons import condition
from engine.sql.edge_filters import through
from engine.sql.filters import search
from engine.sql.narrowing import FIRST
from engine.sql.orders import offered, orders
from engine.sql.refused import refused
from models import ClientStatus, CustomFieldStatus, QuoteStatus, TaskStatus
from models.migrations.ddl import search_columns
from schema.assembly import graph
from tests.kit import many
from tests.kit.explained import Explained, explain, statement
from tests.kit.sweep import of_each_kind

LARGE, OTHERS, OTHER = 20_000, 8, 2_000
"""Rows of each table in the workspace asked, and in the workspaces beside it: 36,000."""
RECORDS = [
    spec.name
    for spec in graph().catalogue.types.values()
    if offered(spec) and spec.has_life and not spec.model.of_company
]
"""Every record that lists can be of, less what is the company's: people and keys are few.

`tests/kit/many.py` fills the table of each, or the tests of its orders fail.
"""
MAX_BUFFERS = 800
"""Pages of 8 kB a page of 50 rows may touch. Reading the workspace from end to end takes more than 1,500."""
MAX_REMOVED = FIRST + 100
"""Rows that may be read and thrown away: the first of the list's order, and few besides."""
UNIQUE = {"id", "number", "code", "key", "created_at", "updated_at", "sha256", "path"}


ENUMS: dict[Any, tuple[Any, Any]] = {
    QuoteStatus: (QuoteStatus.DRAFT, QuoteStatus.SENT),
    ClientStatus: (ClientStatus.ACTIVE, ClientStatus.INACTIVE),
    CustomFieldStatus: (CustomFieldStatus.ACTIVE, CustomFieldStatus.ARCHIVED),
    TaskStatus: (TaskStatus.SUCCEEDED, TaskStatus.FAILED),
}
"""The common word of each enum, and a scarce one."""


def sort(comparison: tuple[Column, str]) -> Hashable:
    """What makes a comparison be answered in a way of its own."""
    column, operator = comparison
    return column.kind.name, column.answer, column.nullable, column.name in UNIQUE, operator


def of_each_sort(columns: Iterable[Column]) -> list[tuple[Column, str]]:
    """Comparisons with columns: one of each sort in the suite."""
    return of_each_kind([(column, operator) for column in columns for operator in column.operators], sort)


def compared() -> Iterator[tuple[str, str, str]]:
    for name in RECORDS:
        for column, operator in of_each_sort(graph().catalogue.types[name].filters().values()):
            yield name, column.name, operator


pytestmark = pytest.mark.xdist_group("indexes")  # one worker fills the tables, once


@pytest.fixture(scope="module")
async def workspace(large_database_url: str) -> UUID:
    """A large workspace among others."""
    owner = await asyncpg.connect(large_database_url)
    try:
        for place in range(OTHERS):
            await many.workspace(owner, f"Other {place}", clients=OTHER, quotes=OTHER)
        here = await many.workspace(owner, "Large", clients=LARGE, quotes=LARGE)
        await many.fill_settings(owner, here, LARGE)
        await many.mark(owner, here, *(graph().catalogue.types[name].table for name in RECORDS))
        await many.settle(owner)
    finally:
        await owner.close()
    return here


def rare(column: Column, operator: str) -> tuple[Any, int]:
    """A value which few rows match by this operator, and how many of the large workspace do (51: at least a page)."""
    common: Any
    scarce: Any
    kind, few = column.kind.name, LARGE // many.RARE
    if kind == "words":
        return {"has": ("rush", few), "has_any": (["rush", "none"], few), "has_all": (["rush", "hot"], few)}[operator]
    if operator == "is_null":
        may_be_null = column.nullable
        return (True, few) if may_be_null and column.name != "client_id" else (True, 0)
    if column.name in UNIQUE:
        return _unique(column, operator)
    if kind == "enum":
        common, scarce = ENUMS[column.choices]
        left = 2 * few if column.choices in {QuoteStatus, TaskStatus} else few
        return {"eq": (scarce, few), "in": ([scarce], few), "ne": (common, left), "not_in": ([common], left)}[operator]
    if kind == "boolean":
        return {"eq": (True, few), "ne": (False, few)}[operator]
    if kind == "id":
        tag = {"client_id": "001", "folder_id": "011"}.get(column.name, "002")
        common, scarce = (UUID(f"018bcfe5-680{place}-7{tag}-8000-000000000001") for place in (1, 2))
    elif column.name == "currency":
        common, scarce = "USD", "EUR"
    else:
        common, scarce = many.COMMON[kind], many.LOW[kind]
    high = many.HIGH.get(kind)
    return {
        "eq": (scarce, few),
        "ne": (common, 2 * few),
        "in": ([scarce, scarce], few),
        "not_in": ([common], 2 * few),
        "lt": (common, few),
        "lte": (scarce, few),
        "gt": (common, few),
        "gte": (high, few),
        "starts_with": ("EU" if column.name == "currency" else "Aaa", few),
        "contains": ("CARCE HI", few),
    }[operator]


def _unique(column: Column, operator: str) -> tuple[Any, int]:
    one: Any
    low: Any
    high: Any
    start = {"number": "Q-", "code": "C-", "key": "C-", "path": "F-"}.get(column.name, "")
    if column.name == "sha256":
        one, low, high = hashlib.sha256(b"1777").hexdigest(), "", ""
        if operator == "starts_with":
            return one[:12], 1
    elif column.kind.name == "text":
        one, low, high = f"{start}1777", "", ""
        if operator in {"contains", "starts_with"}:
            return (one[1:] if operator == "contains" else one), 11
    elif column.kind.name == "id":
        one, low, high = UUID("018bcfe5-6fe1-7003-8000-000000000001"), UUID(int=0), UUID(int=0)
    else:
        one, low, high = (many.START + timedelta(seconds=at) for at in (1777, 20, LARGE - 19))
    if operator in {"eq", "in"}:
        found = 1 if column.kind.name != "id" else None
        return ([one] if operator == "in" else one), found if found is not None else -1
    if operator in {"ne", "not_in"}:
        return ([one] if operator == "not_in" else one), 51
    return {"lt": (low, 19), "lte": (low, 20), "gt": (high, 19), "gte": (high, 20)}[operator]


@pytest.mark.parametrize(("name", "field", "operator"), list(compared()))
async def test_every_filter_reads_little_more_than_what_it_finds(
    api_role: Any, workspace: UUID, name: str, field: str, operator: str
) -> None:
    spec = graph().catalogue.types[name]
    column = next(each for each in spec.filters().values() if each.name == field)
    value, count = rare(column, operator)
    found = await asked(api_role, workspace, spec, condition(column, operator, value, field))
    assert count in {found.rows, -1}


def through_edges() -> Iterator[tuple[str, str, str, str]]:
    for name in RECORDS:
        for edge in graph().catalogue.types[name].edges.values():
            for column, operator in of_each_sort(edge.filters().values()):
                yield name, edge.one.key, column.name, operator


@pytest.mark.parametrize(("name", "edge", "field", "operator"), list(through_edges()))
async def test_every_filter_through_an_edge_reads_little_more_than_what_it_finds(
    api_role: Any, workspace: UUID, name: str, edge: str, field: str, operator: str
) -> None:
    spec = graph().catalogue.types[name]
    target = spec.edges[edge].target
    column = next(each for each in target.filters().values() if each.name == field)
    value, count = rare(column, operator)
    wanted = through(spec.edges[edge], [condition(column, operator, value, field)], edge)
    if column.name in UNIQUE and operator in {"ne", "not_in"}:
        with pytest.raises(asyncpg.PostgresError, match="more than 500") as error:
            await asked(api_role, workspace, spec, wanted)
        assert isinstance(refused(error.value), Invalid)
    else:
        await asked(api_role, workspace, spec, wanted)
        assert count <= LARGE // many.RARE * 2


@pytest.mark.parametrize("order", offered(graph().catalogue.types["Quote"]))
@pytest.mark.parametrize(("number", "rows"), [(1, 50), (2, 20)])
async def test_a_list_through_an_edge_is_short_in_every_order_whether_it_leads_to_many_rows_or_to_few(
    api_role: Any, workspace: UUID, order: tuple[str, ...], number: int, rows: int
) -> None:
    spec = graph().catalogue.types["Quote"]
    client = UUID(f"018bcfe5-680{number}-7001-8000-000000000001")
    edge, column = spec.edges["client"], spec.edges["client"].target.column("id")
    wanted: Filter[Any] = Filter((through(edge, [condition(column, "eq", client, "id")], "client"),))
    listed: Rows[Any] = Rows(spec.model).filter(wanted).page(Page(50, order=offered(spec)[order]))
    plain: Filter[Any] = Filter((condition(spec.filters()["clientId"], "eq", client, "id"),))
    same: Rows[Any] = Rows(spec.model).filter(plain).page(Page(50, order=offered(spec)[order]))
    for _ in range(3):
        found = await explain(api_role, workspace, listed, spec)
        assert (found.scanned, found.removed <= MAX_REMOVED) == (set(), True), found
        assert found.buffers <= MAX_BUFFERS, found
        sql, values = statement(listed, spec)
        page = orjson.loads(await api_role.fetchval(sql, workspace, *values))
        sql, values = statement(same, spec)
        expected = orjson.loads(await api_role.fetchval(sql, workspace, *values))
        assert page["data"] == expected["data"]
        assert len(page["data"]) == rows
        if page["n"] is None:
            break
        listed = listed.page(Page(50, page["n"], order=offered(spec)[order]))
        same = same.page(Page(50, expected["n"], order=offered(spec)[order]))


async def asked(api_role: Any, workspace: UUID, spec: TypeSpec, wanted: Condition) -> Explained:
    rows: Rows[Any] = Rows(spec.model).filter(Filter((wanted,))).page(Page(50))
    found = await explain(api_role, workspace, rows, spec)
    assert found.scanned == set()
    assert found.removed <= MAX_REMOVED, found
    assert found.buffers <= MAX_BUFFERS, found
    return found


@pytest.mark.parametrize("order", [None, "UPDATED_AT_ASC"])
@pytest.mark.parametrize("name", RECORDS)
async def test_tombstones_are_read_without_the_rows_that_live(
    large_database_url: str, workspace: UUID, name: str, order: str | None
) -> None:
    spec = graph().catalogue.types[name]
    owner = await asyncpg.connect(large_database_url)
    transaction = owner.transaction()
    await transaction.start()
    try:
        await owner.execute("set local session_replication_role = replica")  # no trigger looks for who refers to them
        await owner.execute(
            f"update {spec.table} set deleted_at = now() where workspace_id = $1 and id in"
            f" (select id from {spec.table} where workspace_id = $1 order by id limit 30)",
            workspace,
        )
        await owner.execute("set local role forge_api")
        await owner.execute("select set_config('app.workspace_id', $1, true)", str(workspace))
        wanted: Filter[Any] = Filter((), Deleted.ONLY)
        page = Page(50, order=orders(spec)[order] if order else None)
        found = await explain(owner, workspace, Rows(spec.model).filter(wanted).page(page), spec)
    finally:
        await transaction.rollback()
        await owner.close()
    assert (found.scanned, found.rows) == (set(), 30)
    assert found.removed <= MAX_REMOVED, found
    assert found.buffers <= MAX_BUFFERS, found


@pytest.mark.parametrize("text", ["scarce", "SCARC high", "zzz hi", "1777", "Q-1777", "q 17770"])
async def test_search_reads_little_more_than_what_it_finds(api_role: Any, workspace: UUID, text: str) -> None:
    spec = graph().catalogue.types["Quote"]
    found = await asked(api_role, workspace, spec, search(spec, text, "search"))
    assert found.rows in {1, 11, 20}


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize(
    ("name", "order"), [(name, order) for name in RECORDS for order in (None, *offered(graph().catalogue.types[name]))]
)
async def test_every_order_reads_its_page_and_no_more(
    api_role: Any, workspace: UUID, name: str, order: tuple[str, ...] | None, *, backward: bool
) -> None:
    spec = graph().catalogue.types[name]
    wanted = None if order is None else offered(spec)[order]
    rows: Rows[Any] = Rows(spec.model).page(Page(50, order=wanted, backward=backward))
    found = await explain(api_role, workspace, rows, spec)
    assert (found.scanned, found.removed, found.rows) == (set(), 0, 51)
    assert found.buffers <= MAX_BUFFERS


@pytest.mark.parametrize("field", ["status", "title", "total", "sent_at", "cost"])
async def test_a_statement_that_was_asked_often_still_uses_the_index(
    api_role: Any, workspace: UUID, field: str
) -> None:
    """PostgreSQL may then stop to plan for the values at hand."""
    spec = graph().catalogue.types["Quote"]
    column = next(each for each in spec.filters().values() if each.name == field)
    value, count = rare(column, "eq")
    rows: Rows[Any] = Rows(spec.model).filter(Filter((condition(column, "eq", value, field),))).page(Page(50))
    sql, values = statement(rows, spec)
    bound = ", ".join(_literal(each) for each in (workspace, *values))
    await api_role.execute(f"prepare often as {sql}")
    try:
        for _ in range(12):
            told = await api_role.fetchval(f"explain (analyze, buffers, format json) execute often ({bound})")
    finally:
        await api_role.execute("deallocate often")
    whole = orjson.loads(told)[0]["Plan"]
    assert whole["Shared Hit Blocks"] + whole["Shared Read Blocks"] <= MAX_BUFFERS
    assert count == 20


def _literal(value: Any) -> str:
    if isinstance(value, list):
        return f"array[{','.join(_literal(each) for each in value)}]"
    return str(value) if isinstance(value, int) else "'{}'".format(str(value).replace("'", "''"))


_HELD = """select a.attname, pg_get_expr(d.adbin, d.adrelid) as held from pg_attrdef d join pg_attribute a
on a.attrelid = d.adrelid and a.attnum = d.adnum
where d.adrelid = $1::text::regclass and a.attname in ('search_words', 'search_text') order by a.attname"""


async def test_the_search_columns_hold_what_the_models_declare(owner: Any) -> None:
    """What the migrations made of them, and what the same columns would be if they were made now."""
    for spec in graph().catalogue.types.values():
        table: Any = spec.model.__table__  # type: ignore[attr-defined]
        found = await owner.fetch(_HELD, spec.table)
        if not is_record(table):
            assert found == []
            continue
        await owner.execute(f"create temp table made (like {spec.table})")
        try:
            await owner.execute("alter table made drop column search_words, drop column if exists search_text")
            [add, *_] = search_columns("made", words_sql(table), text=text_sql(table))
            await owner.execute(add)
            assert found == await owner.fetch(_HELD, "made"), spec.name
        finally:
            await owner.execute("drop table made")
