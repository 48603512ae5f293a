"""Search and `contains`: what they find, with PostgreSQL's extensions and without."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from app.migrations import upgrade
from core.database.database import Database
from engine.declare.catalogue import TypeSpec
from engine.declare.rows import Condition, Filter, Page, Rows
from engine.sql.comparisons import condition
from engine.sql.filters import search
from engine.sql.plans import Filled, Plan, Selection
from engine.sql.selection import Nodes, Object, PageOf, Value
from models import Client
from schema.assembly import graph
from tests.kit import many
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant


async def found(api: Api, text: str) -> list[str]:
    graphql = await api.graphql("query($t: String) { clients(filter: {search: $t}) { nodes { name } } }", {"t": text})
    rest = await api.get("/api/v1/clients", params={"search": text, "sort": "-created_at"})
    names = [each["name"] for each in graphql.data["clients"]["nodes"]]
    assert [each["name"] for each in rest.data] == names
    return names


async def test_every_word_is_found_whatever_its_case_in_any_field(api: Api, company: Tenant) -> None:
    names = ("Müller & Söhne", "Acme-Tools GmbH", "acme 100%_ Tools")
    await company.make_many(Client, [{"name": name, "code": f"K-{number}42"} for number, name in enumerate(names)])
    assert await found(api, "ACME tools") == ["acme 100%_ Tools", "Acme-Tools GmbH"]
    assert await found(api, "müll") == ["Müller & Söhne"]
    assert await found(api, "SÖHNE k-042") == ["Müller & Söhne"]
    assert await found(api, "gm") == ["Acme-Tools GmbH"]
    assert await found(api, "too") == ["acme 100%_ Tools", "Acme-Tools GmbH"]
    assert await found(api, "ools") == []
    assert await found(api, "acme-tools") == ["acme 100%_ Tools", "Acme-Tools GmbH"]
    assert await found(api, "acme söhne") == []
    assert await found(api, "'); drop table clients; --' | !x:*") == []


@pytest.mark.parametrize("text", ["", "  ", "%&!", "a " * 11, "x" * 201, "a\0b"])
async def test_a_search_for_nothing_or_too_much_is_refused_by_its_name(api: Api, text: str) -> None:
    answer = await api.graphql("query($t: String) { clients(filter: {search: $t}) { nodes { name } } }", {"t": text})
    assert (answer.code, answer.errors[0]["extensions"]["field"]) == ("validation_error", "filter.search")


async def test_an_edge_offers_no_search(api: Api, key: Key) -> None:
    assert (await api.get("/api/v1/clients?contact.search=x", key=await key())).code == "validation_error"


async def ids(database: Database, workspace: Any, spec: TypeSpec, wanted: Condition) -> int:
    shown = Object(spec, [Value("id", spec.column("id"))])
    rows: Rows[Any] = Rows(spec.model).filter(Filter((wanted,))).page(Page(250, order=spec.default_order))
    pieces = [Filled(Selection(spec, PageOf(spec, [Nodes("data", shown)])), (rows,))]
    plan = Plan(graph().catalogue, pieces)
    text = await database.reads.text(plan.sql, (workspace, *plan.values(pieces)))
    return (text or b"").count(b'"id"')


async def test_without_any_extension_words_are_found_by_their_beginnings(empty_database_url: str) -> None:
    await upgrade(empty_database_url)
    owner = await asyncpg.connect(empty_database_url)
    try:
        await owner.execute(
            "drop extension pg_trgm, btree_gin cascade; call index_search('quotes'); call index_search('clients')"
        )
        workspace = await many.workspace(owner, "Plain", clients=3, quotes=3_000)
        await many.settle(owner)
        keys = await owner.fetchval("select pg_get_indexdef('quotes_search'::regclass)")
    finally:
        await owner.close()
    assert "(search_words)" in keys
    spec, clients = graph().catalogue.types["Quote"], graph().catalogue.types["Client"]
    database = await Database.open(empty_database_url, size=1)
    part = condition(clients.column("name"), "contains", "iddle", "name")
    try:
        assert await ids(database, workspace, spec, search(spec, "scarce HIGH", "search")) == 3
        assert await ids(database, workspace, spec, search(spec, "carce", "search")) == 0
        assert await ids(database, workspace, clients, part) == 1
    finally:
        await database.close()
