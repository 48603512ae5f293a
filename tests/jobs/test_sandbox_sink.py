"""The webhooks of a sandbox go to a sink: nothing leaves the machine, and all looks as if it had been sent."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from standardwebhooks.webhooks import Webhook

from app.front import Front
from core.settings import Settings
from core.values.ids import new_id
from jobs.sandbox.sink import LARGEST, MOST
from models import Client as ClientRow
from models import SandboxRequest
from tests.kit.client import Client
from tests.kit.fixtures import address
from tests.kit.receiver import Receiver
from tests.kit.tenant import Tenant
from tests.kit.worker import WorkerProcess, until

ENDPOINTS = "/api/v1/webhook-endpoints"
CLIENTS = "/api/v1/clients"
SINK = "/api/v1/sandbox-requests"
QUERY = """{ sandboxRequests(orderBy: [AT_ASC]) { nodes {
  id at url eventType size body headers endpointId delivery { id status attemptCount } } } }"""
WRONG_URLS = ("https://10.0.0.1/", "https://no-such-host.invalid/hook", "https://169.254.169.254/latest")


@pytest.fixture(scope="module")
def worker(settings: Settings) -> Iterator[WorkerProcess]:
    with WorkerProcess(settings, {"FORGE_WEBHOOK_RETRIES": "0.1", "FORGE_WEBHOOK_TIMEOUT": "1"}) as process:
        yield process


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


@pytest.fixture
async def sandbox_api(app: Front, company: Tenant) -> Client:
    return Client(app, address(), await company.sandbox.key())


async def kept(company: Tenant, count: int) -> None:
    await until(lambda: company.sandbox.value("select count(*) = $1 from sandbox_requests", count))


@pytest.mark.usefixtures("worker")
async def test_what_is_owed_is_kept_signed_and_recorded_and_reaches_no_url(
    api: Client, sandbox_api: Client, company: Tenant, receiver: Receiver
):
    made = (await sandbox_api.post(ENDPOINTS, {"url": receiver.url, "events": ["client.*"]})).data
    client = (await sandbox_api.post(CLIENTS, {"name": "Ünï & Co"})).data
    pinged = await sandbox_api.post(f"{ENDPOINTS}/{made['id']}/ping")
    assert pinged.status == 202
    await kept(company, 2)
    live = (await api.post(ENDPOINTS, {"url": receiver.url, "events": ["client.*"]})).data
    await api.post(CLIENTS, {"name": "Live"})
    await until(lambda: receiver.got)
    assert [each.json["data"]["name"] for each in receiver.got] == ["Live"]  # the live endpoint's alone
    assert (await api.get(SINK)).data == []
    assert live["id"] != made["id"]

    found = (await sandbox_api.graphql(QUERY)).data["sandboxRequests"]["nodes"]
    told = {each["eventType"]: each for each in found}
    assert set(told) == {"client.created", "ping"}
    sent = told["client.created"]
    assert (sent["url"], sent["endpointId"]) == (receiver.url, made["id"])
    assert (sent["delivery"]["status"], sent["delivery"]["attemptCount"]) == ("DELIVERED", 1)
    assert orjson.loads(sent["body"])["data"]["id"] == client["id"]
    assert sent["size"] == len(sent["body"].encode())
    headers, body = sent["headers"], sent["body"].encode()
    assert headers["X-Forge-Event"] == "client.created"
    assert headers["X-Forge-Signature"] == hmac.digest(made["secret"].encode(), body, "sha256").hex()
    Webhook(made["secret"]).verify(body, {name.lower(): value for name, value in headers.items()})
    assert headers["webhook-id"] == sent["delivery"]["id"]

    [attempt] = (await sandbox_api.get(f"/api/v1/webhook-attempts?delivery_id={sent['delivery']['id']}")).data
    assert (attempt["number"], attempt["status"], attempt["status_code"], attempt["error"]) == (
        1,
        "succeeded",
        200,
        None,
    )
    assert (attempt["request_headers"], attempt["request_body"]) == (headers, sent["body"])
    assert 0 <= attempt["duration_ms"] < 1_000
    assert attempt["address"] is None

    shown = (await sandbox_api.get(f"{SINK}/{sent['id']}")).data
    assert {name: shown[name] for name in ("url", "size", "body", "headers")} == {
        name: sent[name] for name in ("url", "size", "body", "headers")
    }
    assert (await api.get(f"{SINK}/{sent['id']}")).status == 404
    again = await sandbox_api.post(f"/api/v1/webhook-deliveries/{sent['delivery']['id']}/resend")
    assert again.status == 200
    await kept(company, 3)
    assert len(receiver.got) == 1


@pytest.mark.usefixtures("worker")
async def test_whatever_the_url_is_it_is_answered_with_200(sandbox_api: Client, company: Tenant):
    made = (await sandbox_api.post(ENDPOINTS, {"url": "https://example.com/", "events": ["client.*"]})).data
    for url in WRONG_URLS:  # let in by no door, but there all the same
        await company.sandbox.all("update endpoints set url = $1 where id = $2::uuid", url, made["id"])
        await sandbox_api.post(CLIENTS, {"name": "Acme"})
        await kept(company, WRONG_URLS.index(url) + 1)
    statuses = await company.sandbox.all("select status_code, error, address from attempts")
    assert [tuple(row) for row in statuses] == [(200, None, None)] * len(WRONG_URLS)
    forg = {"url": "https://example.com/", "events": ["client.*"], "style": "forg", "secret": "s" * 40}
    assert (await sandbox_api.post(ENDPOINTS, forg)).status == 201
    await sandbox_api.post(CLIENTS, {"name": "x" * 200, "notes": "long " * 200, "tags": ["a", "b"]})
    await kept(company, len(WRONG_URLS) + 2)
    [row] = [each for each in (await sandbox_api.get(SINK)).data if "X-Forg-Signature" in each["headers"]]
    signed = hmac.digest(b"s" * 40, row["body"].encode(), hashlib.sha256).hex()
    assert row["headers"]["X-Forg-Signature"] == f"sha256={signed}"


@pytest.mark.usefixtures("worker")
async def test_the_newest_thousand_are_kept_and_long_bodies_are_cut(sandbox_api: Client, company: Tenant, owner: Any):
    made = (await sandbox_api.post(ENDPOINTS, {"url": "https://example.com/", "events": ["client.*"]})).data
    await sandbox_api.post(CLIENTS, {"name": "Acme"})
    await kept(company, 1)
    rows = [new_id(SandboxRequest) for _ in range(MOST)]
    await owner.execute(
        "insert into sandbox_requests select workspace_id, i, delivery_id, endpoint_id, 'client.created',"
        " at - n * interval '1 s', url, '{}', 'x', 1"
        " from sandbox_requests, unnest($2::uuid[]) with ordinality as o(i, n) where workspace_id = $1",
        *(company.sandbox.workspace_id, rows),
    )
    long = "y" * (LARGEST + 10_000)
    await company.sandbox.make(ClientRow, notes=long, name="The newest")
    await until(lambda: company.sandbox.value("select count(*) = 1 from sandbox_requests where size > $1", LARGEST))
    assert await company.sandbox.value("select count(*) from sandbox_requests") == MOST
    assert await company.sandbox.value("select max(octet_length(body)) from sandbox_requests") == LARGEST
    assert await company.sandbox.value("select count(*) from sandbox_requests where id = $1", rows[-1]) == 0
    assert made["id"]


@pytest.mark.usefixtures("worker")
async def test_a_key_sees_the_bodies_of_what_it_may_view(sandbox_api: Client, company: Tenant, app: Front):
    await sandbox_api.post(ENDPOINTS, {"url": "https://example.com/", "events": ["client.*"]})
    await sandbox_api.post(CLIENTS, {"name": "Acme"})
    await kept(company, 1)
    narrow = Client(app, address(), await company.sandbox.key("settings.integrations"))
    [shown] = (await narrow.get(SINK)).data
    assert (shown["event_type"], shown["body"]) == ("client.created", None)
    assert (await narrow.get(SINK, key=await company.sandbox.key("clients.view"))).status == 403
