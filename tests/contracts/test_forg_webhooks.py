"""FORG's webhooks: endpoints of that style, made with a secret of one's own that nobody sees again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.columns import SECRET
from tests.kit.client import Client
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant

WEBHOOKS = "/api/v1/webhooks"
BODY = {"url": "https://example.com/hook", "events": ["quote.sent", "client.*"], "secret": SECRET}


async def test_the_life_of_a_webhook(api: Client, company: Tenant):
    made = await api.post(WEBHOOKS, BODY)
    assert made.status == 201
    assert list(made.json) == ["id", "url", "events", "enabled", "created_at"]
    assert made.json | {"id": "", "created_at": ""} == {
        "id": "",
        "url": BODY["url"],
        "events": BODY["events"],
        "enabled": True,
        "created_at": "",
    }
    one = f"{WEBHOOKS}/{made.json['id']}"
    assert made.headers["location"] == one
    assert (await api.get(one)).json == made.json
    assert (await api.get(WEBHOOKS)).json == {"data": [made.json], "cursor": None, "has_more": False}
    for answer in (made, await api.get(one), await api.get(WEBHOOKS)):
        assert SECRET.encode() not in answer.body
        assert b"secret" not in answer.body
    [row] = await company.all("select style, status, secret_hint from endpoints")
    assert (row["style"], row["status"]) == ("forg", "enabled")
    assert SECRET not in row["secret_hint"]
    assert (await api.delete(one)).json == {"id": made.json["id"], "deleted": True}
    again = await api.delete(one)
    assert (again.status, again.json["error"], again.json["code"]) == (404, "Webhook not found", "not_found")
    assert (await api.get(WEBHOOKS)).json["data"] == []


async def test_it_is_enabled_as_long_as_its_endpoint_is(api: Client):
    made = (await api.post(WEBHOOKS, BODY)).json
    [endpoint] = (await api.get("/api/v1/webhook-endpoints")).data
    assert made["id"] == "wh_" + endpoint["id"].replace("-", "")
    for status, enabled in (("disabled", False), ("enabled", True)):
        assert (await api.patch(f"/api/v1/webhook-endpoints/{endpoint['id']}", {"status": status})).status == 200
        assert (await api.get(f"{WEBHOOKS}/{made['id']}")).json["enabled"] is enabled


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"secret": None}, "secret: must be text, not null"),
        ({"secret": "x" * 31}, "secret: must have at least 32 characters, not 31"),
        ({"secret": "x" * 257}, "secret: must have at most 256 characters, not 257"),
        ({"url": "https://127.0.0.1.nip.io/", "events": []}, "events: must have at least 1 entry"),
        ({"url": "ftp://example.com"}, None),
        ({"events": ["quote.nope"]}, "events[0]: there is no event 'quote.nope'; docs/events.md lists them"),
        ({"events": ["session.started"]}, "events[0]: there is no event 'session.started'; docs/events.md lists them"),
        ({"events": ["*", "*"]}, "events[1]: '*' is named twice"),
        ({"events": "*"}, "events: must be a list"),
        ({"style": "mrp"}, "style: unknown field"),
        ({"enabled": False}, "enabled: unknown field"),
        ({"createdAt": 1}, "createdAt: unknown field"),
    ],
    ids=str,
)
async def test_a_body_that_is_wrong(api: Client, change: dict[str, Any], error: str | None):
    answer = await api.post(WEBHOOKS, BODY | change)
    assert (answer.status, answer.json["code"], answer.json["status"]) == (400, "validation_error", 400)
    assert answer.json["error"] == error or error is None
    assert (await api.get(WEBHOOKS)).json["data"] == []
    if "secret" in change:
        assert str(change["secret"]).encode() not in answer.body


async def test_a_key_with_the_one_scope_manages_them_and_nothing_else(api: Client, key: Key):
    manager = await key("manage:webhooks")
    made = await api.post(WEBHOOKS, BODY | {"events": ["*"]}, key=manager)
    assert made.status == 201
    named = await api.post(WEBHOOKS, BODY, key=manager)  # events that it could not read itself
    assert (named.status, named.json["error"]) == (403, "Insufficient scope: quotes.view required")
    assert (await api.get("/api/v1/webhook-endpoints", key=manager)).status == 403
    assert (await api.graphql("{ webhookEndpoints { nodes { id } } }", key=manager)).status == 403
    assert (await api.delete(f"{WEBHOOKS}/{made.json['id']}", key=manager)).status == 200
    for other in ("read:users", "write:users", "write:rules", "read:sessions"):
        refused = await api.post(WEBHOOKS, BODY, key=await key(other))
        assert (refused.status, refused.json["error"]) == (403, "Insufficient scope: manage:webhooks required")


async def test_a_replay_shows_no_secret_either(api: Client):
    headers = {"idempotency-key": "k"}
    first = await api.post(WEBHOOKS, BODY, headers=headers)
    again = await api.post(WEBHOOKS, BODY, headers=headers)
    assert (again.body, again.headers["idempotent-replayed"]) == (first.body, "true")
    assert SECRET.encode() not in again.body
