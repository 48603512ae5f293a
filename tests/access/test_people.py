"""People through the doors: roles, teams, who may change whom, and what follows at once."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from access.scopes import Scope
from core.values.ids import new_id
from models import User
from tests.kit.client import Client
from tests.kit.fixtures import Key, address
from tests.kit.tenant import Tenant

USERS, ROLES, TEAMS = "/api/v1/users", "/api/v1/roles", "/api/v1/teams"


def forg(kind: str, row_id: Any) -> str:
    """An id as FORG spells it."""
    return f"{kind}_{UUID(str(row_id)).hex}"


async def owner_of(api: Client) -> str:
    """The id of the company's owner."""
    return next(str(each["id"]) for each in (await api.get(USERS)).data if each["is_owner"])


async def person(company: Tenant, api: Client, *scopes: str, name: str = "Ann") -> tuple[str, str, str]:
    """A person with a role of these scopes, and a key of that person that holds all of them: user, role, key."""
    role = (await api.post(ROLES, {"name": f"Role of {name}", "scopes": list(scopes)})).data["id"]
    companies = company.access.companies
    user_id = await companies.add_user(company.made.id, role, f"{name.lower()}@shop.example", name)
    return forg("user", user_id), role, await company.key(*scopes, creator_id=user_id)


async def test_a_company_begins_with_five_roles_and_an_owner(api: Client):
    answer = await api.graphql(
        "{ roles(orderBy: CREATED_AT_ASC) { nodes { name isDefault holdsAll scopes } } users { nodes { email isOwner"
        " status role { name } } } }"
    )
    roles = answer.data["roles"]["nodes"]
    assert [each["name"] for each in roles] == ["Admin", "Estimator", "Supervisor", "Operator", "QC Inspector"]
    assert all(each["isDefault"] for each in roles)
    assert [each["holdsAll"] for each in roles] == [True, False, False, False, False]
    assert {"quotes.send", "clients.edit", "costs.view"} <= set(roles[1]["scopes"])
    assert answer.data["users"]["nodes"] == [
        {"email": "owner@example.com", "isOwner": True, "status": "ACTIVE", "role": {"name": "Admin"}}
    ]


async def test_an_owner_and_an_administrator_hold_scopes_that_no_list_of_theirs_has(api: Client, company: Tenant):
    """Nothing is stored but that they hold all, so a scope of a later version is among them."""
    admin = next(each for each in (await api.get(ROLES)).data if each["name"] == "Admin")
    assert admin["scopes"] == []
    user_id = await company.access.companies.add_user(company.made.id, admin["id"], "adm@shop.example", "Adm")
    key = await company.key("admin", creator_id=user_id)
    held = (await api.get("/api/v1/me", key=key)).data["scopes"]
    assert held == sorted(Scope)
    refused = await api.patch(f"{ROLES}/{admin['id']}", {"scopes": ["quotes.view"]})
    assert (refused.status, refused.json["error"]["field"]) == (409, "scopes")


async def test_a_custom_role_is_made_changed_and_deleted_when_nobody_has_it(api: Client, company: Tenant):
    made = await api.post(ROLES, {"name": "Sales", "scopes": ["quotes.view"]})
    assert (made.status, made.data["is_default"]) == (201, False)
    where = f"{ROLES}/{made.data['id']}"
    changed = await api.patch(where, {"scopes": ["quotes.view", "clients.view"]})
    assert (changed.data["scopes"], changed.data["version"]) == (["quotes.view", "clients.view"], 2)
    assert (await api.post(ROLES, {"name": "Sales"})).status == 409
    user_id = await company.access.companies.add_user(company.made.id, made.data["id"], "s@shop.example", "S")
    assert (await api.delete(where)).code == "conflict"
    estimator = next(each["id"] for each in (await api.get(ROLES)).data if each["name"] == "Estimator")
    assert (await api.patch(f"{USERS}/{forg('user', user_id)}", {"role_id": estimator})).json["role_id"] == forg(
        "role", estimator
    )
    assert (await api.delete(where)).status == 200
    assert (await api.post(f"{where}/restore")).status == 200
    assert (await api.delete(f"{ROLES}/{estimator}")).json["error"]["message"] == (
        "Estimator is a default role, which cannot be deleted"
    )


