"""Every filter, order and search that is offered is answered by an index of its own, behind row-level security."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from core.errors import Invalid
from core.searching import is_record, text_sql, words_sql
from engine.declare.catalogue import TypeSpec
from engine.declare.rows import Condition, Deleted, Filter, Order, Page, Rows
from engine.sql.comparisons import condition
from engine.sql.edge_filters import through
from engine.sql.filters import search
from engine.sql.narrowing import FIRST
from engine.sql.orders import offered, orders
from engine.sql.refused import refused
from models.migrations.ddl import search_columns
from schema.assembly import graph
from tests.kit import many
from tests.kit.explained import Explained, explain, statement
from tests.kit.many_rows import fill_records
from tests.kit.rare import LARGE, is_unique, of_each_sort, rare, sort_of, the_filter
from tests.kit.sweep import of_each_kind

OTHERS, OTHER = 8, 2_000
"""The workspaces beside the one asked, and the rows of each table in each of them."""
TYPES = graph().catalogue.types
RECORDS = [spec.name for spec in TYPES.values() if offered(spec) and spec.has_life and not spec.model.of_company]
"""Every record that lists can be of, less what is the company's: people and keys are few.

`tests/kit/many.py` or `tests/kit/many_rows.py` fills the table of each, or the tests of its orders fail.
"""
MATCHED = 500
"""Rows that an edge's filter may match."""
MAX_BUFFERS = 800
"""Pages of 8 kB a page of 50 rows may touch. Reading the workspace from end to end takes more than 1,500."""
MAX_REMOVED = FIRST + 100
"""Rows that may be read and thrown away: the first of the list's order, and few besides."""


def compared() -> Iterator[tuple[str, str, str]]:
    for name in RECORDS:
        for column, operator in of_each_sort(TYPES[name].filters().values()):
            yield name, column.name, operator


def through_edges() -> Iterator[tuple[str, str, str, str]]:
    for name in RECORDS:
        for edge in TYPES[name].edges.values():
            for column, operator in of_each_sort(edge.filters().values()):
                yield name, edge.one.key, column.name, operator


def key_of(order: Order) -> Hashable:
    """What differs between orders: the kind of each key, which way it goes, and whether it may be null."""
    return tuple((each.kind.name, each.descending, each.nullable) for each in order.keys)


def kind_of_order(case: tuple[str, tuple[str, ...] | None, bool]) -> Hashable:
    name, words, backward = case
    return words is None, backward, key_of(TYPES[name].default_order if words is None else offered(TYPES[name])[words])


def kind_through(case: tuple[str, str, str, str]) -> Hashable:
    name, key, field, operator = case
    edge = TYPES[name].edges[key]
    return edge.one.reference.answer, sort_of(the_filter(edge.target, field), operator)


COMPARED = of_each_kind(compared(), lambda case: sort_of(the_filter(TYPES[case[0]], case[1]), case[2]))
THROUGH = of_each_kind(through_edges(), kind_through)
ORDERED = of_each_kind(
    [
        (name, words, backward)
        for name in RECORDS
        for words in (None, *offered(TYPES[name]))
        for backward in (False, True)
    ],
    kind_of_order,
)
BURIED = of_each_kind(
    [(name, order) for name in RECORDS for order in (None, "UPDATED_AT_ASC")],
    lambda case: (case[1], key_of(TYPES[case[0]].default_order)),
)


def needed() -> list[TypeSpec]:
    """The records that the tests of this run ask for, and those that they ask through."""
    names = {case[0] for case in (*COMPARED, *THROUGH, *ORDERED, *BURIED)} | {"Quote", "Client"}
    names |= {TYPES[case[0]].edges[case[1]].target.name for case in THROUGH}
    return [TYPES[name] for name in RECORDS if name in names]


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
        filled = [each for each in needed() if await _is_filled(owner, each)]
        await many.mark(owner, here, *(each.table for each in filled))
        await fill_records(owner, here, LARGE, *[each for each in needed() if each not in filled])
        await many.settle(owner)
    finally:
        await owner.close()
    return here


