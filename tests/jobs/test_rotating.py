"""Rotated secrets: during the overlap both sign, then the new one alone, and neither is ever told again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from core.settings import Settings
from core.signing import sign
from models import Client as ClientRow
from tests.kit.client import Client
from tests.kit.receiver import Got, Receiver
from tests.kit.tenant import Tenant
from tests.kit.worker import WorkerProcess, until

PATH = "/api/v1/webhook-endpoints"
ROTATE = """mutation($id: ID!, $overlap: Int!) {
  rotateWebhookEndpoint(id: $id, overlapSeconds: $overlap) { id secret oldSecretUntil version }
}"""


@pytest.fixture(scope="module")
def worker(settings: Settings) -> Iterator[WorkerProcess]:
    with WorkerProcess(settings, {"FORGE_WEBHOOK_TIMEOUT": "1"}) as process:
        yield process


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as listening:
        yield listening


async def endpoint(api: Client, receiver: Receiver) -> dict[str, Any]:
    return dict((await api.post(PATH, {"url": receiver.url, "events": ["client.created"]})).data)


async def told(company: Tenant, receiver: Receiver) -> Got:
    """Have something happen, and return the request that tells of it."""
    count = len(receiver.got)
    await company.make(ClientRow)
    await until(partial(receiver.has, count + 1))
    return receiver.got[-1]


def verifies(secret: str, got: Got) -> bool:
    try:
        return bool(Webhook(secret).verify(got.body, got.headers))
    except WebhookVerificationError:
        return False


def signed_by(got: Got, *secrets: str) -> list[bool]:
    """Of each secret, whether it made the seed's signature; there is one of these."""
    return [got.headers["x-forge-signature"] == sign(each, got.body) for each in secrets]


@pytest.mark.usefixtures("worker")
async def test_both_secrets_sign_until_the_new_one_is_promoted(api: Client, company: Tenant, receiver: Receiver):
    made = await endpoint(api, receiver)
    old = made["secret"]
    rotated = await api.post(f"{PATH}/{made['id']}/rotate", {"overlap_seconds": 3600})
    assert (rotated.status, rotated.data["version"]) == (200, 2)
    new = rotated.data["secret"]
    assert new.startswith("whsec_")
    assert "*" not in new
    assert new != old
    until_then = datetime.fromisoformat(rotated.data["old_secret_until"]) - datetime.now(UTC)
    assert timedelta(seconds=3570) < until_then <= timedelta(seconds=3600)
    got = await told(company, receiver)
    assert len(got.headers["webhook-signature"].split()) == 2
    assert (verifies(old, got), verifies(new, got), signed_by(got, old, new)) == (True, True, [True, False])
    promoted = await api.post(f"{PATH}/{made['id']}/promote")
    assert (promoted.status, promoted.data["old_secret_until"], promoted.data["version"]) == (200, None, 3)
    assert promoted.data["secret"] == f"whsec_********{new[-5:]}"
    got = await told(company, receiver)
    assert len(got.headers["webhook-signature"].split()) == 1
    assert (verifies(old, got), verifies(new, got), signed_by(got, old, new)) == (False, True, [False, True])
    assert (await api.post(f"{PATH}/{made['id']}/promote")).code == "conflict"


@pytest.mark.usefixtures("worker")
async def test_the_overlap_ends_by_itself_and_one_of_nothing_ends_at_once(
    api: Client, company: Tenant, receiver: Receiver
):
    made = await endpoint(api, receiver)
    old = made["secret"]
    new = (await api.post(f"{PATH}/{made['id']}/rotate", {"overlap_seconds": 1})).data["secret"]
    await asyncio.sleep(1.1)
    got = await told(company, receiver)
    assert (verifies(old, got), verifies(new, got), signed_by(got, old, new)) == (False, True, [False, True])
    last = await api.graphql(ROTATE, {"id": made["id"], "overlap": 0})
    assert last.data["rotateWebhookEndpoint"]["oldSecretUntil"] is None
    newest = last.data["rotateWebhookEndpoint"]["secret"]
    got = await told(company, receiver)
    assert (verifies(new, got), verifies(newest, got), signed_by(got, new, newest)) == (False, True, [False, True])
    assert await company.value("select old_secret from endpoints where id = $1", made["id"]) is None