@pytest.mark.parametrize("scopes", [["quotes.veiw"], ["quotes.view", "quotes.view"], [""], ["x" * 51], [5]])
async def test_a_role_of_what_is_no_scope_is_refused(api: Client, scopes: list[Any]):
    refused = await api.post(ROLES, {"name": "x", "scopes": scopes})
    assert refused.status == 422
    assert refused.json["error"]["field"].startswith("scopes[")


async def test_nobody_gives_what_they_lack(api: Client, company: Tenant):
    """Neither to a role, their own above all, nor to a person, nor to a key."""
    user_id, role_id, key = await person(company, api, "settings.team", "quotes.view", "settings.integrations")
    admin = next(each["id"] for each in (await api.get(ROLES)).data if each["name"] == "Admin")
    strong = (await api.post(ROLES, {"name": "Strong", "scopes": ["quotes.send"]})).data["id"]
    owner = await owner_of(api)
    invited = {"email": "new@shop.example", "name": "New"}
    tried = [
        api.patch(f"{ROLES}/{role_id}", {"scopes": ["settings.team", "quotes.view", "quotes.edit"]}, key=key),
        api.patch(f"{ROLES}/{role_id}", {"scopes": ["admin"]}, key=key),
        api.post(ROLES, {"name": "Mine", "scopes": ["clients.view"]}, key=key),
        api.patch(f"{ROLES}/{strong}", {"scopes": []}, key=key),
        api.patch(f"{ROLES}/{admin}", {"name": "Nobody"}, key=key),
        api.delete(f"{ROLES}/{strong}", key=key),
        api.patch(f"{USERS}/{user_id}", {"role_id": admin}, key=key),
        api.patch(f"{USERS}/{user_id}", {"role_id": strong}, key=key),
        api.patch(f"{USERS}/{owner}", {"role_id": role_id}, key=key),
        api.post(USERS, invited | {"role_id": admin}, key=key),
        api.post(f"{USERS}/{owner}/deactivate", key=key),
        api.post(f"{USERS}/{user_id}/promote", key=key),
        api.post(f"{USERS}/{owner}/demote", key=key),
    ]
    answers = [await each for each in tried]
    assert [(each.status, each.code) for each in answers] == [(403, "insufficient_scope")] * len(tried)
    assert (await api.post(USERS, invited | {"role_id": role_id}, key=key)).status == 201


async def test_a_key_that_reads_people_changes_none_and_one_that_writes_no_role(api: Client, key: Key, company: Tenant):
    user_id, role_id, _ = await person(company, api, "quotes.view")
    reads, writes = await key("read:users"), await key("write:users", "read:users")
    assert (await api.get(USERS, key=reads)).status == 200
    assert (await api.get(USERS, key=await key("quotes.view"))).code == "insufficient_scope"
    assert (await api.patch(f"{USERS}/{user_id}", {"settings": {}}, key=reads)).code == "insufficient_scope"
    changed = await api.patch(
        f"{USERS}/{user_id}", {"settings": {"language": "de"}, "limits": {"cost_usd_per_month": 12.5}}, key=writes
    )
    assert changed.status == 200
    assert (changed.json["settings"], changed.json["limits"]) == ({"language": "de"}, {"cost_usd_per_month": 12.5})
    again = await api.patch(f"{USERS}/{user_id}", {"settings": {"language": None, "dark": True}}, key=writes)
    assert (again.json["settings"], again.json["limits"]) == ({"dark": True}, {"cost_usd_per_month": 12.5})
    refused = await api.patch(f"{USERS}/{user_id}", {"role_id": role_id}, key=writes)
    assert refused.status == 200  # it is the role they have
    estimator = next(each["id"] for each in (await api.get(ROLES)).data if each["name"] == "Estimator")
    refused = await api.patch(f"{USERS}/{user_id}", {"role_id": estimator}, key=writes)
    assert (refused.status, refused.json["error"]) == (403, "Insufficient scope: settings.team required")


