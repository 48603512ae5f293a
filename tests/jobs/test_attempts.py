"""The log of webhooks: each try with its request and its answer, for those who may see it, for 90 days."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from core.settings import Settings
from core.values.ids import new_id
from jobs.kinds import KINDS
from jobs.kinds.pruning_attempts import PRUNE_ATTEMPTS
from jobs.masking import masked_headers
from models import Attempt
from models import Client as ClientRow
from models.task import INSTALLATION
from tests.kit import forked
from tests.kit.client import Client
from tests.kit.delivered import Owner, attempt, delivery
from tests.kit.processes import plain_environment
from tests.kit.receiver import Receiver, Reply
from tests.kit.tenant import Tenant
from tests.kit.turning import put_off, turning
from tests.kit.worker import WorkerProcess, until

PATH = "/api/v1/webhook-endpoints"
TRIES = "/api/v1/webhook-attempts"
QUERY = """query($id: ID!, $status: AttemptStatus!, $after: DateTime!) {
  webhookAttempts(filter: {endpointId: {eq: $id}, status: {eq: $status}, at: {gte: $after}}, orderBy: [AT_ASC]) {
    nodes { number statusCode requestBody responseBody endpoint { url } delivery { id attemptCount status } }
  }
  webhookEndpoint(id: $id) { attempts(first: 1) { totalCount nodes { number status } }
    deliveries { nodes { id attempts { nodes { number } } } } }
}"""


@pytest.fixture(scope="module")
def worker(settings: Settings) -> Iterator[WorkerProcess]:
    with WorkerProcess(settings, {"FORGE_WEBHOOK_RETRIES": "0.1", "FORGE_WEBHOOK_TIMEOUT": "1"}) as process:
        yield process


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


async def endpoint(api: Client, receiver: Receiver, *events: str) -> dict[str, Any]:
    return dict((await api.post(PATH, {"url": receiver.url, "events": list(events)})).data)


async def tried(company: Tenant, count: int) -> None:
    await until(lambda: company.value("select count(*) = $1 from attempts", count))


@pytest.mark.usefixtures("worker")
async def test_each_try_is_shown_with_its_request_and_its_answer(api: Client, company: Tenant, receiver: Receiver):
    made = await endpoint(api, receiver, "client.created")
    headers = {"X-Trace": "7", "Set-Cookie": "session=abc", "X-Api-Key": "abc"}
    receiver.answer = lambda _: Reply(
        500 if len(receiver.got) < 2 else 201, headers=headers, body=b"no " + bytes([255])
    )
    await company.make(ClientRow, name="Acme")
    await tried(company, 2)
    with Receiver() as other:
        await endpoint(api, other, "client.created")
        await company.make(ClientRow)
        await tried(company, 4)
    found = (await api.get(f"{TRIES}?endpoint_id={made['id']}&sort=at")).data
    assert [(each["number"], each["status"], each["status_code"]) for each in found] == [
        (1, "failed", 500),
        (2, "succeeded", 201),
        (1, "succeeded", 201),
    ]
    first, got = found[0], receiver.got[0]
    assert first["request_body"] == got.body.decode()
    assert first["response_body"] == "no \ufffd"
    sent = {name.lower(): value for name, value in first["request_headers"].items()}
    assert sent == {name: got.headers[name] for name in sent}
    assert {"x-forge-signature", "webhook-id", "x-forge-event"} <= sent.keys()
    assert first["response_headers"]["x-trace"] == "7"
    assert first["response_headers"]["set-cookie"] == first["response_headers"]["x-api-key"] == "********"
    assert first["event_type"] == "client.created"
    assert (first["address"], first["error"]) == ("127.0.0.1", None)
    assert 0 <= first["duration_ms"] < 1000
    assert first["delivery_id"] == got.id
    assert (await api.get(f"{TRIES}/{first['id']}")).data == first
    shown = (await api.get(f"/api/v1/webhook-deliveries/{got.id}")).data
    assert (shown["status"], shown["attempt_count"], shown["due_at"]) == (
        "delivered",
        2,
        None,
    )
    given = {"id": made["id"], "status": "FAILED", "after": first["at"]}
    answer = (await api.graphql(QUERY, given)).data
    assert answer["webhookAttempts"]["nodes"] == [
        {
            "number": 1,
            "statusCode": 500,
            "requestBody": got.body.decode(),
            "responseBody": "no \ufffd",
            "endpoint": {"url": receiver.url},
            "delivery": {"id": got.id, "attemptCount": 2, "status": "DELIVERED"},
        }
    ]
    of = answer["webhookEndpoint"]
    assert of["attempts"] == {"totalCount": 3, "nodes": [{"number": 1, "status": "SUCCEEDED"}]}
    assert [[each["number"] for each in row["attempts"]["nodes"]] for row in of["deliveries"]["nodes"]] == [[1], [2, 1]]


@pytest.mark.usefixtures("worker")
async def test_lists_are_filtered_by_endpoint_status_and_time(api: Client, company: Tenant, receiver: Receiver):
    made = await endpoint(api, receiver, "client.created")
    receiver.answer = lambda _: Reply(500)
    await company.make(ClientRow)
    await tried(company, 2)
    middle = (await api.get(f"{TRIES}?sort=at&limit=1")).data[0]["at"]
    receiver.answer = lambda _: Reply()
    await company.make(ClientRow)
    await tried(company, 3)

    async def count(query: str) -> int:
        answer = await api.get(f"{TRIES}?{query}")
        assert answer.status == 200, answer.body
        return len(answer.data)

    assert await count(f"endpoint_id={made['id']}") == 3
    assert await count(f"endpoint_id={new_id(Attempt)}") == 0
    assert [await count(each) for each in ("status=failed", "status=succeeded", "status[in]=failed,succeeded")] == [
        2,
        1,
        3,
    ]
    assert [await count(f"at[{each}]={middle}") for each in ("lte", "lt", "gt", "gte")] == [1, 0, 2, 3]
    page = await api.get(f"{TRIES}?limit=2")
    assert len(page.data) == 2
    rest = await api.get(f"{TRIES}?limit=2&cursor={page.json['next_cursor']}")
    assert [each["at"] for each in page.data + rest.data] == sorted(
        (each["at"] for each in page.data + rest.data), reverse=True
    )
    pending = await api.get("/api/v1/webhook-deliveries?status=exhausted")
    assert [each["status"] for each in pending.data] == ["exhausted"]
    assert (await api.get(f"{TRIES}?status=odd")).status == 422


@pytest.mark.usefixtures("worker")
async def test_bodies_are_for_keys_that_may_see_what_they_tell(api: Client, company: Tenant, receiver: Receiver):
    await endpoint(api, receiver, "client.created", "quote.created")
    client = await company.make(ClientRow)
    line = {"description": "Bracket", "quantity": 2, "unitPrice": "3.50", "unitCost": "1.25"}
    assert (await api.post("/api/v1/quotes", {"clientId": client.id, "parts": [line]})).status == 201
    await tried(company, 2)

    async def bodies(*scopes: str) -> dict[str, tuple[bool, bool]]:
        key = await company.key("settings.integrations", *scopes)
        found = (await api.get(TRIES, key=key)).data
        graph = await api.graphql("{ webhookAttempts { nodes { eventType requestBody responseBody } } }", key=key)
        for rest, node in zip(found, graph.data["webhookAttempts"]["nodes"], strict=True):
            assert (rest["request_body"], rest["response_body"]) == (node["requestBody"], node["responseBody"])
        return {
            each["event_type"]: (each["request_body"] is not None, each["response_body"] is not None) for each in found
        }

    hidden, shown = (False, False), (True, True)
    assert await bodies() == {"client.created": hidden, "quote.created": hidden}
    assert await bodies("clients.view", "quotes.view") == {"client.created": hidden, "quote.created": hidden}
    assert await bodies("clients.view", "costs.view") == {"client.created": shown, "quote.created": hidden}
    assert await bodies("quotes.view", "costs.view") == {"client.created": hidden, "quote.created": shown}
    poor = await company.key("clients.view")
    for path in (TRIES, "/api/v1/webhook-deliveries"):
        assert (await api.get(path, key=poor)).code == "insufficient_scope"


@pytest.mark.usefixtures("worker")
async def test_another_company_sees_nothing(api: Client, company: Tenant, other_company: Tenant, receiver: Receiver):
    await endpoint(api, receiver, "client.created")
    await company.make(ClientRow)
    await tried(company, 1)
    [mine] = (await api.get(TRIES)).data
    theirs = await other_company.key()
    assert (await api.get(TRIES, key=theirs)).data == []
    assert (await api.get(f"{TRIES}/{mine['id']}", key=theirs)).status == 404
    assert (await api.get(f"/api/v1/webhook-deliveries/{mine['delivery_id']}", key=theirs)).status == 404


@pytest.mark.usefixtures("worker")
async def test_a_secret_that_a_receiver_repeats_is_not_kept_and_bodies_are_cut(
    api: Client, company: Tenant, receiver: Receiver
):
    made = await endpoint(api, receiver, "client.created")
    secret = made["secret"].encode()
    receiver.answer = lambda _: Reply(
        headers={"X-Echo": made["secret"]}, body=secret + b" " + secret.removeprefix(b"whsec_") + b"x" * 20_000
    )
    await company.make(ClientRow, notes="n" * 10_000, name="x" * 100, payment_terms="t" * 100)
    await tried(company, 1)
    [found] = (await api.get(TRIES)).data
    assert made["secret"].removeprefix("whsec_") not in str(found)
    assert found["response_headers"]["x-echo"] == "********"
    assert found["response_body"].startswith("******** ********xxx")
    assert 16_000 < len(found["response_body"]) < 16_384


def test_headers_that_let_somebody_in_are_masked_and_no_others():
    secret = ("Authorization", "Cookie", "set-cookie", "Proxy-Authorization", "X-Auth", "X-API-Key", "x-csrf-token")
    plain = ("Content-Type", "webhook-signature", "X-Forge-Signature", "Date", "Server", "Retry-After")
    masked = masked_headers(dict.fromkeys((*secret, *plain), "value"))
    assert [masked[each] for each in secret] == ["********"] * len(secret)
    assert [masked[each] for each in plain] == ["value"] * len(plain)


@pytest.mark.xdist_group("tasks")
async def test_after_90_days_attempts_leave_and_deliveries_that_have_ended(
    api: Client, company: Tenant, owner: Owner, database_url: str
):
    made = (await api.post(PATH, {"url": "https://example.com", "events": ["*"]})).data["id"]

    rows = [("delivered", 91.0, 91.0), ("delivered", 91.0, 89.0), ("pending", 91.0, 91.0), ("exhausted", 89.0, 89.0)]
    for place, (status, days, tried_days) in enumerate(rows, 1):
        one = await delivery(owner, company.workspace_id, made, place, status, days)
        await attempt(owner, company.workspace_id, made, one, tried_days)
    async with turning(database_url, KINDS) as turns:
        await put_off(owner, [INSTALLATION])
        task_id = await turns._telling.stage(INSTALLATION, PRUNE_ATTEMPTS.name)
        while await turns.turn():
            pass
    assert await owner.fetchval("select status from tasks where id = $1", task_id) == "succeeded"
    assert await company.all("select sequence from deliveries order by sequence") == [(2,), (3,), (4,)]
    left = await company.all(
        "select d.sequence from attempts a join deliveries d on d.id = a.delivery_id order by d.sequence"
    )
    assert left == [(2,), (4,)]


async def test_the_command_line_pauses_resumes_rotates_and_lists_attempts(
    api: Client, company: Tenant, owner: Owner, settings: Settings
):
    key = await company.key()
    made = (await api.post(PATH, {"url": "https://example.com", "events": ["quote.sent"]})).data["id"]
    sent = await delivery(owner, company.workspace_id, made)
    await attempt(owner, company.workspace_id, made, sent)

    def forge(*words: str) -> subprocess.CompletedProcess[str]:
        return forked.run(["webhooks", *words, "--key", key], plain_environment(settings.environ()))

    assert forge("pause", made).stderr == f"forge: endpoint {made} is paused\n"
    assert forge("resume", made).stderr == f"forge: endpoint {made} is enabled\n"
    rotated = forge("rotate", made, "--overlap", "60", "--print")
    assert rotated.stdout.startswith("whsec_"), rotated.stderr
    assert "*" not in rotated.stdout
    listed = forge("attempts", "--endpoint", made, "--status", "failed", "--since", "2026-01-01T00:00:00Z", "--json")
    assert [(each["delivery_id"], each["number"]) for each in orjson.loads(listed.stdout)] == [(str(sent), 1)]
