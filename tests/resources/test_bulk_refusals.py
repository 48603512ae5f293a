"""What a bulk command refuses, and that what it refuses leaves no trace."""

from __future__ import annotations

import pytest

from access.scopes import Scope
from app.front import Front
from engine.runtime import Runtime
from rest.routes import Action, derive
from schema.assembly import graph
from tests.kit.bulk import bulk, named, results
from tests.kit.client import Client as Api
from tests.kit.every import Kind, kind_of, kinds_here, made
from tests.kit.fixtures import Key, address, new_tenant
from tests.kit.rights import KitAccess
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


async def test_a_row_that_is_refused_leaves_no_trace_in_what_follows(api: Api, company: Tenant, clients: Kind):
    """An external id that a refused row named is nobody's, for the rows and the fields after it."""
    victim = await made(api, clients, **named("E"), name="Victim")
    wrong = [{"id": victim["id"], "firstName": "no"}]
    document = """mutation($x: [UpsertClientInput!]!, $y: [UpsertClientInput!]!) {
      x: bulkUpsertClients(atomic: false, inputs: $x) { failed }
      y: bulkUpsertClients(atomic: false, inputs: $y) { created failed }
    }"""
    name = [{"system": "erp", "externalId": "N"}]
    x = [{"id": victim["id"], "externalIds": name, "contacts": wrong, "name": "Changed"}]
    found = (await api.graphql(document, {"x": x, "y": [{"name": "New", "externalIds": name}]})).data
    assert found == {"x": {"failed": 1}, "y": {"created": 1, "failed": 0}}
    assert (await api.get(f"{clients.path}/{victim['id']}")).data == victim
    other = [{"system": "erp", "external_id": "F"}]
    rows = [
        {"id": victim["id"], "external_ids": other, "contacts": [{"id": victim["id"], "first_name": "no"}]},
        named("E", notes="k"),
    ]
    answer = await bulk(api, clients, *rows, atomic=False)
    assert results(answer) == ["error", "error"]  # both are about the victim
    assert (await company.value("select count(*) from external_ids")) == 2


async def test_one_record_by_two_names_is_refused(api: Api, clients: Kind):
    row = await made(api, clients, **named("E"), contacts=[{"first_name": "Ann"}])
    [ann] = (await api.get(f"{clients.path}/{row['id']}")).data["contacts"]
    by_id = {"id": row["id"], "contacts": [{"id": ann["id"], "first_name": "Good"}]}
    by_name = named("E", contacts=[{"id": ann["id"], "first_name": "Evil"}])
    answer = await bulk(api, clients, by_id, by_name, atomic=False)
    assert results(answer) == ["updated", "error"]
    assert answer["rows"][1]["error"]["message"] == "id: names the same record as inputs[0]"
    twice = await api.post(f"{clients.path}/bulk", {"inputs": [named("E"), {"name": "x"}, named("E")]})
    told = "inputs[2].external_ids: names the same record as inputs[0]"
    assert (twice.status, twice.json["error"]["message"]) == (422, told)
    query = (
        "mutation($i: [UpsertClientInput!]!) { bulkUpsertClients(inputs: $i, atomic: false) {rows {error {message}}} }"
    )
    same = {"name": "F", "externalIds": [{"system": "erp", "externalId": "F"}]}
    shown = (await api.graphql(query, {"i": [same, same]})).data["bulkUpsertClients"]["rows"]
    assert shown[1]["error"]["message"] == "externalIds: names the same record as inputs.0"
    [ann] = (await api.get(f"{clients.path}/{row['id']}")).data["contacts"]
    assert ann["first_name"] == "Good"


async def test_a_dry_run_is_alone_in_its_document(api: Api, company: Tenant):
    made_one = 'y: createClient(input: {name: "A"}) { id }'
    run = 'x: bulkUpsertClients(dryRun: true, inputs: [{name: "B"}]) { created }'
    for fields in (f"{made_one} {run}", f"{run} {made_one}", f"{run} {run.replace('x:', 'z:')}"):
        answer = await api.graphql(f"mutation {{ {fields} }}")
        assert answer.json["data"] is None
        assert answer.code == "validation_error"
    assert await company.value("select count(*) from clients") == 0
    assert (await api.graphql(f"mutation {{ {run} }}")).data == {"x": {"created": 1}}


async def test_values_taken_twice_are_found_without_writing(api: Api, clients: Kind):
    bodies = [{"name": f"Client {n}", "code": f"C{n // 2}"} for n in range(1_000)]
    answer = await bulk(api, clients, *bodies, atomic=False)
    assert (answer["created"], answer["failed"]) == (500, 500)
    quotes, owner = kind_of("quotes"), (await made(api, clients, contacts=[{"first_name": "Ann"}]))["id"]
    [ann] = (await api.get(f"{clients.path}/{owner}")).data["contacts"]
    other = (await made(api, clients))["id"]
    rows = [{"client_id": owner if n % 2 else other, "contact_id": ann["id"]} for n in range(100)]
    found = await bulk(api, quotes, *rows, atomic=False)
    assert (found["created"], found["failed"]) == (50, 50)
    assert {row["error"]["message"] for row in found["rows"] if row["error"]} == {"contact_id refers to no record"}


