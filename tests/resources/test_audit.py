"""The audit through both doors: who, from where, what changed, in the door's own names; and what leaves no entry."""

from __future__ import annotations

import asyncio
import itertools
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import pytest

from core.database.database import Database
from engine.sql.projection import event_projections
from jobs.disabling import Disabling
from jobs.units import Units
from models import Client, Quote, QuotePart
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant

Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
ORDER = Path(__file__).parents[2] / "examples" / "x12" / "full.850.edi"
LIST = "/api/v1/audit"
QUOTES = "/api/v1/quotes"
NODES = """query($id: ID, $filter: AuditEntryFilter, $first: Int, $after: String) {
  audit(recordId: $id, filter: $filter, first: $first, after: $after) {
    nodes { id at recordType recordId action actorId actor { id name email } requestId address userAgent changes }
    pageInfo { hasNextPage endCursor } totalCount } }"""
PARTS = [
    {"description": "Plate", "quantity": "2", "unitPrice": "10.00", "unitCost": "4.00"},
    {"description": "Bolt", "quantity": "100", "unitPrice": "0.10"},
]
AGENT = "shop-sync/2.1 (+https://example.com)"


def pair(old: Any, new: Any) -> dict[str, Any]:
    return {"old": old, "new": new}


async def entries(api: Api, record_id: Any = None, **how: Any) -> list[dict[str, Any]]:
    """The entries as GraphQL shows them, the latest first."""
    variables = {} if record_id is None else {"id": str(record_id)}
    return list((await api.graphql(NODES, variables, **how)).data["audit"]["nodes"])


async def test_the_life_of_a_quote_is_told_field_by_field(api: Api, company: Tenant):
    client = await company.make(Client, currency="EUR")
    body = {"clientId": str(client.id), "title": "Bracket", "taxRate": "0.2", "parts": PARTS}
    made = (await api.post(QUOTES, body, headers={"user-agent": AGENT, "x-request-id": "req-1"})).data
    one = f"{QUOTES}/{made['id']}"
    [plate, bolt] = (await api.get(f"{one}?include=parts")).data["parts"]
    kept = {"id": plate["id"], "description": "Plate", "quantity": "3", "unitPrice": "10.00", "unitCost": "4.00"}
    changed = await api.patch(one, {"title": None, "parts": [kept]}, headers={"user-agent": "x\x1f" + "y" * 400})
    assert changed.status == 200
    assert (await api.post(f"{one}/send")).status == 200
    sent, updated, created = await entries(api, made["id"])
    assert {each["recordType"] for each in (sent, updated, created)} == {"quote"}
    assert created["changes"] == {
        "number": pair(None, "Q-1"),
        "clientId": pair(None, str(client.id)),
        "title": pair(None, "Bracket"),
        "currency": pair(None, "EUR"),
        "taxRate": pair(None, "0.2"),
        "subtotal": pair(None, "30.00"),
        "tax": pair(None, "6.00"),
        "total": pair(None, "36.00"),
        "parts": [
            {
                "id": plate["id"],
                "change": "added",
                "fields": {
                    "position": pair(None, 1),
                    "description": pair(None, "Plate"),
                    "quantity": pair(None, "2"),
                    "unitPrice": pair(None, "10.00"),
                    "total": pair(None, "20.00"),
                    "unitCost": pair(None, "4.00"),
                },
            },
            {
                "id": bolt["id"],
                "change": "added",
                "fields": {
                    "position": pair(None, 2),
                    "description": pair(None, "Bolt"),
                    "quantity": pair(None, "100"),
                    "unitPrice": pair(None, "0.10"),
                    "total": pair(None, "10.00"),
                },
            },
        ],
    }
    assert updated["changes"] == {
        "title": pair("Bracket", None),
        "cost": pair(None, "12.00"),
        "parts": [
            {
                "id": plate["id"],
                "change": "changed",
                "fields": {"quantity": pair("2", "3"), "total": pair("20.00", "30.00")},
            },
            {
                "id": bolt["id"],
                "change": "removed",
                "fields": {
                    "position": pair(2, None),
                    "description": pair("Bolt", None),
                    "quantity": pair("100", None),
                    "unit": pair("C62", None),
                    "unitPrice": pair("0.10", None),
                    "total": pair("10.00", None),
                },
            },
        ],
    }
    assert sent["action"] == "sent"
    assert sent["changes"]["status"] == pair("DRAFT", "SENT")
    assert set(sent["changes"]) == {"status", "sentAt"}
    assert sent["changes"]["sentAt"]["new"] == (await api.get(one)).data["sent_at"]
    assert (created["requestId"], created["userAgent"], created["address"]) == ("req-1", AGENT, api.address)
    assert updated["userAgent"] == "x" + "y" * 299
    who = {"id": sent["actorId"], "name": "test", "email": "owner@example.com"}
    assert (sent["userAgent"], sent["actor"]) == (None, who)
    assert [each["action"] for each in (updated, created)] == ["updated", "created"]