async def test_settings_that_are_put_together_are_bounded(api: Client):
    owner = await owner_of(api)
    for start in (0, 25):
        part = {f"s{number}": number for number in range(start, start + 25)}
        assert (await api.patch(f"{USERS}/{owner}", {"settings": part})).status == 200
    refused = await api.patch(f"{USERS}/{owner}", {"settings": {"more": 1}})
    assert (refused.status, refused.json["error"]) == (400, "settings: at most 50 together with those there are")
    assert (await api.patch(f"{USERS}/{owner}", {"settings": {"s0": None, "more": 1}})).status == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"settings": {"my-language": "de"}}, "settings.my-language"),
        ({"settings": {"a": {"b": 1}}}, "settings.a"),
        ({"settings": {"a": "x" * 501}}, "settings.a"),
        ({"settings": []}, "settings"),
        ({"limits": {"tokens": "12"}}, "limits.tokens"),
        ({"limits": {"tokens": -1}}, "limits.tokens"),
        ({"limits": {"tokens": True}}, "limits.tokens"),
        ({"limits": {f"a{n}": n for n in range(51)}}, "limits"),
        ({"email": "other@shop.example"}, "email"),
        ({"is_owner": True}, "is_owner"),
        ({"status": "active"}, "status"),
    ],
)
async def test_what_cannot_be_of_a_person_is_refused_with_the_field_named(
    api: Client, change: dict[str, Any], field: str
):
    user_id = (await api.get(USERS)).data[0]["id"]
    refused = await api.patch(f"{USERS}/{user_id}", change)
    assert (refused.status, refused.code) == (400, "validation_error")
    assert refused.json["error"].startswith(f"{field}: ")


async def test_a_role_that_is_changed_counts_for_the_keys_of_its_people_at_once(api: Client, company: Tenant):
    _, role_id, key = await person(company, api, "quotes.view", "clients.view")
    assert (await api.get("/api/v1/clients", key=key)).status == 200
    await api.patch(f"{ROLES}/{role_id}", {"scopes": ["quotes.view"]})
    assert (await api.get("/api/v1/clients", key=key)).code == "insufficient_scope"
    assert (await api.get("/api/v1/quotes", key=key)).status == 200
    await api.patch(f"{ROLES}/{role_id}", {"scopes": ["quotes.view", "clients.view"]})
    assert (await api.get("/api/v1/clients", key=key)).status == 200


async def test_the_last_owner_who_may_act_stays(api: Client, company: Tenant):
    owner = await owner_of(api)
    refused = await api.post(f"{USERS}/{owner}/deactivate")
    assert (refused.code, refused.json["error"]) == (
        "conflict",
        "This is the last owner who may act: make another person an owner first",
    )
    assert (await api.post(f"{USERS}/{owner}/demote")).code == "conflict"
    user_id, *_ = await person(company, api, "quotes.view")
    assert (await api.post(f"{USERS}/{user_id}/promote")).json["is_owner"] is True
    assert (await api.post(f"{USERS}/{user_id}/promote")).code == "conflict"
    assert (await api.post(f"{USERS}/{owner}/demote")).json["is_owner"] is False
    assert (await api.post(f"{USERS}/{user_id}/demote")).code == "insufficient_scope"


async def test_of_two_owners_who_deactivate_each_other_one_stays(api: Client, company: Tenant, app: Any):
    first = await owner_of(api)
    admin = next(each["id"] for each in (await api.get(ROLES)).data if each["name"] == "Admin")
    second = await company.access.companies.add_user(company.made.id, admin, "b@shop.example", "B")
    await api.post(f"{USERS}/{forg('user', second)}/promote")
    other = Client(app, address(), await company.key("admin", creator_id=second))
    answers = await asyncio.gather(
        api.post(f"{USERS}/{forg('user', second)}/deactivate"), other.post(f"{USERS}/{first}/deactivate")
    )
    assert {each.status for each in answers} in ({200, 401}, {200, 409})
    owners = await company.all(
        "select status from users where workspace_id = $1 and is_owner order by status", company.workspace_id
    )
    assert [row[0] for row in owners] == ["active", "deactivated"]


