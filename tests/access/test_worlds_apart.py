"""Nothing mixes live and test, or two companies: a sweep over every route, root field, filter, reference and feed.

All of it follows from the graph and its routes: a new resource is swept without a line here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from app.front import Front
from core.facts import facts_of
from engine.declare.catalogue import Column, Many, One, TypeSpec
from engine.declare.kinds import ID as ID_KIND
from engine.declare.names import kebab
from rest.routes import ID, PREFIX, Action, Route, derive
from schema.assembly import graph
from tests.kit.client import Answer
from tests.kit.delivered import Owner
from tests.kit.events import Events
from tests.kit.every import kinds_here, made
from tests.kit.least import least
from tests.kit.process import ServerProcess
from tests.kit.tenant import Tenant
from tests.kit.worlds import World, filled

GRAPH = graph()
ROUTES = list(derive(GRAPH))
LISTS = [route for route in ROUTES if route.action is Action.LIST]
COMMANDS = [route for route in ROUTES if route.is_command]
CHANGE = {"notes": "moved"}
Pair = tuple[World, World]


@pytest.fixture
async def worlds(app: Front, company: Tenant, other_company: Tenant, owner: Owner) -> list[World]:
    """The live and the test workspace of a company, and the live one of another."""
    tenants = (company, company.sandbox, other_company)
    words = ("lively", "testlike", "othersome")
    found = [await filled(app, each, words[place], owner, place + 1) for place, each in enumerate(tenants)]
    for each in found:
        await each.look(owner)
    return found


def pairs(worlds: list[World]) -> Iterator[Pair]:
    """Each workspace with each that is strange to it."""
    for mine in worlds:
        yield from ((mine, theirs) for theirs in worlds if theirs is not mine)


async def untouched(worlds: list[World], owner: Owner, sweep: Any) -> None:
    """Run a sweep for each pair; what the caller's key does must change nothing of the other."""
    for mine, theirs in pairs(worlds):
        before = await theirs.digest(owner)
        await sweep(mine, theirs)
        assert await theirs.digest(owner) == before


def id_filters(spec: TypeSpec) -> list[Column]:
    """The filters that take ids."""
    return [each for each in spec.filters().values() if each.kind is ID_KIND]


def edges(spec: TypeSpec) -> str:
    """The parameter that shows all that is connected to a row."""
    names = ",".join(each.name for each in spec.fields.values() if isinstance(each, One | Many))
    return f"&include={names}" if names else ""


def shown(spec: TypeSpec) -> str:
    """A selection of a type's columns and edges."""
    found = [each.key for each in spec.fields.values() if isinstance(each, Column)]
    found += [f"{each.key} {{ id }}" for each in spec.fields.values() if isinstance(each, One)]
    found += [f"{each.key}(first: 20) {{ nodes {{ id }} }}" for each in spec.fields.values() if isinstance(each, Many)]
    return " ".join(found)


async def test_no_list_of_rest_shows_filters_or_finds_what_is_of_another(worlds: list[World], owner: Owner):
    async def sweep(mine: World, theirs: World) -> None:
        for route in LISTS:
            spec, path = route.spec, PREFIX + route.path
            if not route.contract.is_open:
                answer = await mine.api.get(path)
                assert (answer.status, theirs.knows(answer)) == (200, False), (path, answer.body)
                continue
            kept = "&deleted=include" if spec.has_life else ""
            for headers in ({}, {"accept": "text/csv"}):
                answer = await mine.api.get(f"{path}?limit=20{kept}{'' if headers else edges(spec)}", headers=headers)
                assert (answer.status, theirs.knows(answer)) == (200, False), (path, answer.body)
            if spec.has_life and not spec.model.of_company:
                assert mine.knows(answer), path
            for column in id_filters(spec):
                ids = ",".join(theirs.strange_to(mine).values())
                answer = await mine.api.get(path, params={f"{column.name}[in]": ids})
                assert (answer.status, answer.data) == (200, []), (path, column.name)
            if spec.has_life and not spec.model.of_company:
                assert (await mine.api.get(f"{path}?search={theirs.word}")).json["data"] == [], path
                if route.path != "/tasks":  # what starts one says nothing that is searched
                    assert (await mine.api.get(f"{path}?search={mine.word}")).json["data"], path

    await untouched(worlds, owner, sweep)