@KINDS
async def test_bringing_one_back_takes_the_scope_to_delete(api: Api, key: Key, kind: Kind):
    row = await made(api, kind, **named(1))
    assert (await api.delete(f"{kind.path}/{row['id']}")).status == 200
    mine = (each for each in derive(graph()) if each.record is kind.spec and each.contract.is_open)
    routes = {each.action: each.root.operation.scope for each in mine}
    delete = routes[Action.DELETE]
    others = [str(each) for each in Scope if each != delete and each.area == str(delete).partition(".")[0]]
    if routes[Action.UPDATE] == delete:
        return
    answer = await api.post(f"{kind.path}/bulk", {"inputs": [named(1)], "atomic": False}, key=await key(*others))
    assert answer.data["rows"][0]["error"]["code"] == "insufficient_scope"
    assert (await api.get(f"{kind.path}/{row['id']}")).status == 404


async def test_no_more_endpoints_come_back_than_the_plan_allows(access: KitAccess, runtime: Runtime, app: Front):
    small = await new_tenant(access, runtime, limits={"requests": 0, "points": 0, "endpoints": 3})
    api = Api(app, address(), await small.key())
    endpoints = kind_of("endpoints")
    gone = [await made(api, endpoints) for _ in range(3)]
    for row in gone:
        assert (await api.delete(f"{endpoints.path}/{row['id']}")).status == 200
    await made(api, endpoints)
    answer = await bulk(api, endpoints, *({"id": row["id"]} for row in gone), atomic=False)
    assert results(answer) == ["updated", "updated", "error"]


async def test_whether_a_hidden_field_is_so_already_is_not_told(api: Api, key: Key, clients: Kind):
    row = await made(api, clients, credit_limit="4321.5")
    blind = await key("clients.view", "clients.create", "clients.edit")
    for value in ("4321.5", "1"):
        rows = {"inputs": [{"id": row["id"], "credit_limit": value}], "dry_run": True}
        answer = await api.post(f"{clients.path}/bulk", rows, key=blind)
        assert answer.data["rows"][0]["result"] == "updated"
    assert results(await bulk(api, clients, {"id": row["id"], "credit_limit": "4321.5"})) == ["unchanged"]


async def test_no_record_gets_more_external_ids_than_it_may_have(api: Api, clients: Kind):
    names = [{"system": "erp", "external_id": str(number)} for number in range(20)]
    row = await made(api, clients, external_ids=names)
    answer = await bulk(
        api, clients, {"id": row["id"], "external_ids": [{"system": "erp", "external_id": "20"}]}, atomic=False
    )
    assert answer["rows"][0]["error"]["message"] == "external_ids: at most 20"


async def test_a_command_that_works_long_in_python_keeps_its_transaction(api: Api, quotes: Kind):
    client = (await made(api, kind_of("clients")))["id"]
    line = {"description": "Bracket", "quantity": "2", "unit_price": "1.50"}
    rows = [{"client_id": client, "parts": [line] * 500} for _ in range(60)]
    assert (await bulk(api, quotes, *rows))["created"] == 60


async def test_what_is_no_content_may_change_in_every_state(api: Api, quotes: Kind):
    row = await made(api, quotes)
    path = f"{quotes.path}/{row['id']}"
    assert (await api.post(f"{path}/send")).status == 200
    assert (await api.patch(path, {"tags": ["won"], **named("4711")})).data["tags"] == ["won"]
    assert (await api.patch(path, {"tags": ["won"], "title": "New"})).status == 409
    assert results(await bulk(api, quotes, named("4711", notes="x"))) == ["updated"]
    refused = await bulk(api, quotes, named("4711", notes="y", parts=[]), atomic=False)
    assert refused["rows"][0]["result"] == "updated"  # there was no line, and is none
    answer = await bulk(api, quotes, named("4711", title="New"), atomic=False)
    assert answer["rows"][0]["error"]["code"] == "conflict"


async def test_graphql_takes_large_variables_for_it_alone(api: Api):
    rows = [{"name": f"Client {number}", "notes": "x" * 900} for number in range(100)]
    bulk_of = "mutation($r: [UpsertClientInput!]!) { bulkUpsertClients(inputs: $r) { created } }"
    assert (await api.graphql(bulk_of, {"r": rows})).data == {"bulkUpsertClients": {"created": 100}}
    one = "mutation($n: String) { createClient(input: {name: $n}) { id } }"
    refused = await api.graphql(one, {"n": "x" * 70_000})
    assert refused.code == "bad_request"
