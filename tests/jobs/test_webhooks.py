"""Webhooks through real processes: what happens is told to who subscribed and may know, signed as the contract says."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from core.settings import Settings
from models import Client as ClientRow
from tests.kit.client import Client
from tests.kit.receiver import Receiver, Reply
from tests.kit.tenant import Tenant
from tests.kit.worker import WorkerProcess, until

CREATE = """mutation($input: CreateWebhookEndpointInput!) {
  createWebhookEndpoint(input: $input) { id url events status secret version }
}"""
FAST = {"FORGE_WEBHOOK_RETRIES": "0.2,0.4,0.8", "FORGE_WEBHOOK_TIMEOUT": "1"}


@pytest.fixture(scope="module")
def worker(settings: Settings) -> Iterator[WorkerProcess]:
    with WorkerProcess(settings, FAST) as process:
        yield process


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


async def endpoint(api: Client, receiver: Receiver, *events: str, key: str | None = "") -> dict[str, Any]:
    given = {"url": receiver.url, "events": list(events) or ["*"]}
    made = (await api.graphql(CREATE, {"input": given}, key=key)).data["createWebhookEndpoint"]
    return dict(made)


async def quote(api: Client, company: Tenant, **given: Any) -> dict[str, Any]:
    known = await company.make(ClientRow)
    line = {"description": "Bracket", "quantity": 2, "unitPrice": "3.50", "unitCost": "1.25"}
    answer = await api.post("/api/v1/quotes", {"clientId": known.id, "parts": [line]} | given)
    assert answer.status == 201, answer.body
    return dict(answer.data)


def verify(secret: str, raw_body: bytes, signature: str) -> bool:
    """The contract's own function, word for word."""
    expected = hmac.new(secret.encode(), raw_body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, signature)


@pytest.mark.usefixtures("worker")
async def test_a_quote_created_and_sent_arrives_signed_in_both_ways(api: Client, company: Tenant, receiver: Receiver):
    made = await endpoint(api, receiver, "quote.created", "quote.sent")
    written = await quote(api, company)
    sent = await api.post(f"/api/v1/quotes/{written['id']}/send")
    assert sent.status == 200
    await until(lambda: len(receiver.got) == 2)
    first, second = sorted(receiver.got, key=lambda got: int(got.headers["x-forge-sequence"]))
    for got, event in ((first, "quote.created"), (second, "quote.sent")):
        assert list(got.json) == ["type", "created_at", "data"]
        assert (got.type, got.headers["x-forge-event"]) == (event, event)
        assert got.path == "/hook"
        assert got.headers["content-type"] == "application/json"
        assert verify(made["secret"], got.body, got.headers["x-forge-signature"])
        assert not verify(made["secret"], got.body + b" ", got.headers["x-forge-signature"])
        assert Webhook(made["secret"]).verify(got.body, got.headers) == got.json
        assert abs(int(got.headers["webhook-timestamp"]) - time.time()) < 10
    with pytest.raises(WebhookVerificationError):
        Webhook(made["secret"]).verify(second.body, {**second.headers, "webhook-id": first.id})
    assert first.id != second.id
    assert first.json["data"] == {name: value for name, value in written.items() if not name.startswith("parts")}
    assert (second.json["data"]["status"], second.json["data"]["version"]) == ("sent", 2)
    assert second.json["created_at"] == second.json["data"]["updated_at"] == sent.data["updated_at"]


