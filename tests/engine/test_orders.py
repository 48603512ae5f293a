"""Orders by several fields: what is offered, pages both ways, nulls, rows that come and go, mixed directions."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import orjson
import pytest

from core.record import Record
from engine.declare.rows import Page, Rows
from engine.graph.graph import Graph
from engine.runtime import Runtime
from engine.sql.orders import offered, orders
from engine.sql.projection import event_projections
from models import Client, Quote
from schema.assembly import graph
from tests.doors.contract.test_envelope import refused
from tests.kit.client import Client as Api
from tests.kit.doors import Doors
from tests.kit.explained import statement
from tests.kit.fixtures import Key, address
from tests.kit.repairing import declared
from tests.kit.tenant import Tenant
from tests.test_adding_a_resource import UNDONE

OFFERED = "status,due_on or -status,-due_on or client_id,due_on or -client_id,-due_on"
DAYS = (date(2026, 3, 1), None, date(2026, 1, 1), None, date(2026, 2, 1), date(9999, 12, 31), date(1, 1, 1))
LIST = """query($o: [QuoteOrder!], $first: Int, $after: String, $last: Int, $before: String) {
  quotes(orderBy: $o, first: $first, after: $after, last: $last, before: $before) {
    nodes { number } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


@pytest.fixture
async def quotes(company: Tenant) -> list[Quote]:
    """Two quotes for each day, one of each sent."""
    client = await company.make(Client)
    rows = [
        {"client_id": client.id, "due_on": day, "status": status}
        for status in ("draft", "sent", "draft")
        for day in DAYS
    ]
    return await company.make_many(Quote, rows)


def placed(rows: list[Quote]) -> list[str]:
    """The numbers of quotes in the order of status, due date and id; without a date last."""
    ordered = sorted(rows, key=lambda row: (row.status, row.due_on is None, row.due_on or date.min, row.id))
    return [row.number for row in ordered]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
async def test_pages_lead_through_the_list_both_ways(api: Api, quotes: list[Quote], size: int):
    for words, expected in (
        (["STATUS_ASC", "DUE_ON_ASC"], placed(quotes)),
        (["STATUS_DESC", "DUE_ON_DESC"], placed(quotes)[::-1]),
    ):
        for count, place, end, more in (
            ("first", "after", "endCursor", "hasNextPage"),
            ("last", "before", "startCursor", "hasPreviousPage"),
        ):
            seen: list[str] = []
            given: dict[str, Any] = {"o": words, count: size}
            while True:
                page = (await api.graphql(LIST, given)).data["quotes"]
                numbers = [each["number"] for each in page["nodes"]]
                seen = seen + numbers if count == "first" else numbers + seen
                if not page["pageInfo"][more]:
                    break
                given[place] = page["pageInfo"][end]
            assert seen == expected


async def test_a_row_that_was_there_all_the_time_is_seen_once_while_others_come_and_go(
    api: Api, company: Tenant, quotes: list[Quote]
):
    expected, seen, cursor = placed(quotes), list[str](), ""
    come: list[str] = []
    while cursor is not None:
        page = await api.get(f"/api/v1/quotes?sort=status,due_on&limit=2{cursor and '&cursor='}{cursor}")
        seen += [row["number"] for row in page.data]
        cursor = page.json["next_cursor"]
        last = page.data[-1]
        day = last["due_on"] and date.fromisoformat(last["due_on"])
        come.append((await company.make(Quote, status=last["status"], due_on=day)).number)
        assert (await api.delete(f"/api/v1/quotes/{last['id']}")).status in {200, 409}
        if len(come) > 60:
            break
    assert [number for number in seen if number not in come] == expected
    assert len(seen) == len(set(seen))


async def test_one_word_needs_no_list_and_an_empty_list_is_no_order(api: Api, quotes: list[Quote]):
    one, listed, none, nothing = [
        (await api.graphql(f"{{ quotes({order}) {{ nodes {{ number }} }} }}")).data["quotes"]["nodes"]
        for order in ("orderBy: DUE_ON_ASC", "orderBy: [DUE_ON_ASC]", "orderBy: []", "orderBy: null")
    ]
    assert one == listed
    assert none == nothing
    assert none[0]["number"] == quotes[-1].number


@pytest.mark.parametrize(
    "sort",
    [
        "status",
        "client_id",
        "status,-due_on",
        "due_on,status",
        "status,due_on,total",
        "status,due_on,due_on",
        "total,due_on",
        "status,",
        ",status",
        "status,due_on,id,number",
        "STATUS,DUE_ON",
        "status due_on",
        "--status,due_on",
        "number",
    ],
)
async def test_what_is_not_offered_is_refused_with_what_is(api: Api, sort: str):
    answer = await api.get("/api/v1/quotes", params={"sort": sort})
    refused(answer, 422)
    told = answer.json["error"]["message"]
    assert told.startswith("sort: Quote can be sorted by created_at, updated_at, due_on,")
    assert told.endswith(f"(with - for the other way round); by several fields as {OFFERED}")
    refused(await api.get("/api/v1/quotes?sort=status&sort=due_on"), 422, "sort: given twice")


@pytest.mark.parametrize(
    "words",
    ["STATUS_ASC", "[STATUS_ASC, DUE_ON_DESC]", "[DUE_ON_ASC, DUE_ON_ASC]", "[STATUS_ASC, DUE_ON_ASC, TOTAL_ASC]"],
)
async def test_graphql_refuses_it_too(api: Api, words: str):
    answer = await api.graphql(f"{{ quotes(orderBy: {words}) {{ nodes {{ id }} }} }}")
    assert (answer.code, answer.errors[0]["extensions"]["field"]) == ("validation_error", "orderBy")
    assert answer.errors[0]["message"].endswith("[CLIENT_ID_ASC, DUE_ON_ASC], [CLIENT_ID_DESC, DUE_ON_DESC]")


async def test_a_cursor_is_of_one_order(api: Api, quotes: list[Quote]):
    assert quotes
    cursor = (await api.get("/api/v1/quotes?sort=status,due_on&limit=2")).json["next_cursor"]
    for other in ("-status,-due_on", "client_id,due_on", "due_on", "updated_at"):
        refused(await api.get(f"/api/v1/quotes?sort={other}&cursor={cursor}"), 400)
    assert (await api.get(f"/api/v1/quotes?sort=status,due_on&cursor={cursor}")).status == 200


@pytest.mark.parametrize(
    "place", ['"x"', "[]", '["draft"]', '["draft","x"]', '[null,"2026-01-01"]', "[1,2]", "{}", "["]
)
async def test_a_forged_place_is_a_bad_request(api: Api, quotes: list[Quote], place: str):
    cursor = (await api.get("/api/v1/quotes?sort=status,due_on&limit=2")).json["next_cursor"]
    text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    forged = "|".join([*text.split("|")[:3], place])
    sent = base64.urlsafe_b64encode(forged.encode()).decode().rstrip("=")
    refused(await api.get(f"/api/v1/quotes?sort=status,due_on&cursor={sent}"), 400, "cursor: malformed cursor")
    assert quotes


def test_every_declared_order_is_offered_both_ways():
    for spec in graph().catalogue.types.values():
        declared_ = spec.model.orders if issubclass(spec.model, Record) else ()
        assert len([words for words in offered(spec) if len(words) > 1]) == 2 * len(declared_)
        assert {words[0] for words in offered(spec) if len(words) == 1} == set(orders(spec))


@pytest.fixture
async def repairing(runtime: Runtime, owner: Any, company: Tenant, key: Key) -> AsyncIterator[tuple[Api, Graph]]:
    """A company with 20,000 repair orders, whose lists are ordered by status up and by date down."""
    with declared():
        from tests.kit.repairing import migration, model, schema  # noqa: PLC0415  # the tables are here for these tests

        for statement in migration.statements():
            await owner.execute(statement)
        try:
            await owner.execute("set session_replication_role = replica")
            await owner.execute(FILL, company.workspace_id, f"{model.RepairOrder.tag:03x}")
            await owner.execute("set session_replication_role = origin")
            await owner.execute("vacuum analyze repair_orders")
            made = Graph(schema.Query, schema.Mutation, schema.TYPES)
            projections = event_projections(made.catalogue)
            opened = Runtime(made, runtime.database, runtime.gate, projections, installation=runtime.installation)
            yield Api(Doors(opened), address(), await key("quotes.view")), made  # type: ignore[arg-type]
        finally:
            await owner.execute(UNDONE)


FILL = """insert into repair_orders (workspace_id, id, created_at, updated_at, version, number, status, supplier,
  currency, required_on, total)
select $1, ('00000000-0000-7' || $2 || '-8000-' || lpad(to_hex(n), 12, '0'))::uuid, '2026-01-01',
  timestamptz '2026-01-01' + n * interval '1 second', 1, 'N-' || n,
  case when n % 4 = 0 then 'draft' else 'sent' end, 'S', 'USD',
  case when n % 5 = 0 then null else date '2026-01-01' + n % 300 end, 0
from generate_series(1, 20000) n"""


async def test_directions_may_be_mixed_where_the_index_is(repairing: tuple[Api, Graph], owner: Any, company: Tenant):
    api, made = repairing
    spec = made.catalogue.by_model[next(each for each in made.catalogue.by_model if each.__name__ == "RepairOrder")]
    expected = [
        str(row[0])
        for row in await owner.fetch(
            "select id from repair_orders where workspace_id = $1"
            " order by status, required_on desc nulls first, id desc",
            company.workspace_id,
        )
    ]
    for sort, ids in (("status,-required_on", expected), ("-status,required_on", expected[::-1])):
        first = await api.get(f"/api/v1/repair-orders?sort={sort}&limit=250&fields=id")
        seen, cursor = [row["id"] for row in first.data], first.json["next_cursor"]
        while cursor is not None and len(seen) < 8_000:
            page = await api.get(f"/api/v1/repair-orders?sort={sort}&limit=250&fields=id&cursor={cursor}")
            seen += [row["id"] for row in page.data]
            cursor = page.json["next_cursor"]
        assert seen == ids[: len(seen)]
        assert await touched(company, spec, made, sort, cursor) <= 200
    refused(await api.get("/api/v1/repair-orders?sort=status,required_on"), 422)


async def touched(company: Tenant, spec: Any, made: Graph, sort: str, cursor: str) -> int:
    """Pages of 8 kB that a page after this cursor touches, as the API's role."""
    words = ("STATUS_ASC", "REQUIRED_ON_DESC") if sort == "status,-required_on" else ("STATUS_DESC", "REQUIRED_ON_ASC")
    rows: Rows[Any] = Rows(spec.model).page(Page(50, cursor, order=offered(spec)[words]))
    sql, values = statement(rows, spec, made.catalogue)
    told = await company.value(f"explain (analyze, buffers, format json) {sql}", company.workspace_id, *values)
    whole = orjson.loads(told)[0]["Plan"]
    return int(whole["Shared Hit Blocks"] + whole["Shared Read Blocks"])


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("$o: QuoteOrder", "DUE_ON_DESC"),
        ("$o: QuoteOrder!", "DUE_ON_DESC"),
        ("$o: QuoteOrder = DUE_ON_DESC", None),
        ("$o: [QuoteOrder!]", ["DUE_ON_DESC"]),
        ("$o: [QuoteOrder!]!", "DUE_ON_DESC"),
    ],
)
async def test_a_variable_of_one_order_is_taken_where_a_list_is(
    api: Api, quotes: list[Quote], declared: str, value: Any
):
    variables = {} if value is None else {"o": value}
    read = f"query({declared}) {{ quotes(orderBy: $o, first: 3) {{ nodes {{ id }} }} }}"
    plain = "{ quotes(orderBy: DUE_ON_DESC, first: 3) { nodes { id } } }"
    within = f"query({declared}) {{ clients {{ nodes {{ quotes(orderBy: $o, first: 3) {{ nodes {{ id }} }} }} }} }}"
    expected = (await api.graphql(plain)).data["quotes"]
    assert (await api.graphql(read, variables)).data["quotes"] == expected
    [client] = (await api.graphql(within, variables)).data["clients"]["nodes"]
    assert client["quotes"] == expected
    assert len(quotes) == 21


async def test_a_variable_inside_a_list_of_orders_stays_one(api: Api, quotes: list[Quote]):
    document = "query($o: QuoteOrder!) { quotes(orderBy: [$o], first: 1) { nodes { id } } }"
    assert len((await api.graphql(document, {"o": "DUE_ON_ASC"})).data["quotes"]["nodes"]) == 1
    wrong = "query($o: ClientOrder) { quotes(orderBy: $o) { nodes { id } } }"
    assert (await api.graphql(wrong, {"o": "NAME_ASC"})).errors
    assert quotes