async def test_at_most_two_secrets_live_and_a_leak_is_ended_at_once(api: Client, company: Tenant, receiver: Receiver):
    made = await endpoint(api, receiver)
    path = f"{PATH}/{made['id']}/rotate"
    answers = await asyncio.gather(*(api.post(path) for _ in range(4)))
    assert sorted(each.status for each in answers) == [200, 409, 409, 409]
    [first] = [each.data for each in answers if each.status == 200]
    day = datetime.fromisoformat(first["old_secret_until"]) - datetime.now(UTC)
    assert timedelta(hours=23, minutes=59) < day <= timedelta(days=1)
    assert (await api.post(path, {"overlap_seconds": 0})).data["old_secret_until"] is None
    assert await company.value("select count(*) from outbox where type = 'webhook_endpoint.rotated'") == 2
    assert (await api.post(path, {"overlap_seconds": 60}, headers={"If-Match": '"1"'})).code == "conflict"


@pytest.mark.parametrize("overlap", [-1, 2_592_001, 1.5, "1 day", None])
async def test_an_overlap_is_from_0_to_30_days(api: Client, receiver: Receiver, overlap: Any):
    made = await endpoint(api, receiver)
    refused = await api.post(f"{PATH}/{made['id']}/rotate", {"overlap_seconds": overlap})
    assert (refused.status, refused.code) == (422, "validation_error")
    assert refused.json["error"]["field"] == "overlap_seconds"
    assert (await api.get(f"{PATH}/{made['id']}")).data["version"] == 1


async def test_the_longest_overlap_is_30_days(api: Client, receiver: Receiver):
    made = await endpoint(api, receiver)
    rotated = await api.post(f"{PATH}/{made['id']}/rotate", {"overlapSeconds": 2_592_000})
    left = datetime.fromisoformat(rotated.data["old_secret_until"]) - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)


@pytest.mark.parametrize("door", ["rest", "graphql"])
async def test_a_new_secret_is_in_no_replay_event_audit_or_row(
    api: Client, company: Tenant, receiver: Receiver, door: str
):
    made = await endpoint(api, receiver)

    async def send() -> Any:
        headers = {"Idempotency-Key": "once"}
        if door == "rest":
            return (await api.post(f"{PATH}/{made['id']}/rotate", {"overlap_seconds": 60}, headers=headers)).data
        answer = await api.graphql(ROTATE, {"id": made["id"], "overlap": 60}, headers=headers)
        return answer.data["rotateWebhookEndpoint"]

    first, again = await send(), await send()
    secret = first["secret"]
    assert "*" not in secret
    assert (again["secret"], again["version"]) == (f"whsec_********{secret[-5:]}", 2)
    kept = await company.all(
        "select body as text from idempotency union all select data from outbox"
        " union all select changes::text from audit union all select to_jsonb(e)::text from endpoints e"
    )
    assert len(kept) > 4
    for each in (made["secret"], secret):
        plain = each.removeprefix("whsec_")
        assert all(plain not in row["text"] and plain.encode().hex() not in row["text"] for row in kept)
    entries = (await api.get(f"/api/v1/audit?record_id={made['id']}&action=rotated")).data
    assert entries[0]["changes"]["old_secret_until"]["old"] is None
    poor = await company.key("quotes.view")
    assert (await api.post(f"{PATH}/{made['id']}/rotate", key=poor)).code == "insufficient_scope"
    assert (await api.post(f"{PATH}/{made['id']}/promote", key=poor)).code == "insufficient_scope"