@pytest.mark.usefixtures("worker")
async def test_it_arrives_soon_after_the_commit(api: Client, company: Tenant, receiver: Receiver):
    await endpoint(api, receiver, "quote.created")
    known = await company.make(ClientRow)
    delays = []
    for number in range(10):
        await api.post("/api/v1/quotes", {"clientId": known.id})
        committed = time.monotonic()
        await until(partial(receiver.has, number + 1))
        delays.append(receiver.got[-1].at - committed)
    assert sorted(delays)[5] < 0.5, delays  # without wakes it would be one second


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (["quote.created"], ["quote.created"]),
        (["quote.*"], ["quote.created", "quote.sent"]),
        (["*"], ["client.created", "quote.created", "quote.sent"]),
        (["client.*", "quote.sent"], ["client.created", "quote.sent"]),
        (["client.deleted", "quote.sent"], ["quote.sent"]),
    ],
)
async def test_an_endpoint_gets_what_it_subscribed_to(
    api: Client, company: Tenant, receiver: Receiver, events: list[str], expected: list[str]
):
    await endpoint(api, receiver, *events)
    written = await quote(api, company)
    await api.post(f"/api/v1/quotes/{written['id']}/send")
    await until(lambda: len(receiver.got) >= len(expected))
    await settled(company)
    assert sorted(receiver.types()) == expected


@pytest.mark.usefixtures("worker")
async def test_families_and_costs_that_the_key_may_not_see_are_not_sent(
    api: Client, company: Tenant, receiver: Receiver
):
    quotes_only = await company.key("settings.integrations", "quotes.view")
    with Receiver() as whole:
        await endpoint(api, whole, "*")
        await endpoint(api, receiver, "*", key=quotes_only)
        await quote(api, company)
        await until(lambda: "quote.created" in whole.types())
        await settled(company)
    assert receiver.types() == ["quote.created"]
    [full] = [each.json["data"] for each in whole.got if each.type == "quote.created"]
    assert full["cost"] == "2.50"
    assert receiver.got[0].json["data"] == {name: value for name, value in full.items() if name != "cost"}


@pytest.mark.usefixtures("worker")
async def test_when_the_key_that_made_it_is_revoked_an_endpoint_gets_nothing_more(
    api: Client, company: Tenant, receiver: Receiver
):
    key = await company.key("settings.integrations", "quotes.view")
    await endpoint(api, receiver, "*", key=key)
    await quote(api, company)
    await until(lambda: receiver.got)
    await company.access.keys.revoke(key.split("_")[2])
    await quote(api, company)
    await settled(company)
    assert receiver.types() == ["quote.created"]


@pytest.mark.usefixtures("worker")
async def test_another_workspaces_events_never_arrive(
    api: Client, company: Tenant, other_company: Tenant, receiver: Receiver
):
    await endpoint(api, receiver, "*")
    await quote(Client(api.app, api.address, await other_company.key()), other_company)
    mine = await quote(api, company)
    await until(lambda: "quote.created" in receiver.types())
    await settled(company)
    await settled(other_company)
    assert [each.json["data"]["id"] for each in receiver.got if each.type == "quote.created"] == [mine["id"]]
    assert len(receiver.got) == 2


@pytest.mark.usefixtures("worker")
async def test_a_failure_is_tried_again_later_with_the_same_id_and_body(
    api: Client, company: Tenant, receiver: Receiver
):
    receiver.answer = lambda _: Reply(
        500 if len(receiver.got) < 3 else 204, body=b"" if len(receiver.got) > 2 else b"no"
    )
    made = await endpoint(api, receiver, "quote.created")
    await quote(api, company)
    await until(lambda: len(receiver.got) == 3)
    await settled(company)
    first, second, third = receiver.got
    assert first.id == second.id == third.id
    assert first.body == second.body == third.body
    assert 0.16 <= second.at - first.at < 0.24 + 1
    assert 0.32 <= third.at - second.at < 0.48 + 1
    Webhook(made["secret"]).verify(third.body, third.headers)
    attempts = await company.all(
        "select number, status_code, error, address, response_body from attempts order by number"
    )
    assert [tuple(each) for each in attempts] == [
        (1, 500, None, "127.0.0.1", "no"),
        (2, 500, None, "127.0.0.1", "no"),
        (3, 204, None, "127.0.0.1", ""),
    ]
    [kept] = await company.all("select request_headers, request_body, duration_ms from attempts where number = 1")
    assert kept["request_body"] == first.body.decode()
    assert made["secret"] not in kept["request_headers"]
    assert await status_of_deliveries(company) == [("delivered", 3)]


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("reply", [Reply(302, headers={"Location": "/elsewhere"}), Reply(500), Reply(seconds=1.5)])
async def test_after_the_last_try_a_delivery_is_given_up(
    api: Client, company: Tenant, receiver: Receiver, reply: Reply
):
    receiver.answer = lambda _: reply
    await endpoint(api, receiver, "quote.created")
    await quote(api, company)
    await settled(company)
    assert await status_of_deliveries(company) == [("exhausted", 4)]
    assert [each.path for each in receiver.got] == ["/hook"] * 4