async def test_a_deactivated_person_comes_back_with_the_keys_they_had(api: Client, company: Tenant):
    user_id, _, key = await person(company, api, "quotes.view")
    assert (await api.get("/api/v1/quotes", key=key)).status == 200
    assert (await api.post(f"{USERS}/{user_id}/deactivate")).json["status"] == "deactivated"
    assert (await api.get("/api/v1/quotes", key=key)).status == 401
    assert (await api.post(f"{USERS}/{user_id}/deactivate")).code == "conflict"
    back = await api.post(f"{USERS}/{user_id}/activate")
    assert back.json["status"] == "invited"  # who never took the invitation
    assert (await api.get("/api/v1/quotes", key=key)).status == 401


async def test_an_invited_person_is_there_once_and_has_no_rights_yet(api: Client):
    role = (await api.get(ROLES)).data[-1]["id"]
    wanted = {"email": "Ann@Shop.example", "name": "Ann", "role_id": role}
    made = await api.post(USERS, wanted)
    assert (made.status, made.json["status"], made.json["joined_at"]) == (201, "invited", None)
    again = await api.post(USERS, wanted | {"email": "ann@shop.EXAMPLE"})
    assert (again.status, again.json["error"]) == (400, "email: a person with this address is there already")
    answers = await asyncio.gather(*(api.post(USERS, wanted | {"email": "bob@shop.example"}) for _ in range(5)))
    assert [each.status for each in answers].count(201) == 1
    assert {each.status for each in answers} <= {201, 409, 400}
    for address_ in ("ann", "ann@", "@shop", "a b@shop.example", "a@b@c", "a@shop.example\n", "x" * 250 + "@b.example"):
        refused = await api.post(USERS, wanted | {"email": address_})
        assert (refused.status, refused.code) == (400, "validation_error")
        assert refused.json["error"].startswith("email: ")


async def test_teams_hold_people_once_each(api: Client, company: Tenant):
    first, *_ = await person(company, api, "quotes.view")
    owner = await owner_of(api)
    made = await api.post(TEAMS, {"name": "Front office", "members": [{"user_id": first}, {"user_id": owner}]})
    assert made.status == 201
    answer = await api.graphql("{ teams { nodes { name members { nodes { position user { name } } } } } }")
    [team] = answer.data["teams"]["nodes"]
    members = team["members"]["nodes"]
    assert [each["position"] for each in members] == [1, 2]
    assert members[0]["user"]["name"] == "Ann"
    assert made.json["member_ids"] == [first, owner]
    twice = await api.patch(f"{TEAMS}/{made.json['id']}", {"members": [{"user_id": first}, {"user_id": first}]})
    assert (twice.status, twice.json["error"]) == (400, "members[1].user_id: this person is in the team already")
    nobody = await api.post(TEAMS, {"name": "x", "members": [{"user_id": forg("user", new_id(User))}]})
    assert (nobody.status, nobody.json["error"]) == (400, "user_id refers to no record")
    assert (await api.delete(f"{TEAMS}/{made.json['id']}")).json == {"id": made.json["id"], "deleted": True}
    assert (await api.get(TEAMS)).data == []


async def test_people_are_told_of_and_audited_as_every_record(api: Client, start: str):
    role = (await api.post(ROLES, {"name": "Sales", "scopes": ["quotes.view"]}, headers={"Idempotency-Key": "r"})).data
    again = await api.post(ROLES, {"name": "Sales", "scopes": ["quotes.view"]}, headers={"Idempotency-Key": "r"})
    assert (again.headers["idempotent-replayed"], again.data) == ("true", role)
    stale = await api.patch(f"{ROLES}/{role['id']}", {"name": "x"}, headers={"If-Match": '"7"'})
    assert stale.code == "conflict"
    key = (await api.post("/api/v1/api-keys", {"name": "k", "scopes": ["quotes.view"]})).data
    await api.post(f"/api/v1/api-keys/{key['id']}/revoke")
    changes = (await api.get(f"/api/v1/changes?cursor={start}")).data
    assert [each["type"] for each in changes] == ["role.created", "api_key.created", "api_key.revoked"]
    entries = (await api.get(f"/api/v1/audit?record_id={key['id']}")).data
    assert [each["action"] for each in entries] == ["revoked", "created"]
    assert entries[0]["changes"]["status"] == {"old": "active", "new": "revoked"}