async def test_rest_tells_the_same_in_its_own_names(api: Api, company: Tenant):
    client = await company.make(Client)
    made = (await api.post(QUOTES, {"client_id": str(client.id), "parts": PARTS[:1]})).data
    assert (await api.post(f"{QUOTES}/{made['id']}/send")).status == 200
    ours = await entries(api, made["id"])
    theirs = (await api.get(f"{LIST}?record_id={made['id']}")).json["data"]
    assert [each["changes"]["status"] for each in theirs if each["action"] == "sent"] == [pair("draft", "sent")]
    names = {"recordType": "record_type", "recordId": "record_id", "actorId": "actor_id", "userAgent": "user_agent"}
    names["requestId"] = "request_id"
    plain = [{names.get(name, name): value for name, value in each.items() if name != "changes"} for each in ours]
    assert [{name: value for name, value in each.items() if name != "changes"} for each in theirs] == plain
    created = theirs[1]["changes"]
    assert created["client_id"] == pair(None, str(client.id))
    [line] = created["parts"]
    assert (line["change"], line["fields"]["unit_price"]) == ("added", pair(None, "10.00"))
    narrow = (await api.get(f"{LIST}?record_id={made['id']}&fields=action,changes&limit=1")).json
    assert [set(each) for each in narrow["data"]] == [{"action", "changes"}]
    assert narrow["next_cursor"] is not None


async def test_lists_are_filtered_and_paged_by_place(api: Api, key: Key):
    for number in range(5):
        made = (await api.post("/api/v1/clients", {"name": f"Client {number}"})).data
    assert (await api.patch(f"/api/v1/clients/{made['id']}", {"name": "Renamed"})).status == 200
    whole = await entries(api)
    assert [each["action"] for each in whole] == ["updated"] + ["created"] * 5
    found: list[Any] = []
    after = None
    while len(found) < 6:
        page = (await api.graphql(NODES, {"first": 2, "after": after})).data["audit"]
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        assert page["pageInfo"]["hasNextPage"] is (len(found) < 6)
        assert page["totalCount"] == 6
    assert found == whole

    async def ids(query: str) -> list[str]:
        return [each["id"] for each in (await api.get(f"{LIST}?{query}")).json["data"]]

    other = await key("clients.create", name="other")
    assert (await api.post("/api/v1/clients", {"name": "By another"}, key=other)).status == 201
    [latest, *_] = await entries(api)
    assert await ids(f"actor_id={latest['actorId']}") == [latest["id"]]
    assert await ids("action=updated") == [whole[0]["id"]]
    assert await ids(f"record_id={made['id']}") == [whole[0]["id"], whole[1]["id"]]
    assert await ids("record_type=quote") == []
    assert await ids(f"at[gte]={whole[2]['at']}&at[lt]={whole[0]['at']}&sort=at") == [whole[2]["id"], whole[1]["id"]]
    assert (await api.get(f"{LIST}?updated_since={whole[2]['at']}")).code == "validation_error"
    assert (await api.get(f"{LIST}?deleted=include")).code == "validation_error"
    assert (await api.get(f"{LIST}/{latest['id']}")).status == 404


async def test_it_takes_a_scope_and_shows_nothing_that_other_scopes_hide(api: Api, company: Tenant, key: Key):
    made = (await api.post("/api/v1/clients", {"name": "Acme", "credit_limit": "500.00"})).data
    refused = await api.get(LIST, key=await key("clients.view"))
    assert (refused.status, refused.code) == (403, "insufficient_scope")
    narrow = await key("audit.view", "clients.view")
    hidden = {"hidden": True, "scope": "costs.view"}
    [entry] = await entries(api, made["id"], key=narrow)
    assert entry["changes"]["creditLimit"] == hidden
    assert "500.00" not in (await api.get(LIST, key=narrow)).body.decode()
    [whole] = await entries(api, made["id"], key=await key("audit.view", "clients.view", "costs.view"))
    assert whole["changes"]["creditLimit"] == pair(None, "500.00")
    line = (await company.make(QuotePart, unit_cost=Decimal("4.00"))).id
    quoted = await entries(api, key=await key("audit.view", "quotes.view"))
    assert {each["recordType"] for each in quoted} == {"quote"}
    [told] = [each for entry in quoted for each in entry["changes"].get("parts", ())]
    assert (told["id"], told["fields"]["unitCost"]) == (str(line), hidden)


