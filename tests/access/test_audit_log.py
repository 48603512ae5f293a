"""The audit in FORG's shape: who did what to what, for administrators."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from access.credentials import public_id_of
from tests.kit.client import Client
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant

LOG = "/api/v1/audit-log"


async def test_the_log_tells_of_people_roles_keys_and_endpoints(api: Client, company: Tenant):
    role = (await api.post("/api/v1/roles", {"name": "Sales", "scopes": ["quotes.view"]})).data
    person = {"email": "ann@shop.example", "name": "Ann", "role_id": role["id"]}
    user = (await api.post("/api/v1/users", person)).json
    key = (await api.post("/api/v1/api-keys", {"name": "Dash", "scopes": ["quotes.view"]})).data
    hook = {"url": "https://example.com/hook", "events": ["quote.*"]}
    endpoint = (await api.post("/api/v1/webhook-endpoints", hook)).data
    await api.post(f"/api/v1/api-keys/{key['id']}/revoke", headers={"User-Agent": "curl/8"})
    answer = await api.get(LOG)
    assert answer.status == 200
    assert set(answer.json) == {"data", "cursor", "has_more"}
    entries = [each for each in answer.json["data"] if each["action"] != "task.created"]  # which sends the invitation
    assert [each["action"] for each in entries] == [
        *("api_key.revoked", "webhook_endpoint.created", "api_key.created", "user.created", "role.created"),
    ]
    revoked = entries[0]
    assert set(revoked) == {
        *("id", "ts", "action", "actor", "target", "org_id", "ip", "user_agent", "metadata", "request_id"),
    }
    assert revoked["id"].startswith("aud_")
    assert revoked["org_id"] == f"org_{company.made.id.hex}"
    assert revoked["target"] == {"type": "api_key", "id": f"api_key_{UUID(key['id']).hex}", "name": "Dash"}
    assert (revoked["actor"]["email"], revoked["actor"]["type"]) == ("owner@example.com", "api_key")
    assert (revoked["ip"], revoked["user_agent"]) == (api.address, "curl/8")
    assert revoked["metadata"]["status"] == {"old": "active", "new": "revoked"}
    names = {each["target"]["name"] for each in entries}
    assert names == {"Dash", "https://example.com/hook", "Ann", "Sales"}
    assert entries[3]["target"]["id"] == user["id"]
    assert entries[1]["target"]["id"] == f"webhook_endpoint_{UUID(endpoint['id']).hex}"
    secret = key["key"][-39:-7]
    assert secret.encode() not in answer.body
    assert public_id_of(key["key"]) is not None


async def test_the_log_is_for_administrators_alone(api: Client, key: Key):
    refused = await api.get(LOG, key=await key("audit.view", "read:users", "settings.team"))
    assert refused.json["error"] == "Insufficient scope: admin required"
    assert (refused.status, refused.code) == (403, "insufficient_scope")
    assert (await api.get(LOG, key=await key("admin"))).status == 200


async def test_the_log_is_paged_and_narrowed(api: Client):
    made = [(await api.post("/api/v1/roles", {"name": f"Role {number}"})).data for number in range(5)]
    await api.delete(f"/api/v1/roles/{made[0]['id']}")
    times = [each["ts"] for each in (await api.get(f"{LOG}?order=asc")).data]
    assert times == sorted(times)
    found: list[Any] = []
    cursor, more = "", True
    while more:
        page = (await api.get(f"{LOG}?limit=2{cursor}")).json
        found += page["data"]
        cursor, more = f"&cursor={page['cursor']}", page["has_more"]
    assert [each["ts"] for each in found] == times[::-1]
    counts = {
        "action=role.deleted": 1,
        "action=role.created": 5,
        "action=role.*": 6,
        "action=quote.*": 0,
        f"from={times[2]}": 4,
        f"to={times[2]}": 2,
        f"from={times[1]}&to={times[3]}&action=role.created": 2,
    }
    for query, count in counts.items():
        assert len((await api.get(f"{LOG}?{query}")).data) == count, query
    for query in (
        "action=nope",
        "action=*",
        "action=user.*,role.*",
        "page=1",
        "limit=101",
        "from=yesterday",
        "order=up",
        "cursor=x",
    ):
        assert (await api.get(f"{LOG}?{query}")).status == 400, query