@pytest.fixture(scope="module")
async def matched(large_database_url: str, workspace: UUID) -> set[str]:
    """The tables of which the workspace has more rows than an edge's filter may match; of some there are few here."""
    owner = await asyncpg.connect(large_database_url)
    try:
        tables = sorted({edge.target.table for name in RECORDS for edge in TYPES[name].edges.values()})
        counts = {
            each: await owner.fetchval(f"select count(*) from {each} where workspace_id = $1", workspace)
            for each in tables
        }
    finally:
        await owner.close()
    return {table for table, count in counts.items() if count > MATCHED}


async def _is_filled(owner: Any, spec: TypeSpec) -> bool:
    return bool(await owner.fetchval(f"select exists(select from {spec.table})"))


@pytest.mark.parametrize(("name", "field", "operator"), COMPARED)
async def test_every_filter_reads_little_more_than_what_it_finds(
    api_role: Any, workspace: UUID, name: str, field: str, operator: str
) -> None:
    spec = TYPES[name]
    column = the_filter(spec, field)
    value, count = rare(spec, column, operator)
    found = await asked(api_role, workspace, spec, condition(column, operator, value, field))
    assert count in {found.rows, -1}


@pytest.mark.parametrize(("name", "edge", "field", "operator"), THROUGH)
async def test_every_filter_through_an_edge_reads_little_more_than_what_it_finds(
    api_role: Any, workspace: UUID, matched: set[str], name: str, edge: str, field: str, operator: str
) -> None:
    spec = TYPES[name]
    target = spec.edges[edge].target
    column = the_filter(target, field)
    value, count = rare(target, column, operator)
    wanted = through(spec.edges[edge], [condition(column, operator, value, field)], edge)
    is_many = is_unique(column) and operator in {"ne", "not_in"}
    if is_many and target.table in matched:
        with pytest.raises(asyncpg.PostgresError, match="more than 500") as error:
            await asked(api_role, workspace, spec, wanted)
        assert isinstance(refused(error.value), Invalid)
    else:
        await asked(api_role, workspace, spec, wanted)
        assert is_many or count <= LARGE // many.RARE * 2


@pytest.mark.parametrize("order", offered(TYPES["Quote"]))
@pytest.mark.parametrize(("number", "rows"), [(1, 50), (2, 20)])
async def test_a_list_through_an_edge_is_short_in_every_order_whether_it_leads_to_many_rows_or_to_few(
    api_role: Any, workspace: UUID, order: tuple[str, ...], number: int, rows: int
) -> None:
    spec = TYPES["Quote"]
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


@pytest.mark.parametrize(("name", "order"), BURIED)
async def test_tombstones_are_read_without_the_rows_that_live(
    large_database_url: str, workspace: UUID, name: str, order: str | None
) -> None:
    spec = TYPES[name]
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
    spec = TYPES["Quote"]
    found = await asked(api_role, workspace, spec, search(spec, text, "search"))
    assert found.rows in {1, 11, 20}


@pytest.mark.parametrize(("name", "order", "backward"), ORDERED)
async def test_every_order_reads_its_page_and_no_more(
    api_role: Any, workspace: UUID, name: str, order: tuple[str, ...] | None, *, backward: bool
) -> None:
    spec = TYPES[name]
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
    spec = TYPES["Quote"]
    column = the_filter(spec, field)
    value, count = rare(spec, column, "eq")
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
    for spec in TYPES.values():
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


async def test_every_filter_of_what_is_no_record_names_columns_that_are_there(api_role: Any) -> None:
    """Such tables, as that of attachments, have no search columns to ask, although their rows may be deleted."""
    asked = 0
    for spec in TYPES.values():
        for column in () if spec.has_life else spec.filters().values():
            for operator in column.operators:
                value, _ = rare(spec, column, operator)
                wanted: Filter[Any] = Filter((condition(column, operator, value, column.name),))
                sql, values = statement(Rows(spec.model).filter(wanted).page(Page(50)), spec)
                worlds = (UUID(int=0),) * (1 + spec.model.of_company)  # what is the company's has a home, too
                assert await api_role.fetchval(sql, *worlds, *values) is not None
                asked += column.column == "record_type"
    assert asked > 5