async def test_an_entry_is_no_node_and_no_figure(api: Api, company: Tenant):
    await company.make(Client)
    [entry] = await entries(api)
    assert (await api.graphql(f'{{ node(id: "{entry["id"]}") {{ id }} }}')).data == {"node": None}
    assert (await api.get("/api/v1/metrics?resource=audit&measure=count")).code == "validation_error"


async def test_a_replay_and_a_refused_command_leave_nothing(api: Api, company: Tenant):
    once = {"idempotency-key": "the-same"}
    for status in (201, 201):
        assert (await api.post("/api/v1/clients", {"name": "Once", "code": "A"}, headers=once)).status == status
    assert (await api.post("/api/v1/clients", {"name": "Again", "code": "A"})).status == 409
    assert (await api.post("/api/v1/clients", {"name": ""})).status == 422
    [client] = await company.all("select id from clients")
    stale = await api.patch(f"/api/v1/clients/{client['id']}", {"name": "X"}, headers={"if-match": '"7"'})
    assert stale.status == 409
    one = 'a: createClient(input: {name: "New"}) { id }'
    two = f'mutation {{ {one} b: createClient(input: {{name: "B", code: "A"}}) {{ id }} }}'
    assert (await api.graphql(two)).errors
    assert [each["changes"]["name"]["new"] for each in await entries(api)] == ["Once"]


async def test_sixteen_at_once_leave_a_chain(api: Api, company: Tenant):
    client = await company.make(Client, name="Name 0")
    path = f"/api/v1/clients/{client.id}"
    answers = await asyncio.gather(*(api.patch(path, {"name": f"Name {turn}"}) for turn in range(1, 17)))
    assert {each.status for each in answers} == {200}
    chain = [each["changes"]["name"] for each in (await api.get(f"{LIST}?record_id={client.id}&sort=at")).json["data"]]
    assert len(chain) == 17
    assert chain[0] == pair(None, "Name 0")
    assert all(before["new"] == after["old"] for before, after in itertools.pairwise(chain))
    assert {each["new"] for each in chain} == {f"Name {turn}" for turn in range(17)}
    assert chain[-1]["new"] == (await api.get(path)).data["name"]


async def test_one_command_leaves_one_entry_of_a_record_it_wrote_twice(api: Api, company: Tenant):
    quote = await company.make(Quote, title="Draft")
    both = """mutation($id: ID!) { updateQuote(id: $id, input: {title: "Final"}) { title }
      sendQuote(id: $id) { status } }"""
    assert (await api.graphql(both, {"id": str(quote.id)})).data["sendQuote"] == {"status": "SENT"}
    latest, created = await entries(api, quote.id)
    assert (latest["action"], created["action"]) == ("sent", "created")
    assert latest["changes"]["title"] == pair("Draft", "Final")
    assert latest["changes"]["status"] == pair("DRAFT", "SENT")
    assert await company.value("select count(*) from outbox where record_id = $1", quote.id) == 3


async def test_a_command_that_is_written_piece_by_piece_leaves_an_entry_for_each_version(api: Api, company: Tenant):
    quote = await company.make(Quote, title="Draft")
    holes = """mutation($id: ID!) { updateQuote(id: $id, input: {title: "Final"}) { title createdBy { name } }
      sendQuote(id: $id) { status version } }"""
    assert (await api.graphql(holes, {"id": str(quote.id)})).data["sendQuote"] == {"status": "SENT", "version": 3}
    sent, updated, _ = await entries(api, quote.id)
    assert (sent["action"], set(sent["changes"])) == ("sent", {"status", "sentAt"})
    assert (updated["action"], updated["changes"]) == ("updated", {"title": pair("Draft", "Final")})