async def test_no_route_with_an_id_reaches_what_is_of_another(worlds: list[World], owner: Owner):
    async def sweep(mine: World, theirs: World) -> None:
        for route in (each for each in ROUTES if ID in each.path):
            spec, ids = route.record or route.spec, theirs.strange_to(mine)
            # One of the sandbox writes nothing that is the company's; a closed contract judges bodies first.
            expected = (
                {404} | ({403} if spec.model.of_company else set()) | (set() if route.contract.is_open else {400})
            )
            for row_id in {ids[spec.name], *list(ids.values())[:2]} if spec.name in ids else ():
                answer = await called(mine, route, row_id)
                assert answer.status in expected, (route.path, answer.body)
                assert theirs.word.encode() not in answer.body, route.path

    await untouched(worlds, owner, sweep)
    mine = worlds[1]
    for route in sorted((each for each in ROUTES if ID in each.path), key=lambda each: each.action is Action.DELETE):
        spec, ids = route.record or route.spec, mine.ids | mine.company
        if spec.name in ids and route.contract.name != "forg":  # which shows endpoints of its own style alone
            assert (await called(mine, route, ids[spec.name])).status != 404, route.path  # its own it does reach


async def called(mine: World, route: Route, row_id: str) -> Answer:
    spelled = row_id if route.contract.name == "forg" else route.contract.ids.write(UUID(row_id), "")
    takes = route.root.binding.input()[1]
    body = CHANGE if route.action is Action.UPDATE else {} if route.method == "POST" else None
    if takes is not None and route.root.binding.needs_input and route.action is not Action.UPDATE:
        body = least(takes, by_alias=False)
    return await mine.api.request(route.method, PREFIX + route.path.replace(ID, spelled), json=body)


async def test_no_body_refers_to_moves_or_writes_over_what_is_of_another(worlds: list[World], owner: Owner):
    async def sweep(mine: World, theirs: World) -> None:
        for kind in kinds_here():
            own = mine.ids[kind.spec.name]
            for column in kind.spec.model.__table__.columns:  # type: ignore[attr-defined]
                facts = facts_of(column)
                if facts.refers_to is None or column.name not in kind.fields:
                    continue
                foreign = {column.name: theirs.ids[named(facts.refers_to)]}
                made_with = await mine.api.post(kind.path, await kind.body(mine.api) | foreign)
                moved = await mine.api.patch(f"{kind.path}/{own}", foreign)
                assert (made_with.status, moved.status) == (422, 422), (kind.path, column.name)
            rows = {"inputs": [{"id": theirs.ids[kind.spec.name], **await kind.body(mine.api)}]}
            bulk = await mine.api.post(f"{kind.path}/bulk", rows)
            written = bulk.json.get("data", {}).get("rows", [])
            assert not [each for each in written if each.get("id") == theirs.ids[kind.spec.name]], bulk.body
            names = {"external_ids": [{"system": "erp", "external_id": "4711"}]}
            known = await mine.api.post(f"{kind.path}/bulk", {"inputs": [{**names, **CHANGE}]})
            [row] = known.data["rows"]
            assert row["id"].encode() not in theirs.all_ids

    await untouched(worlds, owner, sweep)


def named(table: str) -> str:
    """The type of the graph that a table's rows are of."""
    return next(each.name for each in GRAPH.catalogue.types.values() if each.table == table)


