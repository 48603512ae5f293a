"""Relay as it is published: its compiler takes our schema, and its runtime pages through our lists over HTTP."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.generated import ROOT
from models import Client, Quote
from tests.kit.client import Client as Api
from tests.kit.node import FOLDER, installed, node
from tests.kit.process import ServerProcess
from tests.kit.tenant import Tenant

MANY = 23
Page = Callable[..., Any]


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the compiler makes of the documents in tests/node/relay and the committed schema."""
    installed()
    folder = tmp_path_factory.mktemp("relay")
    shutil.copytree(FOLDER / "relay", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__generated__"))
    shutil.copy(ROOT / "schema" / "schema.graphql", folder / "schema.graphql")
    config = json.loads((folder / "relay.config.json").read_text()) | {"schema": "schema.graphql"}
    (folder / "relay.config.json").write_text(json.dumps(config))
    compiler = FOLDER / "node_modules" / ".bin" / "relay-compiler"
    done = subprocess.run(
        [compiler, "relay.config.json"], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "src" / "__generated__"


@pytest.fixture(scope="module")
def http(settings: Any) -> Iterator[ServerProcess]:
    with ServerProcess(settings) as running:
        yield running


@pytest.fixture
async def key_text(company: Tenant) -> str:
    return await company.key()


@pytest.fixture
def page(artifacts: Path, http: ServerProcess, key_text: str) -> Page:
    """Page through a list with Relay: `await page("forward", first=5)` gives the ids its store holds, and the pages."""

    async def run(direction: str, **variables: Any) -> tuple[list[str], int]:
        running = node("relay.mjs", str(artifacts), f"{http.url}/graphql", key_text, direction, json.dumps(variables))
        text, _ = await asyncio.to_thread(running.communicate, None, 60)
        assert running.returncode == 0, text
        found = json.loads(text.splitlines()[-1])
        return found["ids"], found["pages"]

    return run


@pytest.fixture
async def quotes(company: Tenant) -> list[Quote]:
    client = await company.make(Client)
    return await company.make_many(
        Quote,
        [
            {
                "client_id": client.id,
                "total": Decimal(number % 5),
                "due_on": date(2026, 1, 1 + number % 7) if number % 3 else None,
                "title": "Even" if number % 2 == 0 else "Odd",
            }
            for number in range(MANY)
        ],
    )


def test_the_compiler_takes_the_schema_with_refetch_and_connections(artifacts: Path) -> None:
    made = {path.name.removesuffix(".graphql.js") for path in artifacts.glob("*.graphql.js")}
    assert made >= {"quotesListQuery", "quotesPageQuery", "clientQuotesQuery", "clientPageQuery", "quotes_row"}
    assert "node(id: $id)" in (artifacts / "clientQuotesQuery.graphql.js").read_text()


async def test_forward_and_backward_show_every_row_once_in_order(page: Page, quotes: list[Quote]) -> None:
    newest_first = [str(quote.id) for quote in reversed(quotes)]
    assert await page("forward", first=5) == (newest_first, 5)
    assert await page("backward", last=5) == (newest_first, 5)
    assert await page("forward", first=MANY) == (newest_first, 1)


@pytest.mark.parametrize("order", ["TOTAL_ASC", "TOTAL_DESC", "DUE_ON_ASC", "DUE_ON_DESC", "SENT_AT_ASC"])
async def test_every_order_pages_both_ways_nulls_and_equal_values_too(
    page: Page, quotes: list[Quote], order: str
) -> None:
    column, _, word = order.lower().rpartition("_")
    ranked = sorted(quotes, key=lambda each: (getattr(each, column) is None, getattr(each, column) or 0, each.id))
    expected = [str(each.id) for each in (ranked if word == "asc" else reversed(ranked))]
    assert await page("forward", first=4, orderBy=order) == (expected, 6)
    assert await page("backward", last=4, orderBy=order) == (expected, 6)


async def test_a_filtered_list_pages_alone(page: Page, quotes: list[Quote]) -> None:
    even = [str(quote.id) for quote in reversed(quotes) if quote.title == "Even"]
    assert await page("forward", first=5, filter={"search": "even"}) == (even, 3)


async def test_a_node_is_refetched_by_its_id_to_page_below_it(page: Page, quotes: list[Quote]) -> None:
    found = await page("client", id=str(quotes[0].client_id))
    assert found == ([str(quote.id) for quote in reversed(quotes)], (MANY + 1) // 2)


@pytest.mark.parametrize("way", ["forward", "backward"])
@pytest.mark.parametrize("order", ["CREATED_AT_DESC", "TOTAL_ASC", "DUE_ON_DESC"])
async def test_who_was_there_all_the_time_is_seen_once_while_others_come_and_go(
    page: Page, quotes: list[Quote], company: Tenant, api: Api, way: str, order: str
) -> None:
    leaving = await company.make_many(
        Quote, [{"client_id": quotes[0].client_id, "total": Decimal(number % 5)} for number in range(30)]
    )
    stop = asyncio.Event()
    written = 0

    async def come(number: int) -> None:
        nonlocal written
        for _ in range(40):
            if stop.is_set():
                return
            due = date(2026, 1, 1 + written % 7)
            await company.make(Quote, client_id=quotes[0].client_id, total=Decimal((written + number) % 5), due_on=due)
            written += 1

    async def go() -> None:
        nonlocal written
        for each in leaving:
            if stop.is_set():
                return
            await api.graphql("mutation($id: ID!) { deleteQuote(id: $id) { id } }", {"id": str(each.id)})
            written += 1

    writers = [asyncio.create_task(each) for each in (come(1), come(2), go())]
    try:
        size = {"first": 1} if way == "forward" else {"last": 1}
        ids, pages = await page(way, orderBy=order, **size)
    finally:
        stop.set()
        await asyncio.gather(*writers)
    assert written > 5
    assert pages >= MANY
    assert len(ids) == len(set(ids))
    assert {str(quote.id) for quote in quotes} <= set(ids)


@pytest.fixture
async def cursor(api: Api, quotes: list[Quote]) -> str:
    assert quotes
    found = await api.graphql("{ quotes(first: 3, orderBy: TOTAL_ASC) { pageInfo { endCursor } } }")
    return str(found.data["quotes"]["pageInfo"]["endCursor"])


@pytest.mark.parametrize(
    "arguments",
    [
        "after: $c, orderBy: TOTAL_DESC",
        "after: $c, orderBy: DUE_ON_ASC",
        "after: $c",
        'after: $c, orderBy: TOTAL_ASC, filter: {search: "even"}',
        'before: $c, orderBy: TOTAL_ASC, filter: {total: {gt: "1"}}',
    ],
)
async def test_a_cursor_of_another_list_is_refused(api: Api, cursor: str, arguments: str) -> None:
    answer = await api.graphql(f"query($c: String) {{ quotes({arguments}) {{ nodes {{ id }} }} }}", {"c": cursor})
    assert answer.code == "bad_request"
    assert "another filter or order" in answer.errors[0]["message"]
    good = await api.graphql(
        "query($c: String) { quotes(after: $c, orderBy: TOTAL_ASC) { nodes { id } } }", {"c": cursor}
    )
    assert len(good.data["quotes"]["nodes"]) == MANY - 3


async def test_a_cursor_means_the_same_in_another_workspace_and_shows_nothing_of_this_one(
    cursor: str, other_company: Tenant, api: Api
) -> None:
    theirs = await other_company.make(Quote, total=Decimal(4))
    document = "query($c: String) { quotes(after: $c, orderBy: TOTAL_ASC) { nodes { id } } }"
    answer = await api.graphql(document, {"c": cursor}, key=await other_company.key())
    assert [UUID(each["id"]) for each in answer.data["quotes"]["nodes"]] == [theirs.id]
