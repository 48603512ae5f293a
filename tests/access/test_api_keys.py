"""API keys through the doors: made, shown once, bound by their maker, rotated, revoked while a write is under way."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from access.credentials import public_id_of
from access.holders import Holders
from engine.runtime import Runtime
from models import Plan
from tests.kit.client import Client
from tests.kit.fixtures import Key, address, new_tenant
from tests.kit.rights import KitAccess
from tests.kit.tenant import Tenant

KEYS = "/api/v1/api-keys"
NEW = {"name": "Dashboard", "scopes": ["quotes.view"]}


async def test_a_key_is_shown_whole_once_and_masked_ever_after(api: Client, company: Tenant):
    made = await api.post(KEYS, NEW, headers={"Idempotency-Key": "one"})
    assert made.status == 201
    text = made.data["key"]
    assert (await api.get("/api/v1/quotes", key=text)).data == []
    mask = f"fmrp_live_{public_id_of(text)}_…"
    again = await api.post(KEYS, NEW, headers={"Idempotency-Key": "one"})
    assert (again.status, again.headers["idempotent-replayed"], again.data["key"]) == (201, "true", mask)
    shown = (await api.get(f"{KEYS}/{made.data['id']}")).data
    assert shown["key"] == mask
    assert (shown["scopes"], shown["format"], shown["environment"]) == (["quotes.view"], "fmrp", "live")
    kept = await company.all(
        "select data from outbox where workspace_id = $1 union all select body from idempotency where workspace_id = $1"
        " union all select changes::text from audit where workspace_id = $1",
        company.workspace_id,
    )
    assert len(kept) >= 3
    assert not any(text[-39:-7] in row[0] for row in kept if row[0])


@pytest.mark.parametrize(
    ("form", "environment", "prefix"),
    [
        ("fmrp", "live", "fmrp_live_"),
        ("fmrp", "test", "fmrp_test_"),
        ("fje", "live", "fje_"),
        ("forg", "live", "forg_live_"),
        ("forg", "test", "forg_test_"),
    ],
)
async def test_every_format_opens_the_workspace_of_its_environment(
    access: KitAccess, runtime: Any, app: Any, form: str, environment: str, prefix: str
):
    tenant = await new_tenant(access, runtime, plan=Plan.TEAM)
    api = Client(app, address(), await tenant.key())
    await api.post("/api/v1/clients", {"name": "Real"})
    made = await api.post(KEYS, {"name": "x", "scopes": ["clients.view"], "format": form, "environment": environment})
    assert made.status == 201
    assert made.data["key"].startswith(prefix)
    seen = await api.get("/api/v1/clients", key=made.data["key"])
    assert [each["name"] for each in seen.data] == (["Real"] if environment == "live" else [])


@pytest.mark.parametrize(
    ("how", "status", "field"),
    [
        ({"scopes": ["quotes.veiw"]}, 422, "scopes[0]"),
        ({"scopes": []}, 422, "scopes"),
        ({"scopes": ["quotes.view", "quotes.view"]}, 422, "scopes[1]"),
        ({"name": "  "}, 422, "name"),
        ({"name": "a\0b"}, 422, "name"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "expires_at"),
        ({"allowed_cidrs": ["10.0.0.1/8"]}, 422, "allowed_cidrs[0]"),
        ({"allowed_cidrs": ["example.com"]}, 422, "allowed_cidrs[0]"),
        ({"format": "forg"}, 422, "format"),
        ({"format": "fje", "environment": "test"}, 422, "environment"),
        ({"scopes": ["settings.integrations"], "registered_only": True}, 422, "scopes"),
        ({"public_id": "0123456789AB"}, 422, "public_id"),
        ({"user_id": "0199c0de-0000-7000-8000-000000000000"}, 422, "user_id"),
    ],
)
async def test_a_key_that_cannot_be_is_refused_with_the_field_named(
    api: Client, how: dict[str, Any], status: int, field: str
):
    answer = await api.post(KEYS, NEW | how)
    assert (answer.status, answer.json["error"]["field"]) == (status, field)
    assert len((await api.get(KEYS)).data) == 1


async def test_a_key_made_with_a_key_holds_at_most_that_keys_scopes(api: Client, key: Key):
    maker = await key("settings.integrations", "quotes.create")
    made = await api.post(KEYS, {"name": "x", "scopes": ["quotes.view", "quotes.create"]}, key=maker)
    assert made.status == 201
    for scopes in (["clients.view"], ["quotes.view", "quotes.send"], ["admin"], ["*"], ["settings.team"]):
        refused = await api.post(KEYS, {"name": "x", "scopes": scopes}, key=maker)
        assert (refused.status, refused.code) == (403, "insufficient_scope")
        assert refused.json["error"]["field"].startswith("scopes[")
    viewer = await key("quotes.view")
    assert (await api.post(KEYS, NEW, key=viewer)).code == "insufficient_scope"
    assert (await api.get(KEYS, key=viewer)).code == "insufficient_scope"


async def test_what_the_person_loses_the_keys_they_made_lose_at_once(api: Client, company: Tenant):
    role = (await api.post("/api/v1/roles", {"name": "Sales", "scopes": ["quotes.view", "settings.integrations"]})).data
    companies = company.access.companies
    user_id = await companies.add_user(company.made.id, role["id"], "sales@example.com", "Sales")
    own = await company.key("quotes.view", "settings.integrations", creator_id=user_id)
    made = (await api.post(KEYS, NEW, key=own)).data
    assert (await api.get("/api/v1/quotes", key=made["key"])).status == 200
    answer = await api.patch(f"/api/v1/roles/{role['id']}", {"scopes": ["settings.integrations"]})
    assert answer.status == 200
    for each in (own, made["key"]):
        assert (await api.get("/api/v1/quotes", key=each)).code == "insufficient_scope"
    assert (await api.post(f"/api/v1/users/{user_id}/deactivate")).json["status"] == "deactivated"
    for each in (own, made["key"]):
        assert (await api.get("/api/v1/quotes", key=each)).status == 401


async def test_a_rotated_key_and_its_twin_are_both_good_for_the_grace(api: Client):
    old = (await api.post(KEYS, NEW | {"allowed_cidrs": ["::/0", "0.0.0.0/0"], "tags": ["erp"]})).data
    rotated = await api.post(f"{KEYS}/{old['id']}/rotate", {"grace_seconds": 3600})
    assert rotated.status == 201
    twin = rotated.data
    assert twin["id"] != old["id"]
    same = ("name", "scopes", "format", "environment", "allowed_cidrs", "registered_only", "expires_at", "tags")
    assert {name: twin[name] for name in same} == {name: old[name] for name in same}
    for each in (old["key"], twin["key"]):
        assert (await api.get("/api/v1/quotes?limit=7", key=each)).status == 200
    shown = (await api.get(f"{KEYS}/{old['id']}")).data
    left = datetime.fromisoformat(shown["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    assert (await api.get(f"{KEYS}/{twin['id']}")).data["warnings"] == []
    again = await api.post(f"{KEYS}/{old['id']}/rotate")
    assert (again.code, again.json["error"]["message"]) == ("conflict", "The key was rotated already")


async def test_a_key_that_is_used_after_its_rotation_or_is_old_says_so(api: Client, runtime: Runtime, owner: Any):
    old = (await api.post(KEYS, NEW)).data
    where = f"{KEYS}/{old['id']}"
    assert (await api.get("/api/v1/quotes", key=old["key"])).status == 200
    await runtime.gate.sweep()  # type: ignore[attr-defined]  # what was used is written
    twin = (await api.post(f"{where}/rotate")).data
    assert (await api.get(where)).data["warnings"] == []  # it was used before
    assert (await api.get("/api/v1/quotes?limit=7", key=old["key"])).status == 200
    await runtime.gate.sweep()  # type: ignore[attr-defined]
    shown = (await api.get(where)).data
    at = datetime.fromisoformat(shown["last_used_at"]).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert shown["warnings"] == [f"old key still used by {api.address} at {at}: GET /api/v1/quotes"]
    assert shown["version"] == 2  # a use is no change of it
    await owner.execute(
        "update api_keys set created_at = now() - interval '91 days' where public_id = $1", public_id_of(twin["key"])
    )
    answer = await api.graphql("query ($id: ID!) { apiKey(id: $id) { warnings } }", {"id": twin["id"]})
    assert answer.data["apiKey"] == {"warnings": ["older than 90 days: rotate it"]}


async def test_without_a_grace_the_old_key_ends_with_the_rotation(api: Client):
    old = (await api.post(KEYS, NEW)).data
    assert (await api.get("/api/v1/quotes", key=old["key"])).status == 200
    twin = (await api.post(f"{KEYS}/{old['id']}/rotate", {"grace_seconds": 0})).data
    assert (await api.get("/api/v1/quotes", key=old["key"])).status == 401
    assert (await api.get("/api/v1/quotes", key=twin["key"])).status == 200
    assert (await api.get(f"{KEYS}/{old['id']}")).data["status"] == "revoked"
    assert (await api.post(f"{KEYS}/{old['id']}/rotate")).code == "conflict"


async def test_of_twenty_rotations_at_once_one_makes_a_key(api: Client):
    old = (await api.post(KEYS, NEW)).data
    answers = await asyncio.gather(*(api.post(f"{KEYS}/{old['id']}/rotate") for _ in range(20)))
    assert sorted(each.status for each in answers) == [201] + [409] * 19
    assert len((await api.get(KEYS)).data) == 3


async def test_of_ten_keys_made_at_once_as_many_are_made_as_the_plan_allows(access: KitAccess, runtime: Any, app: Any):
    tenant = await new_tenant(access, runtime, limits={"requests": 0, "points": 0, "keys": 3})
    api = Client(app, address(), await tenant.key())
    answers = await asyncio.gather(*(api.post(KEYS, NEW) for _ in range(10)))
    assert sorted(each.status for each in answers) == [201, 201, *[409] * 8]
    made = next(each.data["id"] for each in answers if each.status == 201)
    assert (await api.post(f"{KEYS}/{made}/rotate")).code == "conflict"  # for a while there would be one more
    assert (await api.post(f"{KEYS}/{made}/rotate", {"grace_seconds": 0})).status == 201
    made = next(each["id"] for each in (await api.get(f"{KEYS}?status=active")).data if each["name"] == "Dashboard")
    assert (await api.post(f"{KEYS}/{made}/revoke")).status == 200
    assert (await api.post(KEYS, NEW)).status == 201


async def test_a_key_that_holds_less_cannot_rotate_one_that_holds_more(api: Client, key: Key):
    strong = (await api.post(KEYS, {"name": "x", "scopes": ["quotes.send"]})).data
    weak = await key("settings.integrations", "quotes.view")
    refused = await api.post(f"{KEYS}/{strong['id']}/rotate", key=weak)
    assert (refused.status, refused.code) == (403, "insufficient_scope")


async def test_a_key_is_revoked_at_once_and_once(api: Client):
    made = (await api.post(KEYS, NEW)).data
    assert (await api.get("/api/v1/quotes", key=made["key"])).status == 200
    revoked = await api.post(f"{KEYS}/{made['id']}/revoke")
    assert (revoked.status, revoked.data["status"]) == (200, "revoked")
    assert (await api.get("/api/v1/quotes", key=made["key"])).status == 401
    assert (await api.post(f"{KEYS}/{made['id']}/revoke")).code == "conflict"
    assert (await api.patch(f"{KEYS}/{made['id']}", {"name": "y"})).code == "conflict"


async def test_a_key_revokes_itself(api: Client):
    made = (await api.post(KEYS, {"name": "x", "scopes": ["settings.integrations"]})).data
    await api.post(f"{KEYS}/{made['id']}/revoke", key=made["key"])
    assert (await api.get(KEYS, key=made["key"])).status == 401


async def test_a_key_whose_networks_change_is_good_there_alone(api: Client):
    made = (await api.post(KEYS, NEW)).data
    assert (await api.get("/api/v1/quotes", key=made["key"])).status == 200
    changed = await api.patch(f"{KEYS}/{made['id']}", {"allowed_cidrs": ["192.0.2.0/24"]})
    assert changed.data["allowed_cidrs"] == ["192.0.2.0/24"]
    assert (await api.get("/api/v1/quotes", key=made["key"])).status == 401
    assert (await api.patch(f"{KEYS}/{made['id']}", {"allowed_cidrs": []})).status == 200
    assert (await api.get("/api/v1/quotes", key=made["key"])).status == 200


async def test_keys_of_another_company_are_not_there(api: Client, other_company: Tenant, app: Any):
    made = (await api.post(KEYS, NEW)).data
    other = Client(app, address(), await other_company.key())
    assert made["id"] not in {each["id"] for each in (await other.get(KEYS)).data}
    for answer in (
        await other.get(f"{KEYS}/{made['id']}"),
        await other.post(f"{KEYS}/{made['id']}/revoke"),
        await other.post(f"{KEYS}/{made['id']}/rotate"),
        await other.patch(f"{KEYS}/{made['id']}", {"name": "mine"}),
    ):
        assert answer.status == 404


async def test_a_key_of_the_sandbox_reads_people_and_keys_and_changes_none(api: Client):
    scopes = ["settings.integrations", "settings.team", "clients.view"]
    made = await api.post(KEYS, {"name": "ci", "scopes": scopes, "environment": "test"})
    sandbox = made.data["key"]
    assert [each["name"] for each in (await api.get(KEYS, key=sandbox)).data] == ["test", "ci"]
    answer = await api.graphql("{ users { nodes { email role { name } } } clients { nodes { id } } }", key=sandbox)
    assert answer.data["users"] == {"nodes": [{"email": "owner@example.com", "role": {"name": "Admin"}}]}
    assert (await api.get("/api/v1/roles?search=estimator", key=sandbox)).data[0]["name"] == "Estimator"
    for refused in (
        await api.post(KEYS, NEW, key=sandbox),
        await api.post(f"{KEYS}/{made.data['id']}/revoke", key=sandbox),
        await api.post(f"{KEYS}/{made.data['id']}/rotate", key=sandbox),
        await api.post("/api/v1/roles", {"name": "x"}, key=sandbox),
        await api.post("/api/v1/teams", {"name": "x"}, key=sandbox),
    ):
        assert (refused.status, refused.code) == (403, "live_key_required")


async def test_a_key_is_changed_by_who_holds_its_scopes_alone(api: Client, key: Key):
    strong = (await api.post(KEYS, {"name": "x", "scopes": ["admin"], "allowed_cidrs": ["192.0.2.0/24"]})).data
    weak = await key("settings.integrations", "quotes.view")
    change: dict[str, Any]
    for change in ({"allowed_cidrs": []}, {"expires_at": None}, {"name": "mine"}, {"tags": ["mine"]}):
        refused = await api.patch(f"{KEYS}/{strong['id']}", change, key=weak)
        assert (refused.status, refused.code) == (403, "insufficient_scope"), change
    assert (await api.post(f"{KEYS}/{strong['id']}/revoke", key=weak)).status == 200  # a leak must not wait


async def test_a_key_that_has_ended_stays_so(api: Client, owner: Any):
    made = (await api.post(KEYS, NEW | {"expires_at": "2999-01-01T00:00:00Z"})).data
    where = f"{KEYS}/{made['id']}"
    await owner.execute("update api_keys set expires_at = now() where public_id = $1", public_id_of(made["key"]))
    for ends in (None, "2999-01-01T00:00:00Z"):
        refused = await api.patch(where, {"expires_at": ends})
        assert (refused.code, refused.json["error"]["message"]) == ("conflict", "The key has expired: make another")
    assert (await api.get("/api/v1/quotes", key=made["key"])).status == 401


async def test_the_grace_of_a_rotation_can_be_shortened_and_not_stretched(api: Client):
    old = (await api.post(KEYS, NEW)).data
    where = f"{KEYS}/{old['id']}"
    assert (await api.post(f"{where}/rotate", {"grace_seconds": 3600})).status == 201
    for ends in (None, "2999-01-01T00:00:00Z"):
        assert (await api.patch(where, {"expires_at": ends})).code == "conflict"
    sooner = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    assert (await api.patch(where, {"expires_at": sooner})).status == 200
    assert (await api.patch(where, {"name": "Old"})).status == 200


async def test_a_key_neither_frees_itself_nor_makes_one_that_reaches_further(api: Client):
    ends = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    wanted = {"name": "x", "scopes": ["settings.integrations"], "expires_at": ends, "allowed_cidrs": ["2001:db8::/32"]}
    made = (await api.post(KEYS, wanted)).data
    own = {"key": made["key"]}
    change: dict[str, Any]
    for change in ({"expires_at": None}, {"allowed_cidrs": []}):
        assert (await api.patch(f"{KEYS}/{made['id']}", change, **own)).status == 422
    inside = {"allowed_cidrs": ["2001:db8::/40"]}  # where it might not be let in again
    assert (await api.patch(f"{KEYS}/{made['id']}", inside, **own)).code == "conflict"
    child = {"name": "y", "scopes": ["settings.integrations"]}
    refused = await api.post(KEYS, child, **own)
    assert [each["field"] for each in refused.json["error"]["details"]] == ["expires_at", "allowed_cidrs"]
    narrow = {"expires_at": ends, "allowed_cidrs": ["2001:db8:1::/48", "2001:db8:2::/48"]}
    assert (await api.post(KEYS, child | narrow, **own)).status == 201
    wide = {"expires_at": ends, "allowed_cidrs": ["2001:db8:1::/48", "0.0.0.0/0"]}
    assert (await api.post(KEYS, child | wide, **own)).status == 422
    grown = (await api.post(KEYS, child | narrow, **own)).data["id"]
    for change in ({"allowed_cidrs": []}, {"allowed_cidrs": ["2001:db0::/28"]}, {"expires_at": None}):
        assert (await api.patch(f"{KEYS}/{grown}", change, **own)).status == 422, change


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["::ffff:192.0.2.0/120"], ["192.0.2.0/24"]),
        (["2001:DB8::/32", "192.0.2.7"], ["2001:db8::/32", "192.0.2.7/32"]),
        (["127.0.0.0/8", "127.0.0.0/08"], None),
        (["fe80::1%eth0"], None),
        (["192.0.2.0/33"], None),
    ],
)
async def test_networks_are_kept_in_one_form_once_each(api: Client, given: list[str], kept: list[str] | None):
    answer = await api.post(KEYS, NEW | {"allowed_cidrs": given})
    assert answer.status == (422 if kept is None else 201)
    assert kept is None or answer.data["allowed_cidrs"] == kept


async def test_the_tag_of_a_key_changes_with_its_use(api: Client, runtime: Runtime):
    old = (await api.post(KEYS, NEW)).data
    where = f"{KEYS}/{old['id']}"
    await api.post(f"{where}/rotate")
    before = (await api.get(where)).headers["etag"]
    assert before.startswith('"2-')
    assert (await api.get(where, headers={"If-None-Match": before})).status == 304
    assert (await api.get("/api/v1/quotes", key=old["key"])).status == 200
    await runtime.gate.sweep()  # type: ignore[attr-defined]  # what was used is written
    after = await api.get(where, headers={"If-None-Match": before})
    assert (after.status, len(after.data["warnings"])) == (200, 1)
    assert (await api.patch(where, {"name": "Old"}, headers={"If-Match": before})).status == 200


async def test_what_was_used_last_is_told_by_its_route_and_never_by_a_path(api: Client, runtime: Runtime):
    made = (await api.post(KEYS, NEW)).data
    for method, path, told in (
        ("GET", "/api/v1/quotes?limit=1", "GET /api/v1/quotes"),
        ("GET", f"/api/v1/quotes/{made['id']}", "GET /api/v1/quotes/{id}"),
        ("GET", "/api/v1/nope/secret-token", "GET (none)"),
        ("DELETE", f"/api/v1/api-keys/{made['id']}", "DELETE (none)"),
        ("GET", "/api/v1/me", "GET /api/v1/me"),
        ("POST", "/graphql", "POST /graphql"),
    ):
        await api.request(method, path, key=made["key"])
        await runtime.gate.sweep()  # type: ignore[attr-defined]
        assert (await api.get(f"{KEYS}/{made['id']}")).data["last_used_route"] == told


async def test_endpoints_go_on_with_the_key_that_a_rotation_made(access: KitAccess, api: Client):
    old = (await api.post(KEYS, {"name": "x", "scopes": ["settings.integrations", "quotes.view"]})).data
    holders = Holders(access.companies._database)
    twin = (await api.post(f"{KEYS}/{old['id']}/rotate", {"grace_seconds": 0})).data
    again = (await api.post(f"{KEYS}/{twin['id']}/rotate", {"grace_seconds": 0})).data
    found = await holders.scopes([UUID(old["id"])])
    assert found == {
        UUID(old["id"]): frozenset({"settings.integrations", "manage:webhooks", "quotes.view", "attachments.view"})
    }
    assert (await api.post(f"{KEYS}/{again['id']}/revoke")).status == 200
    assert await holders.scopes([UUID(old["id"])]) == {}