async def test_secrets_are_in_no_entry(api: Api, owner: Owner, company: Tenant):
    made = (await api.post("/api/v1/webhook-endpoints", {"url": "https://example.com", "events": ["*"]})).data
    secret = made["secret"]
    path = f"/api/v1/webhook-endpoints/{made['id']}"
    assert (await api.patch(path, {"events": ["quote.*"]})).status == 200
    updated, created = await entries(api, made["id"])
    assert created["changes"]["secret"]["new"] == (await api.get(path)).data["secret"] != secret
    assert updated["changes"] == {"events": pair(["*"], ["quote.*"])}
    stored = "select to_jsonb(audit)::text from audit where workspace_id = $1"
    for row in await owner.fetch(stored, company.workspace_id):
        assert secret not in row[0]
        assert secret.removeprefix("whsec_") not in row[0]


async def test_many_at_once_leave_an_entry_for_each_that_was_written(api: Api):
    def named(number: int, **fields: Any) -> dict[str, Any]:
        return {"external_ids": [{"system": "erp", "external_id": f"{number}"}], "name": f"Client {number}"} | fields

    async def bulk(*inputs: dict[str, Any], key: str = "", **how: Any) -> list[str]:
        headers = {"idempotency-key": key} if key else {}
        answer = await api.post("/api/v1/clients/bulk", {"inputs": list(inputs)} | how, headers=headers)
        assert answer.status == 200, answer.body
        return [row["result"] for row in answer.data["rows"]]

    async def told() -> list[tuple[str, Any]]:
        entries = (await api.get(f"{LIST}?sort=at&limit=250")).json["data"]
        return [(each["action"], each["changes"].get("name", {}).get("new")) for each in entries]

    rows = [named(number, code="TAKEN" if number in {3, 9} else f"C{number}") for number in range(12)]
    assert await bulk(*rows, atomic=False) == ["created"] * 9 + ["error"] + ["created"] * 2
    first = await told()
    assert first == [("created", f"Client {number}") for number in range(12) if number != 9]
    assert await bulk(named(1, code="C1"), named(2, name="Renamed"), dry_run=True) == ["unchanged", "updated"]
    assert await told() == first
    gone = (await api.get("/api/v1/clients?external_id=erp:5")).json["data"][0]["id"]
    assert (await api.delete(f"/api/v1/clients/{gone}")).status == 200
    for _ in range(2):
        assert await bulk(named(1), named(2, name="Renamed"), named(5), key="once") == [
            "unchanged",
            "updated",
            "updated",
        ]
    assert (await told())[11:] == [("deleted", None), ("updated", "Renamed"), ("restored", None)]


async def test_what_comes_in_from_another_system_is_told_too(api: Api):
    order = ORDER.read_bytes()
    sent = {"content-type": "application/edi-x12"}
    made = await api.request("POST", "/api/v1/intake", content=order, headers=sent)
    assert made.status == 200, made.body
    again = await api.request("POST", "/api/v1/intake", content=order, headers=sent)
    assert again.headers["idempotent-replayed"] == "true"
    quote, client = sorted(await entries(api), key=lambda each: each["recordType"], reverse=True)
    assert (quote["recordType"], quote["action"], client["recordType"]) == ("quote", "created", "client")
    lines = (await api.get(f"{QUOTES}/{quote['recordId']}?include=parts")).data["parts"]
    assert [each["id"] for each in quote["changes"]["parts"]] == [each["id"] for each in lines]
    assert quote["changes"]["number"] == pair(None, "Q-1")


async def test_what_a_worker_does_has_no_actor(api: Api, company: Tenant, database: Database):
    made = (await api.post("/api/v1/webhook-endpoints", {"url": "https://example.com", "events": ["*"]})).data
    projections = event_projections(company.runtime.graph.catalogue)
    await Disabling(Units(database, projections, lambda _: None))(company.workspace_id, UUID(made["id"]))
    latest, _ = await entries(api, made["id"])
    assert (latest["action"], latest["changes"]) == ("disabled", {"status": pair("ENABLED", "DISABLED")})
    assert (latest["actorId"], latest["actor"], latest["requestId"], latest["address"]) == (None, None, None, None)


@pytest.mark.parametrize("header", ["", "\t", "\x80\x9f"])
async def test_a_user_agent_of_nothing_is_none(api: Api, header: str):
    made = await api.post("/api/v1/clients", {"name": "Acme"}, headers={"user-agent": header})
    assert [each["userAgent"] for each in await entries(api, made.data["id"])] == [None]