async def test_people_and_keys_are_changed_through_graphql_alike(api: Client, company: Tenant):
    spelled, role_id, _ = await person(company, api, "quotes.view")
    user_id = str(UUID(spelled.removeprefix("user_")))
    admin = next(each["id"] for each in (await api.get(ROLES)).data if each["name"] == "Admin")
    mutate = "mutation ($id: ID!) { answer: %s(id: $id) { %s } }"

    async def done(name: str, wanted: str, target: str) -> Any:
        answer = await api.graphql(mutate % (name, wanted), {"id": target})
        return answer.data["answer"]

    assert await done("promoteUser", "isOwner", user_id) == {"isOwner": True}
    assert await done("demoteUser", "isOwner version", user_id) == {"isOwner": False, "version": 3}
    assert await done("deactivateUser", "status", user_id) == {"status": "DEACTIVATED"}
    assert await done("activateUser", "status", user_id) == {"status": "INVITED"}
    both = await api.graphql(
        "mutation ($user: ID!, $role: ID!) {"
        ' first: updateRole(id: $role, input: {scopes: ["quotes.view", "clients.view"]}) { scopes }'
        ' second: updateUser(id: $user, input: {name: "Anna"}) { name role { scopes } }'
        ' third: createApiKey(input: {name: "k", scopes: ["quotes.view"]}) { id key status } }',
        {"user": user_id, "role": role_id},
    )
    assert both.data["second"] == {"name": "Anna", "role": {"scopes": ["quotes.view", "clients.view"]}}
    made = both.data["third"]
    assert (await api.get("/api/v1/quotes", key=made["key"])).status == 200
    twin = await done("rotateApiKey", "key replacedAt", made["id"])
    assert (await api.get("/api/v1/quotes", key=twin["key"])).status == 200
    assert await done("revokeApiKey", "status key", made["id"]) == {
        "status": "REVOKED",
        "key": made["key"][:22] + "_…",
    }
    changed = await api.graphql(
        "mutation ($id: ID!, $role: ID!) { updateUser(id: $id, input: {roleId: $role, limits: {tokens: 5}}) "
        "{ limits role { holdsAll } } }",
        {"id": user_id, "role": admin},
    )
    assert changed.data["updateUser"] == {"limits": {"tokens": 5}, "role": {"holdsAll": True}}


async def test_a_key_that_only_writes_people_reads_no_others_through_them(api: Client, company: Tenant, key: Key):
    spelled, *_ = await person(company, api, "quotes.view")
    writes, user_id = await key("write:users"), str(UUID(spelled.removeprefix("user_")))
    changed = await api.patch(f"{USERS}/{spelled}", {"limits": {"tokens": 5}}, key=writes)
    assert (changed.status, changed.json["limits"]) == (200, {"tokens": 5})
    mutation = "mutation ($id: ID!) { updateUser(id: $id, input: {}) { name role { name users { nodes { email } } } } }"
    answer = await api.graphql(mutation, {"id": user_id}, key=writes)
    assert answer.json["data"]["updateUser"] == {"name": "Ann", "role": None}
    assert [each["extensions"]["scope"] for each in answer.errors] == ["read:users"]
    for change in ({"name": "Eve"}, {"role_id": (await api.get(ROLES)).data[0]["id"]}):
        assert (await api.patch(f"{USERS}/{spelled}", change, key=writes)).code == "insufficient_scope"


async def test_a_person_who_holds_more_is_renamed_by_nobody_who_holds_less(api: Client, company: Tenant):
    _, _, manager = await person(company, api, "settings.team")
    owner = await owner_of(api)
    refused = await api.patch(f"{USERS}/{owner}", {"name": "Mine"}, key=manager)
    assert (refused.status, refused.code) == (403, "insufficient_scope")
    assert (await api.patch(f"{USERS}/{owner}", {"limits": {"tokens": 1}}, key=manager)).status == 200


async def test_a_deleted_role_is_brought_back_by_who_holds_its_scopes_alone(api: Client, company: Tenant):
    _, _, manager = await person(company, api, "settings.team")
    strong = (await api.post(ROLES, {"name": "Strong", "scopes": ["quotes.send"]})).data["id"]
    await api.delete(f"{ROLES}/{strong}")
    assert (await api.post(f"{ROLES}/{strong}/restore", key=manager)).code == "insufficient_scope"
    assert (await api.post(f"{ROLES}/{strong}/restore")).status == 200