@pytest.mark.usefixtures("worker")
async def test_retry_after_is_waited_for(api: Client, company: Tenant, receiver: Receiver):
    receiver.answer = lambda _: Reply(429, headers={"Retry-After": "2"}) if len(receiver.got) == 1 else Reply()
    await endpoint(api, receiver, "quote.created")
    await quote(api, company)
    await until(lambda: len(receiver.got) == 2)
    assert receiver.got[1].at - receiver.got[0].at >= 2


@pytest.mark.usefixtures("worker")
async def test_a_receiver_that_is_gone_is_disabled_and_the_change_is_told(
    api: Client, company: Tenant, receiver: Receiver
):
    receiver.answer = lambda _: Reply(410)
    made = await endpoint(api, receiver, "quote.created")
    with Receiver() as watching:
        await endpoint(api, watching, "webhook_endpoint.*")
        await quote(api, company)
        await until(lambda: watching.types() == ["webhook_endpoint.disabled"])
    told = watching.got[0].json["data"]
    assert (told["id"], told["status"], told["version"]) == (made["id"], "disabled", 2)
    assert told["secret"].startswith("whsec_****")
    await quote(api, company)
    await settled(company)
    assert len(receiver.got) == 1
    assert await status_of_deliveries(company, made["id"]) == [("cancelled", 1)]


@pytest.mark.usefixtures("worker")
async def test_a_disabled_endpoint_gets_nothing_and_an_enabled_one_what_comes_then(
    api: Client, company: Tenant, receiver: Receiver
):
    made = await endpoint(api, receiver, "quote.created")
    path = f"/api/v1/webhook-endpoints/{made['id']}"
    assert (await api.patch(path, {"status": "disabled"})).data["status"] == "disabled"
    await quote(api, company)
    await settled(company)
    assert (await api.patch(path, {"status": "enabled"})).data["status"] == "enabled"
    later = await quote(api, company)
    await until(lambda: receiver.got)
    await settled(company)
    assert [each.json["data"]["id"] for each in receiver.got] == [later["id"]]
    assert (await api.delete(path)).status == 200
    await quote(api, company)
    await settled(company)
    assert len(receiver.got) == 1


@pytest.mark.usefixtures("worker")
async def test_one_slow_endpoint_does_not_hold_up_another(api: Client, company: Tenant, receiver: Receiver):
    receiver.answer = lambda _: Reply(seconds=0.9)
    await endpoint(api, receiver, "client.created")
    with Receiver() as quick:
        await endpoint(api, quick, "client.created")
        await company.make_many(ClientRow, [{} for _ in range(100)])
        began = time.monotonic()
        await until(lambda: len(quick.got) == 100)
        assert time.monotonic() - began < 8
        assert len(receiver.got) < 100


async def settled(company: Tenant) -> None:
    """Wait until every event of a workspace is relayed and every delivery has ended."""
    await until(
        lambda: company.value(
            "select (select coalesce(max(sequence), 0) from outbox where workspace_id = $1)"
            " = (select coalesce(max(sequence), 0) from relay_positions where workspace_id = $1)"
            " and not exists (select from deliveries where workspace_id = $1 and status = 'pending')",
            company.workspace_id,
        )
    )


async def status_of_deliveries(company: Tenant, endpoint_id: str | None = None) -> list[tuple[str, int]]:
    rows = await company.all(
        "select status, attempts from deliveries where $1::uuid is null or endpoint_id = $1", endpoint_id
    )
    return [tuple(row) for row in rows]
