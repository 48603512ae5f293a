"""The two contracts of webhooks, to the letter: headers, bodies, and secrets that customers choose."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from standardwebhooks import Webhook

from core.settings import Settings
from models import Client as ClientRow
from tests.kit.client import Client
from tests.kit.receiver import Got, Receiver, Reply
from tests.kit.tenant import Tenant
from tests.kit.worker import WorkerProcess, until

PATH = "/api/v1/webhook-endpoints"
OWN = "whsec_übrigens: 32 characters and more"


@pytest.fixture(scope="module")
def worker(settings: Settings) -> Iterator[WorkerProcess]:
    with WorkerProcess(settings, {"FORGE_WEBHOOK_RETRIES": "0.1", "FORGE_WEBHOOK_TIMEOUT": "1"}) as process:
        yield process


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


def given(receiver: Receiver, **more: Any) -> dict[str, Any]:
    return {"url": receiver.url, "events": ["client.created"], "style": "forg"} | more


def signed(secret: str, got: Got) -> bool:
    digest = hmac.new(secret.encode(), got.body, hashlib.sha256).hexdigest()
    return got.headers["x-forg-signature"] == f"sha256={digest}"


def standard(secret: str) -> str:
    """A secret of one's own, as a library of Standard Webhooks takes it."""
    return "whsec_" + base64.b64encode(secret.encode()).decode()


@pytest.mark.usefixtures("worker")
async def test_an_endpoint_of_forg_gets_headers_and_body_of_that_contract(
    api: Client, company: Tenant, receiver: Receiver
):
    made = await api.post(PATH, given(receiver, secret=OWN))
    assert (made.status, made.data["style"], made.data["secret"]) == (201, "forg", "********")
    receiver.answer = lambda _: Reply(500 if len(receiver.got) == 1 else 200, body=OWN.encode())
    client = await company.make(ClientRow, name="Acme")
    await until(partial(receiver.has, 2))
    got, again = receiver.got
    assert (got.id, got.body) == (again.id, again.body)
    assert list(got.json) == ["id", "type", "org_id", "ts", "data"]
    shown = (await api.get(f"/api/v1/clients/{client.id}")).data
    data = got.json["data"]
    assert (data["id"], data["name"], data["updated_at"]) == (str(client.id), "Acme", shown["updated_at"])
    head = {name: value for name, value in got.json.items() if name != "data"}
    org = company.made.id.hex
    assert head == {
        "id": f"wev_{got.id.replace('-', '')}",
        "type": "client.created",
        "org_id": f"org_{org}",
        "ts": shown["updated_at"],
    }
    assert signed(OWN, got)
    assert Webhook(standard(OWN)).verify(got.body, got.headers) == got.json
    ours = {name for name in got.headers if name.startswith(("x-", "webhook-"))}
    assert ours == {"x-forg-signature", "webhook-id", "webhook-timestamp", "webhook-signature"}
    await until(lambda: company.value("select count(*) = 2 from attempts"))
    tries = (await api.get("/api/v1/webhook-attempts")).data
    assert all(each["response_body"] == "********" for each in tries)


@pytest.mark.usefixtures("worker")
async def test_a_webhook_that_is_registered_by_forgs_route_is_sent_the_same(
    api: Client, company: Tenant, receiver: Receiver
):
    body = {"url": receiver.url, "events": ["client.created"], "secret": OWN}
    made = await api.post("/api/v1/webhooks", body)
    assert made.status == 201, made.body
    await company.make(ClientRow, name="Acme")
    await until(partial(receiver.has, 1))
    [got] = receiver.got
    assert (list(got.json), got.json["data"]["name"]) == (["id", "type", "org_id", "ts", "data"], "Acme")
    assert signed(OWN, got)
    assert "x-forge-signature" not in got.headers
    assert (await api.delete(f"/api/v1/webhooks/{made.json['id']}")).status == 200


@pytest.mark.usefixtures("worker")
async def test_a_secret_that_forge_makes_signs_both_ways_and_is_rotated_to_ones_own(
    api: Client, company: Tenant, receiver: Receiver
):
    made = (await api.post(PATH, given(receiver))).data
    old = made["secret"]
    assert old.startswith("whsec_")
    rotated = await api.post(f"{PATH}/{made['id']}/rotate", {"secret": OWN, "overlap_seconds": 60})
    assert (rotated.status, rotated.data["secret"]) == (200, "********")
    await company.make(ClientRow)
    await until(partial(receiver.has, 1))
    [got] = receiver.got
    assert (signed(old, got), signed(OWN, got)) == (True, False)
    assert len(got.headers["webhook-signature"].split()) == 2
    for secret in (old, standard(OWN)):
        assert Webhook(secret).verify(got.body, got.headers) == got.json
    await api.post(f"{PATH}/{made['id']}/promote")
    await api.post(f"{PATH}/{made['id']}/ping")
    await until(partial(receiver.has, 2))
    assert signed(OWN, receiver.got[1])
    assert receiver.got[1].json["data"] == {"webhook_endpoint_id": made["id"]}


async def test_a_secret_of_ones_own_is_told_nowhere(api: Client, company: Tenant, receiver: Receiver):
    create = """mutation($input: CreateWebhookEndpointInput!) {
      createWebhookEndpoint(input: $input) { id secret style }
    }"""
    more = given(receiver, secret=OWN, style="FORG")
    answer = await api.graphql(create, {"input": more}, headers={"Idempotency-Key": "once"})
    made = answer.data["createWebhookEndpoint"]
    assert (made["secret"], made["style"]) == ("********", "FORG")
    assert (await api.graphql(create, {"input": more}, headers={"Idempotency-Key": "once"})).data == answer.data
    kept = await company.all(
        "select body as text from idempotency union all select data from outbox"
        " union all select changes::text from audit union all select to_jsonb(e)::text from endpoints e"
    )
    for text in (OWN, OWN.removeprefix("whsec_"), OWN.encode().hex(), OWN[-5:]):
        assert all(text not in row["text"] for row in kept)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"secret": "x" * 31}, "secret"),
        ({"secret": "x" * 257}, "secret"),
        ({"secret": 32}, "secret"),
        ({"secret": "x" * 40 + "\0"}, "secret"),
        ({"secret": "x" * 32, "style": "mrp"}, "secret"),
        ({"secret": "x" * 32, "style": None}, "style"),
        ({"style": "json"}, "style"),
    ],
)
async def test_what_is_no_secret_or_no_style_is_refused(
    api: Client, receiver: Receiver, more: dict[str, Any], field: str
):
    refused = await api.post(PATH, given(receiver, **more))
    assert (refused.status, refused.code, refused.json["error"]["field"]) == (422, "validation_error", field)
    assert "xxx" not in refused.body.decode()


async def test_a_style_stays_and_only_forg_rotates_to_ones_own(api: Client, company: Tenant, receiver: Receiver):
    made = (await api.post(PATH, given(receiver, style="mrp"))).data
    assert (await api.patch(f"{PATH}/{made['id']}", {"style": "forg"})).status == 422
    refused = await api.post(f"{PATH}/{made['id']}/rotate", {"secret": "x" * 40})
    assert (refused.status, refused.json["error"]["field"]) == (422, "secret")
    least = (await api.post(PATH, given(receiver, secret="x" * 32))).data  # as long as it must be
    for secret in ("x" * 31, "x" * 257):
        refused = await api.post(f"{PATH}/{least['id']}/rotate", {"secret": secret})
        assert (refused.status, refused.json["error"]["field"]) == (422, "secret")
    assert await company.value("select count(*) from outbox where type = 'webhook_endpoint.rotated'") == 0
