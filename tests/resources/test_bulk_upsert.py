"""Many records made or changed by one command, through both doors, on every type of record."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core.facts import facts_of
from engine.declare.names import camel
from tests.kit.bulk import bulk, named, results
from tests.kit.client import Client as Api
from tests.kit.every import Kind, kind_of, kinds_here, made
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant

KINDS = pytest.mark.parametrize("kind", kinds_here(), ids=lambda kind: kind.spec.name)
MADE_ALONE = {"WebhookEndpoint"}
"""What shows a secret to whoever makes it."""


@pytest.fixture
def clients() -> Kind:
    return kind_of("clients")


@pytest.fixture
def quotes() -> Kind:
    return kind_of("quotes")


@KINDS
async def test_records_of_every_type_are_made_changed_and_left(api: Api, company: Tenant, kind: Kind):
    if kind.spec.name in MADE_ALONE:
        first = [await made(api, kind, **named(n)) for n in range(3)]
        refused = await bulk(api, kind, named(9, **await kind.body(api)), atomic=False)
        assert refused["rows"][0]["error"]["code"] == "conflict"
    else:
        bodies = [named(n, **await kind.body(api)) for n in range(3)]
        answer = await bulk(api, kind, *bodies)
        assert results(answer) == ["created"] * 3
        first = [(await api.get(f"{kind.path}/{row['id']}")).data for row in answer["rows"]]
    ids = [row["id"] for row in first]
    answer = await bulk(api, kind, named(1, notes="x"), named(0), {"id": ids[2], "tags": ["late"]})
    assert results(answer) == ["updated", "unchanged", "updated"]
    assert [(row["id"], row["version"]) for row in answer["rows"]] == [(ids[1], 2), (ids[0], 1), (ids[2], 2)]
    shown = [(await api.get(f"{kind.path}/{row}")).data for row in ids]
    assert [(row["notes"], row["tags"], row["version"]) for row in shown] == [
        (None, [], 1),
        ("x", [], 2),
        (None, ["late"], 2),
    ]
    told = await company.all("select record_id::text, type from outbox where type like '%.updated' order by sequence")
    assert [row["record_id"] for row in told if row["record_id"] in ids] == [ids[1], ids[2]]


@KINDS
async def test_a_deleted_record_that_is_named_is_restored(api: Api, kind: Kind):
    row = await made(api, kind, **named("gone"))
    assert (await api.delete(f"{kind.path}/{row['id']}")).status == 200
    assert results(await bulk(api, kind, named("gone"))) == ["updated"]
    found = (await api.get(f"{kind.path}/{row['id']}")).data
    assert (found["deleted_at"], found["version"]) == (None, 3)


@KINDS
async def test_many_that_race_for_a_name_make_one_record(api: Api, company: Tenant, kind: Kind):
    if kind.spec.name in MADE_ALONE:
        await made(api, kind, **named(1))
    bodies = [named(1, **await kind.body(api)) for _ in range(16)]
    for body in bodies:
        for column in kind.spec.model.__table__.columns:  # type: ignore[attr-defined]
            own = facts_of(column).fixed or column.name in {"url", "document", "key", "record_type", "type"}
            if column.name in body and own:
                body[column.name] = (
                    bodies[0][column.name] if kind.spec.name not in MADE_ALONE else body.pop(column.name) and None
                )
    bodies = [{key: value for key, value in body.items() if value is not None} for body in bodies]
    answers = await asyncio.gather(*(api.post(f"{kind.path}/bulk", {"inputs": [body]}) for body in bodies))
    ids = {each.data["rows"][0]["id"] for each in answers if each.status == 200}
    refused = {each.code for each in answers if each.status != 200}
    assert (len(ids), refused <= {"conflict"}) == (1, True)
    assert await company.value(f"select count(*) from {kind.spec.table}") == 1


async def test_the_same_record_sent_by_many_at_once_is_refused_to_none(api: Api, company: Tenant):
    for turn in range(4):
        for path, body in {
            "/api/v1/parts": {"part_number": f"P-{turn}", "name": "Bracket"},
            "/api/v1/suppliers": {"name": f"S {turn}", "code": f"S-{turn}"},
        }.items():
            sent = {"inputs": [named(turn, **body)]}
            answers = await asyncio.gather(*(api.post(f"{path}/bulk", sent) for _ in range(10)))
            assert {each.status for each in answers} == {200}, [each.body for each in answers if each.status != 200]
            assert sorted(each.data["rows"][0]["result"] for each in answers) == ["created", *9 * ["unchanged"]]
    assert await company.value("select count(*) from parts") == 4


async def test_lines_sent_again_stay_and_lines_that_differ_are_changed(api: Api, quotes: Kind):
    client = (await made(api, kind_of("clients")))["id"]
    line = {"description": "Bracket", "quantity": "2", "unit_price": "1.50"}
    body = named(1, client_id=client, parts=[line, line | {"description": "Plate"}])
    first = (await bulk(api, quotes, body))["rows"][0]
    path = f"/api/v1/quotes/{first['id']}"
    before = (await api.get(path)).data
    assert results(await bulk(api, quotes, body)) == ["unchanged"]
    assert (await api.get(path)).data == before
    body["parts"][1]["quantity"] = "3"
    assert results(await bulk(api, quotes, body)) == ["updated"]
    after = (await api.get(path)).data
    assert [each["id"] for each in after["parts"]] == [each["id"] for each in before["parts"]]
    assert (after["total"], after["version"]) == ("7.50", 2)
    assert results(await bulk(api, quotes, named(1, parts=[line]))) == ["updated"]
    assert [each["id"] for each in (await api.get(path)).data["parts"]] == [before["parts"][0]["id"]]


async def test_all_or_none_names_the_row_and_the_field(api: Api, company: Tenant, clients: Kind):
    for wrong, message in (
        ({"currency": "USD"}, "inputs[1].name: required"),
        ({"name": 5}, "inputs[1].name: must be text, not a number"),
        ({"name": "X", "nothing": 1}, "inputs[1].nothing: unknown field"),
        ({"name": "X", "contacts": [{"first_name": ""}]}, "inputs[1].contacts[0].first_name: must not be blank"),
        ({"id": "01975c00-7b2a-7001-8d5a-3f0c9b1e2a44"}, "inputs[1].id: refers to no record"),
    ):
        answer = await api.post(f"{clients.path}/bulk", {"inputs": [{"name": "Good"}, wrong]})
        assert answer.json["error"]["message"] == message
        assert answer.status == 422
    assert await company.value("select count(*) from clients") == 0


async def test_a_row_that_the_database_refuses_is_found_among_many(api: Api, company: Tenant, clients: Kind):
    await made(api, clients, code="TAKEN")
    bodies: list[dict[str, Any]] = [{"name": f"Client {n}", "code": f"C{n}"} for n in range(40)]
    bodies[17]["code"] = "TAKEN"
    bodies[30]["code"] = "C3"
    answer = await bulk(api, clients, *bodies, atomic=False)
    assert [row["index"] for row in answer["rows"] if row["result"] == "error"] == [17, 30]
    details = [{"message": "is already taken", "field": "code"}]
    told = {"code": "conflict", "message": "code is already taken", "field": "code", "details": details}
    assert answer["rows"][17]["error"] == told
    assert (answer["created"], await company.value("select count(*) from clients")) == (38, 39)
    refused = await api.post(f"{clients.path}/bulk", {"inputs": [{"name": "New"}, {"name": "Y", "code": "TAKEN"}]})
    assert (refused.status, refused.json["error"]["message"]) == (409, "inputs[1].code is already taken")
    assert await company.value("select count(*) from clients") == 39


async def test_numbers_have_no_gap_whatever_was_refused(api: Api, company: Tenant, quotes: Kind):
    client = (await made(api, kind_of("clients")))["id"]
    unknown = "01975c00-7b2a-7001-8d5a-3f0c9b1e2a44"
    bodies = [{"client_id": unknown if n % 3 == 1 else client} for n in range(9)]
    answer = await bulk(api, quotes, *bodies, atomic=False)
    assert (answer["created"], answer["failed"]) == (6, 3)
    assert answer["rows"][1]["error"]["message"] == "client_id refers to no record"
    made_ids = [row["id"] for row in answer["rows"] if row["id"] is not None]
    numbers = [(await api.get(f"{quotes.path}/{each}")).data["number"] for each in made_ids]
    assert numbers == [f"Q-{n}" for n in range(1, 7)]
    assert await company.value("select count(*) from quotes") == 6
    assert (await api.post(quotes.path, {"client_id": client})).data["number"] == "Q-7"


async def test_a_dry_run_keeps_nothing_and_says_what_would_be(api: Api, company: Tenant, clients: Kind):
    there = await made(api, clients, **named(1))
    before = await company.value("select tick from clocks")
    answer = await bulk(api, clients, named(1, notes="x"), {"name": "New"}, {}, atomic=False, dry_run=True)
    assert (answer["dry_run"], results(answer)) == (True, ["updated", "created", "error"])
    assert [row["id"] for row in answer["rows"]] == [there["id"], None, None]
    assert (await api.get(f"{clients.path}/{there['id']}")).data == there
    assert await company.value("select count(*) from clients") == 1
    assert await company.value("select tick from clocks") == before


async def test_a_replay_answers_the_whole_answer(api: Api, company: Tenant, clients: Kind):
    bodies = [named(n, name=f"Client {n}") for n in range(1_000)]
    headers = {"Idempotency-Key": "bulk-1"}
    first = await api.post(f"{clients.path}/bulk", {"inputs": bodies}, headers=headers)
    again = await api.post(f"{clients.path}/bulk", {"inputs": bodies}, headers=headers)
    assert (first.status, first.data["created"], again.body) == (200, 1_000, first.body)
    assert (first.headers.get("idempotent-replayed"), again.headers["idempotent-replayed"]) == (None, "true")
    other = await api.post(f"{clients.path}/bulk", {"inputs": bodies[:-1]}, headers=headers)
    assert other.status == 422
    assert await company.value("select count(*) from clients") == 1_000


async def test_what_is_too_much_is_refused(api: Api, clients: Kind):
    too_much: tuple[Any, ...] = ([], [{"name": "X"}] * 1_001, {}, ["X"], None)
    for inputs in too_much:
        answer = await api.post(f"{clients.path}/bulk", {"inputs": inputs})
        assert (answer.status, answer.code) == (422, "validation_error"), answer.body
    long = [{"name": "X", "notes": "x" * 9_000}] * 900
    assert (await api.post(f"{clients.path}/bulk", {"inputs": long, "dry_run": True})).data["created"] == 900
    answer = await api.post(f"{clients.path}/bulk", {"inputs": [{"name": "X", "notes": "x" * 10_000}] * 1_700})
    assert (answer.status, answer.code) == (413, "payload_too_large")


async def test_two_rows_of_one_record_are_refused(api: Api, clients: Kind):
    there = await made(api, clients, **named(1))
    other = await made(api, clients, **named(2))
    answer = await bulk(api, clients, named(3, name="A"), named(3, name="B"), atomic=False)
    assert results(answer) == ["created", "error"]
    answer = await bulk(api, clients, named(1) | {"id": other["id"]}, atomic=False)
    assert answer["rows"][0]["error"]["code"] == "conflict"
    assert (await api.get(f"{clients.path}/{there['id']}")).data == there


async def test_it_takes_the_scope_to_create_and_to_change_one_the_scope_to_edit(api: Api, key: Key, clients: Kind):
    await made(api, clients, **named(1))
    creator, editor = await key("clients.create"), await key("clients.edit")
    path, body = f"{clients.path}/bulk", {"inputs": [named(1, notes="x"), {"name": "New"}], "atomic": False}
    assert (await api.post(path, body, key=editor)).status == 403
    answer = (await api.post(path, body, key=creator)).data
    assert [row["result"] for row in answer["rows"]] == ["error", "created"]
    assert answer["rows"][0]["error"]["code"] == "insufficient_scope"


async def test_a_sent_quote_is_locked_for_it_too(api: Api, quotes: Kind):
    row = await made(api, quotes, **named(1))
    assert (await api.post(f"{quotes.path}/{row['id']}/send")).status == 200
    answer = await bulk(api, quotes, named(1, title="New"), atomic=False)
    assert answer["rows"][0]["error"]["code"] == "conflict"
    assert results(await bulk(api, quotes, named(1))) == ["unchanged"]


@KINDS
async def test_graphql_takes_the_same(api: Api, kind: Kind):
    if kind.spec.name in MADE_ALONE:
        return
    rows = [{camel(key): value for key, value in (await kind.body(api)).items()} for _ in range(2)]
    words = {each.name for each in kind.spec.model.__table__.columns if facts_of(each).choices}  # type: ignore[attr-defined]
    rows = [{key: value.upper() if key in words else value for key, value in row.items()} for row in rows]
    for row in rows:
        for line in row.get("columns", ()):  # of an intake mapping
            line["holds"] = line["holds"].upper()
    plural = camel(kind.path.rpartition("/")[2].replace("-", "_"))
    name = f"bulkUpsert{plural[0].upper()}{plural[1:]}"
    document = (
        f"mutation($rows: [Upsert{kind.spec.name}Input!]!, $dry: Boolean!) {{ {name}(inputs: $rows, atomic: false,"
        " dryRun: $dry) { created failed dryRun rows { index result id version error { code field } } } }"
    )
    for dry in (True, False):
        found = (await api.graphql(document, {"rows": [*rows, {"notes": "x" * 10_001}], "dry": dry})).data[name]
        assert (found["created"], found["failed"], found["dryRun"]) == (2, 1, dry)
        assert [row["result"] for row in found["rows"]] == ["CREATED", "CREATED", "ERROR"]
        assert found["rows"][2]["error"] == {"code": "validation_error", "field": "notes"}
    assert len((await api.get(kind.path)).data) == 2
