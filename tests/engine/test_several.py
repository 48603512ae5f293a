"""Several records made and changed at once, with what is inside them, in one flush."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core.errors import Conflict, Invalid
from core.origin import Origin
from core.writing.claim import Outcome
from engine.declare.inputs import read_input
from engine.run.context import Command
from engine.runtime import Runtime
from models import Client, Contact
from resolvers.clients import CLIENTS, create_client
from resolvers.moves import input_of
from resolvers.several import upsert
from tests.kit.tenant import Tenant

CREATE: Any = input_of(create_client)
NOBODY = "018bcfe5-6801-7002-8000-000000000001"


async def put(runtime: Runtime, company: Tenant, *clients: dict[str, Any], by: str = "code") -> Outcome:
    inputs = [read_input(CREATE, each) for each in clients]

    async def operate(ctx: Command) -> Outcome:
        assert len(await upsert(ctx, CLIENTS, by, inputs)) == len(inputs)
        return await ctx.unit.finish_with(b"{}")

    return await runtime.command(company.principal("clients.create", "clients.edit"), None, Origin("test"), operate)


async def rows(company: Tenant) -> list[tuple[Any, ...]]:
    found = await company.all(
        "select c.code, c.name, c.version, array(select k.first_name from contacts k where k.client_id = c.id"
        " order by k.position) people from clients c where deleted_at is null order by c.code"
    )
    return [tuple(each) for each in found]


def person(name: str) -> dict[str, Any]:
    return {"first_name": name}


async def test_what_is_there_becomes_what_the_input_says_and_what_is_not_is_made(runtime: Runtime, company: Tenant):
    for code in ("A", "B", "C"):
        client = await company.make(Client, code=code, name=f"Old {code}", notes="old")
        await company.make(Contact, client_id=client.id, first_name=f"Old {code}")
    before = await company.value("select tick from clocks")
    await put(
        *(runtime, company),
        {"code": "B", "name": "New B", "contacts": [person("X"), person("Y")]},
        {"code": "D", "name": "New D", "contacts": [person("Z")]},
        {"code": "A", "name": "New A"},
        {"name": "No code"},
    )
    assert await rows(company) == [
        ("A", "New A", 3, []),
        ("B", "New B", 3, ["X", "Y"]),
        ("C", "Old C", 2, ["Old C"]),
        ("D", "New D", 1, ["Z"]),
        (None, "No code", 1, []),
    ]
    assert await company.value("select notes from clients where code = 'A'") is None
    assert await company.value("select tick from clocks") == before + 4
    events = await company.all("select type from outbox order by sequence desc limit 4")
    assert sorted(each["type"] for each in events) == ["client.created"] * 2 + ["client.updated"] * 2


async def test_each_of_several_has_its_entry_in_the_audit(runtime: Runtime, company: Tenant):
    old = await company.make(Client, code="A", name="Old A")
    gone = await company.make(Contact, client_id=old.id, first_name="Gone")
    await put(
        *(runtime, company),
        {"code": "A", "name": "New A", "contacts": [person("X")]},
        {"code": "B", "name": "New B", "contacts": [person("Y"), person("Z")]},
        {"code": "C", "name": "New C"},
    )
    found = await company.all(
        "select action, changes -> 'old' ->> 'name', changes -> 'new' ->> 'name', jsonb_path_query_array(changes,"
        " '$.lines.contacts[*].new.first_name') #>> '{}', changes -> 'lines' -> 'contacts' -> -1 -> 'id' #>> '{}'"
        " from audit where request_id = 'test' order by at"
    )
    lines = [tuple(each) for each in found]
    assert [each[:4] for each in lines] == [
        ("updated", "Old A", "New A", '["X"]'),
        ("created", None, "New B", '["Y", "Z"]'),
        ("created", None, "New C", "[]"),
    ]
    assert lines[0][4] == str(gone.id)


async def test_a_thousand_are_written_with_three_statements_that_grow_with_nothing(runtime: Runtime, company: Tenant):
    first = [{"code": f"C{n}", "name": "First", "contacts": [person(f"P{n}")]} for n in range(500)]
    await put(runtime, company, *first)
    await put(
        runtime, company, *({"code": f"C{n}", "name": "Second", "contacts": [person(f"P{n}")]} for n in range(1_000))
    )
    found = await rows(company)
    assert len(found) == 1_000
    assert {(name, len(people)) for _, name, _, people in found} == {("Second", 1)}
    assert sum(version for *_, version, _ in found) == 1_500
    with pytest.raises(Invalid, match="at most 1,000"):
        await put(runtime, company, *({"name": "X"} for _ in range(1_001)))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ([{"code": "A", "name": "1"}, {"code": "B", "name": "2"}, {"code": "A", "name": "3"}], "inputs.2.code"),
        (
            [{"code": "A", "name": "1"}, {"code": "B", "name": "2", "contacts": [{**person("X"), "id": NOBODY}]}],
            "inputs.1.contacts.0.id",
        ),
    ],
)
async def test_one_that_is_wrong_is_named_and_nothing_is_written(
    runtime: Runtime, company: Tenant, wrong: list[dict[str, Any]], field: str
):
    with pytest.raises(Invalid) as error:
        await put(runtime, company, *wrong)
    assert error.value.field == field
    assert await rows(company) == []


async def test_a_deleted_record_is_not_changed_and_its_code_is_free(runtime: Runtime, company: Tenant):
    await company.make(Client, code="A", name="Gone")
    await company.value("update clients set deleted_at = now() returning 1")
    await put(runtime, company, {"code": "A", "name": "New"})
    assert await rows(company) == [("A", "New", 1, [])]


async def test_the_same_upsert_at_once_makes_each_record_once(runtime: Runtime, company: Tenant):
    async def one(turn: int) -> bool:
        try:
            await put(runtime, company, *({"code": f"C{n}", "name": f"Turn {turn}"} for n in range(20)))
        except Conflict:
            return False
        return True

    done = await asyncio.gather(*(one(turn) for turn in range(8)))
    assert any(done)
    found = await rows(company)
    assert [code for code, *_ in found] == sorted(f"C{n}" for n in range(20))
    assert len({name for _, name, *_ in found}) == 1  # all of a turn, or nothing of it