async def test_no_root_field_shows_what_is_of_another(worlds: list[World], owner: Owner):
    query = GRAPH.schema.query_type
    assert query is not None

    async def sweep(mine: World, theirs: World) -> None:
        for root in (each for each in GRAPH.roots.values() if each.kind == "query" and each.target is not None):
            spec: Any = root.target
            if root.listed:
                asked = f"{{ all: {root.name}(first: 100) {{ nodes {{ {shown(spec)} }} }} }}"
                answer = await mine.api.graphql(asked)
                assert (answer.status, theirs.knows(answer)) == (200, False), root.name
                if "filter" not in query.fields[root.name].args:
                    continue
                document = f"query($f: {spec.name}Filter) {{ all: {root.name}(filter: $f) {{ nodes {{ id }} }} }}"
                for column in id_filters(spec):
                    given = {"f": {column.key: {"in": list(theirs.strange_to(mine).values())}}}
                    assert (await mine.api.graphql(document, given)).data["all"]["nodes"] == [], column.key
                if spec.has_life and not spec.model.of_company:
                    searched = {"f": {"search": theirs.word, "deleted": "INCLUDE"}}
                    assert (await mine.api.graphql(document, searched)).data["all"]["nodes"] == []
            else:
                document = f"query($id: ID!) {{ one: {root.name}(id: $id) {{ id }} }}"
                strange, known = theirs.strange_to(mine), mine.ids | mine.company
                if spec.name in strange:
                    assert (await mine.api.graphql(document, {"id": strange[spec.name]})).data["one"] is None, root.name
                if spec.name in known:
                    assert (await mine.api.graphql(document, {"id": known[spec.name]})).data["one"], root.name
        ids = list(theirs.strange_to(mine).values())
        every = await mine.api.graphql("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})
        assert every.data["nodes"] == [None] * len(ids)
        for each in ids:
            found = await mine.api.graphql("query($id: ID!) { node(id: $id) { id } }", {"id": each})
            assert found.data["node"] is None

    await untouched(worlds, owner, sweep)


async def test_no_command_of_the_graph_reaches_what_is_of_another(worlds: list[World], owner: Owner):
    mutation = GRAPH.schema.mutation_type
    assert mutation is not None

    async def sweep(mine: World, theirs: World) -> None:
        for route in COMMANDS:
            field = mutation.fields.get(route.root.name)
            if field is None or "id" not in field.args:
                continue
            takes = route.root.binding.input()[1]
            more = "" if takes is None else f", $input: {field.args['input'].type}"
            given = "" if takes is None else ", input: $input"
            document = f"mutation($id: ID!{more}) {{ one: {route.root.name}(id: $id{given}) {{ id }} }}"
            spec, ids = route.record or route.spec, theirs.strange_to(mine)
            if spec.name not in ids:
                continue
            sent = {} if takes is None else {"input": least(takes, by_alias=True)}
            answer = await mine.api.graphql(document, {"id": ids[spec.name]} | sent)
            expected = {"not_found"} | ({"live_key_required"} if spec.model.of_company else set())
            assert answer.code in expected, (route.root.name, answer.body)

    await untouched(worlds, owner, sweep)


async def test_figures_and_feeds_are_of_ones_own(worlds: list[World], owner: Owner):
    async def sweep(mine: World, theirs: World) -> None:
        for name in GRAPH.catalogue.resources:
            spec = GRAPH.catalogue.resources[name]
            if spec.model.of_company:
                continue
            alive = " and deleted_at is null" if spec.has_life else ""
            sql = f"select count(*) from {spec.table} where workspace_id = $1{alive}"
            count = await owner.fetchval(sql, mine.tenant.workspace_id)
            answer = await mine.api.get(f"/api/v1/metrics?resource={kebab(name)}&measure=count")
            assert answer.status == 200, answer.body
            if spec.name not in {"AuditEntry", "ActivityEntry"}:
                assert answer.data["points"][0]["values"] == [str(count)], name
        feed = await mine.api.get("/api/v1/changes?limit=250")
        assert (feed.status, theirs.knows(feed), mine.knows(feed)) == (200, False, True)
        graphql = await mine.api.graphql("{ changes(first: 100) { nodes { cursor type recordId } } }")
        assert (graphql.status, theirs.knows(graphql), mine.knows(graphql)) == (200, False, True), graphql.body
        cursor = (await theirs.api.get("/api/v1/changes?limit=3")).json["resume_cursor"]
        answer = await mine.api.get(f"/api/v1/changes?cursor={cursor}")
        assert answer.status in {200, 410}
        assert not theirs.knows(answer)

    for mine, theirs in pairs(worlds):
        await sweep(mine, theirs)


async def test_one_idempotency_key_is_one_effect_in_each(worlds: list[World]):
    headers = {"idempotency-key": "the-same-everywhere"}
    answers = [await each.api.post("/api/v1/clients", {"name": "Once"}, headers=headers) for each in worlds * 2]
    assert [each.status for each in answers] == [201] * 6
    ids = [each.data["id"] for each in answers]
    assert (len(set(ids)), ids[:3]) == (3, ids[3:])


async def test_a_subscriber_hears_of_ones_own(worlds: list[World], process: ServerProcess):
    follow = "subscription($after: String) { changes(after: $after) { recordId type } }"

    async def heard(mine: World, ready: asyncio.Barrier) -> set[str]:
        assert mine.api.key is not None
        start = (await mine.api.graphql("{ changes { latestCursor } }")).data["changes"]["latestCursor"]
        async with Events(process.url, mine.api.key, follow, {"after": start}) as events:
            await ready.wait()
            written = {(await made(mine.api, kind))["id"] for kind in kinds_here()}
            told: set[str] = set()
            while not written <= told:
                event = await events.next()
                assert event is not None
                if event.name == "next":
                    told.add(event.data["data"]["changes"]["recordId"])
            return told

    ready = asyncio.Barrier(len(worlds))
    found = await asyncio.gather(*(heard(each, ready) for each in worlds))
    for place, told in enumerate(found):
        others = set[str]().union(*(each for at, each in enumerate(found) if at != place))
        assert told
        assert not told & others
