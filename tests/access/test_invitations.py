"""Invitations: a link that is shown or mailed once, is good once, and stands nowhere."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from argon2 import PasswordHasher

from app.acting import run_command
from app.front import Front
from core.settings import Settings
from engine.runtime import Runtime
from models import Environment
from resolvers.users import link_user
from tests.kit.client import Answer, Client
from tests.kit.fixtures import address
from tests.kit.tenant import Tenant

ACCEPT = "/api/v1/invitations/accept"
PASSWORD = "correct horse battery"
NOTHING = "0" * 51
SHOWN = "id email name status version joinedAt updatedAt invitationLink invitationExpiresAt role { id }"


async def role(api: Client, name: str = "Estimator") -> str:
    found = (await api.graphql("{ roles { nodes { id name } } }")).data["roles"]["nodes"]
    return next(str(each["id"]) for each in found if each["name"] == name)


async def create(api: Client, email: str, role_id: str, **how: Any) -> Answer:
    document = f"mutation($i: CreateUserInput!) {{ createUser(input: $i) {{ {SHOWN} }} }}"
    return await api.graphql(document, {"i": {"email": email, "name": "Ann", "roleId": role_id}}, **how)


async def invited(api: Client, email: str = "Ann@Shop.example", **how: Any) -> Any:
    """The person who was invited, with the whole link, and its token."""
    made = await create(api, email, await role(api), **how)
    assert made.headers["cache-control"] == "no-store, no-transform"
    person = made.data["createUser"]
    return person | {"token": token_of(person)}


def token_of(person: Any) -> str:
    start, _, token = person["invitationLink"].partition("#")
    assert start.endswith("/join")
    assert len(token) == 51
    return str(token)


async def do(api: Client, verb: str, person: Any, **how: Any) -> Answer:
    """`invite`, `activate` or `deactivate` a person."""
    document = f"mutation($id: ID!) {{ found: {verb}User(id: $id) {{ {SHOWN} }} }}"
    return await api.graphql(document, {"id": person["id"]}, **how)


async def now(api: Client, person: Any) -> Any:
    answer = await api.graphql(f"query($id: ID!) {{ user(id: $id) {{ {SHOWN} }} }}", {"id": person["id"]})
    return answer.data["user"]


@pytest.fixture
def nobody(app: Front) -> Client:
    """A client without a key."""
    return Client(app, address())


async def take(nobody: Client, token: str, password: str = PASSWORD, **more: Any) -> Answer:
    return await nobody.post(ACCEPT, {"token": token, "password": password} | more)


async def test_the_link_is_shown_once_and_begins_with_where_forge_is(api: Client, settings: Settings):
    person = await invited(api, headers={"Idempotency-Key": "one"})
    assert person["invitationLink"] == f"{settings.url}/join#{person['token']}"
    mask = f"{settings.url}/join#{person['token'][:8]}…"
    again = await create(api, "Ann@Shop.example", person["role"]["id"], headers={"Idempotency-Key": "one"})
    assert again.headers["idempotent-replayed"] == "true"
    assert again.data["createUser"]["invitationLink"] == mask
    assert (await now(api, person))["invitationLink"] == mask
    left = datetime.fromisoformat(person["invitationExpiresAt"]) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    other = await invited(api, "bob@shop.example")
    assert other["token"] != person["token"]


async def test_rest_shows_the_link_once_too(api: Client, nobody: Client):
    role_id = await role(api)
    made = await api.post("/api/v1/users", {"email": "ann@shop.example", "name": "Ann", "role_id": role_id})
    assert made.status == 201, made.body
    assert (made.status, made.headers["cache-control"]) == (201, "no-store, no-transform")
    again = await api.post(f"/api/v1/users/{made.json['id']}/invite")
    assert (again.status, again.json["status"]) == (200, "invited")
    tokens = [each.json["invitation_link"].partition("#")[2] for each in (made, again)]
    assert (await api.get(f"/api/v1/users/{made.json['id']}")).json["invitation_link"].endswith(f"{tokens[1][:8]}…")
    assert [(await take(nobody, each)).status for each in tokens] == [404, 200]


async def test_two_links_of_one_document_are_two(api: Client, nobody: Client):
    estimator = await role(api)
    answer = await api.graphql(
        "mutation($r: ID!) {"
        ' a: createUser(input: {email: "a@shop.example", name: "A", roleId: $r}) { invitationLink }'
        ' b: createUser(input: {email: "b@shop.example", name: "B", roleId: $r}) { invitationLink } }',
        {"r": estimator},
    )
    for name in ("a", "b"):
        taken = await take(nobody, answer.data[name]["invitationLink"].partition("#")[2])
        assert taken.data == {"email": f"{name}@shop.example", "name": name.upper()}


async def test_who_takes_it_sets_a_password_and_may_act(api: Client, nobody: Client, company: Tenant, start: str):
    person = await invited(api)
    taken = await take(nobody, person["token"], name="Ann Other")
    assert (taken.status, taken.data) == (200, {"email": "Ann@Shop.example", "name": "Ann Other"})
    assert taken.headers["cache-control"] == "no-store, no-transform"
    there = await now(api, person)
    shown = {"status": "ACTIVE", "name": "Ann Other", "version": 2, "invitationLink": None, "invitationExpiresAt": None}
    assert {name: there[name] for name in shown} == shown
    assert there["joinedAt"] is not None
    assert there["updatedAt"] > person["updatedAt"]
    changes = (await api.get(f"/api/v1/changes?cursor={start}&resources=user")).data
    assert [each["type"] for each in changes] == ["user.created", "user.joined"]
    [entry] = (await api.get(f"/api/v1/audit?record_id={person['id']}&action=joined")).data
    assert (entry["address"], entry["request_id"]) == (nobody.address, taken.headers["x-request-id"])
    assert entry["changes"]["status"] == {"old": "invited", "new": "active"}
    key = await company.key("quotes.view", creator_id=person["id"])
    assert (await api.get("/api/v1/me", key=key)).status == 200


async def test_the_password_is_kept_as_argon2id_where_the_api_cannot_read_it(
    api: Client, nobody: Client, company: Tenant, owner: asyncpg.Connection[Any]
):
    person = await invited(api)
    await take(nobody, person["token"], "ﬁne and long enough")  # a ligature, which NFKC takes apart
    kept = await owner.fetchval("select hash from user_passwords where user_id = $1", person["id"])
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert PasswordHasher().verify(kept, "fine and long enough")
    for table in ("user_passwords", "invitations"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await company.value(f"select count(*) from {table}")


async def no_good(answer: Answer) -> None:
    assert (answer.status, answer.code) == (404, "not_found")
    shown = answer.json["error"]
    del shown["request_id"]
    assert shown == {
        "code": "not_found",
        "message": "The link is no good: it was used already, it is too old, or a newer one was made",
    }


async def test_a_link_is_good_once_and_only_while_it_is_the_newest_and_not_too_old(
    api: Client, nobody: Client, owner: asyncpg.Connection[Any]
):
    used, old, void = [await invited(api, f"{name}@shop.example") for name in ("used", "old", "void")]
    assert (await take(nobody, used["token"])).status == 200
    await owner.execute("update invitations set expires_at = now() where user_id = $1", old["id"])
    newer = (await do(api, "invite", void)).data["found"]
    assert newer["version"] == 2
    for token in (used["token"], old["token"], void["token"], NOTHING, used["token"][:-1], "x", "\u00e9" * 200):
        await no_good(await take(nobody, token))
    assert (await take(nobody, token_of(newer))).status == 200
    assert (await do(api, "invite", used)).code == "conflict"


async def test_a_link_is_good_for_the_address_it_was_made_for_in_whatever_case(
    api: Client, nobody: Client, owner: asyncpg.Connection[Any]
):
    person = await invited(api)
    rename = "update users set email = $2 where id = $1"
    await owner.execute(rename, person["id"], "other@shop.example")
    await no_good(await take(nobody, person["token"]))
    await owner.execute(rename, person["id"], "ANN@shop.EXAMPLE")
    assert (await take(nobody, person["token"])).status == 200


async def test_a_person_who_is_deactivated_cannot_come_by_a_link(api: Client, nobody: Client):
    person = await invited(api)
    gone = (await do(api, "deactivate", person)).data["found"]
    assert (gone["invitationLink"], gone["invitationExpiresAt"]) == (None, None)
    await no_good(await take(nobody, person["token"]))
    assert (await do(api, "invite", person)).code == "conflict"
    assert (await do(api, "activate", person)).data["found"]["status"] == "INVITED"
    await no_good(await take(nobody, person["token"]))
    again = (await do(api, "invite", person)).data["found"]
    assert (await take(nobody, token_of(again))).status == 200


async def test_a_link_of_another_role_is_void(api: Client, nobody: Client):
    """Whoever saw it could come in with a role that they were never trusted with."""
    person = await invited(api)
    change = "mutation($id: ID!, $i: UpdateUserInput!) { updateUser(id: $id, input: $i) { invitationLink } }"
    same = await api.graphql(change, {"id": person["id"], "i": {"roleId": person["role"]["id"], "name": "A"}})
    assert same.data["updateUser"]["invitationLink"] is not None
    other = await api.graphql(change, {"id": person["id"], "i": {"roleId": await role(api, "Admin")}})
    assert other.data["updateUser"]["invitationLink"] is None
    await no_good(await take(nobody, person["token"]))
    again = (await do(api, "invite", person)).data["found"]
    assert (await take(nobody, token_of(again))).status == 200


async def test_a_link_of_the_operator_sets_the_password_of_an_active_person_anew(
    api: Client, nobody: Client, runtime: Runtime, company: Tenant, owner: asyncpg.Connection[Any]
):
    person = await invited(api)
    await take(nobody, person["token"])
    principal = await runtime.gate.in_name_of(company.made.owner_id)
    kept: list[str] = []
    await run_command(runtime, principal, "inviteUser", UUID(person["id"]), keep=kept.append, by=link_user)
    await run_command(runtime, principal, "inviteUser", UUID(person["id"]), keep=kept.append, by=link_user)
    before = await now(api, person)
    taken = [await take(nobody, link.partition("#")[2], "another long password") for link in kept]
    assert [each.status for each in taken] == [404, 200]
    there = await now(api, person)
    assert (there["status"], there["joinedAt"], there["version"]) == ("ACTIVE", before["joinedAt"], 5)
    hashed = await owner.fetchval("select hash from user_passwords where user_id = $1", person["id"])
    assert PasswordHasher().verify(hashed, "another long password")
    entries = (await api.get(f"/api/v1/audit?record_id={person['id']}&sort=at")).data
    assert [each["action"] for each in entries] == ["created", "joined", "invited", "invited", "password_set"]


async def test_of_twenty_who_take_it_at_once_one_has_it(api: Client, nobody: Client, app: Front, start: str):
    person = await invited(api)
    callers = [Client(app, address()) for _ in range(20)]
    answers = await asyncio.gather(
        *(take(each, person["token"], f"password number {n:02}", name=f"N{n}") for n, each in enumerate(callers))
    )
    assert sorted(each.status for each in answers) == [200, *[404] * 19]
    [winner] = [n for n, each in enumerate(answers) if each.status == 200]
    there = await now(api, person)
    assert (there["name"], there["version"], there["status"]) == (f"N{winner}", 2, "ACTIVE")
    changes = (await api.get(f"/api/v1/changes?cursor={start}&resources=user")).data
    assert [each["type"] for each in changes] == ["user.created", "user.joined"]
    await no_good(await take(nobody, person["token"]))


async def test_of_a_link_and_a_deactivation_at_once_the_person_is_out_at_the_end(api: Client, nobody: Client):
    for number in range(5):
        person = await invited(api, f"p{number}@shop.example")
        gone, taken = await asyncio.gather(do(api, "deactivate", person), take(nobody, person["token"]))
        assert gone.data["found"]["status"] == "DEACTIVATED"
        assert taken.status in {200, 404}
        assert (await now(api, person))["status"] == "DEACTIVATED"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": "short"}, "password"),
        ({"password": "elevenchars"}, "password"),
        ({"password": " " * 12}, "password"),
        ({"password": "x" * 1001}, "password"),
        ({"password": 123456789012}, "password"),
        ({"password": "a\0bcdefghijkl"}, "password"),
        ({"token": None}, "token"),
        ({"token": "x" * 201}, "token"),
        ({"token": ["x"]}, "token"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"role_id": "x"}, "role_id"),
        ({"email": "x@y.example"}, "email"),
    ],
)
async def test_what_cannot_be_sent_is_named_and_not_repeated(
    api: Client, nobody: Client, change: dict[str, Any], field: str
):
    person = await invited(api)
    body = {"token": person["token"], "password": PASSWORD} | change
    refused = await nobody.post(ACCEPT, body)
    assert (refused.status, refused.json["error"]["field"]) == (422, field)
    assert person["token"].encode() not in refused.body
    assert PASSWORD.encode() not in refused.body
    assert (await take(nobody, person["token"], "x" * 12)).status == 200


async def test_only_a_post_of_json_is_taken_and_a_key_is_of_no_use(api: Client, nobody: Client):
    person = await invited(api)
    assert [(await nobody.request(method, ACCEPT)).status for method in ("GET", "PUT", "DELETE", "PATCH")] == [405] * 4
    options = await nobody.request("OPTIONS", ACCEPT)
    assert (options.status, options.headers["allow"]) == (204, "POST, OPTIONS")
    as_form = {"content-type": "application/x-www-form-urlencoded"}
    assert (await nobody.request("POST", ACCEPT, content=b"token=x", headers=as_form)).status == 415
    assert (await nobody.request("POST", ACCEPT)).status == 415
    assert (await nobody.post(f"{ACCEPT}?token={NOTHING}", {})).code == "validation_error"
    assert (await nobody.post(ACCEPT, {"token": "x" * 20_000, "password": PASSWORD})).status == 413
    assert (await take(api, NOTHING)).code == "not_found"
    assert (await take(api, person["token"])).status == 200


async def test_an_address_that_tries_too_often_waits_and_others_do_not(api: Client, nobody: Client, app: Front):
    person = await invited(api)
    answers = await asyncio.gather(*(take(nobody, NOTHING) for _ in range(125)))
    assert sorted(each.status for each in answers) == [404] * 120 + [429] * 5
    late = await take(nobody, person["token"])
    assert (late.status, late.code, late.headers["ratelimit-remaining"]) == (429, "rate_limited", "0")
    assert 1 <= int(late.headers["retry-after"]) <= 60
    assert (await take(Client(app, address()), person["token"])).status == 200


async def test_nobody_gets_a_link_to_a_person_who_may_do_more(api: Client, company: Tenant):
    weak = (await api.post("/api/v1/roles", {"name": "Weak", "scopes": ["settings.team", "quotes.view"]})).data["id"]
    user_id = await company.access.companies.add_user(company.made.id, weak, "weak@shop.example", "Weak")
    key = await company.key("settings.team", "quotes.view", creator_id=user_id)
    strong = (await create(api, "s@shop.example", await role(api, "Admin"))).data["createUser"]
    assert (await do(api, "invite", strong, key=key)).code == "insufficient_scope"
    other = (await create(api, "w@shop.example", weak, key=key)).data["createUser"]
    again = await do(api, "invite", other, key=key)
    assert again.data["found"]["status"] == "INVITED"
    reads = await company.key("write:users", "read:users")
    assert (await do(api, "invite", other, key=reads)).code == "insufficient_scope"


async def test_another_companys_person_cannot_be_invited(
    api: Client, app: Front, other_company: Tenant, nobody: Client
):
    person = await invited(api)
    stranger = Client(app, address(), await other_company.key())
    assert (await do(stranger, "invite", person)).code == "not_found"
    theirs = await invited(stranger)  # the same address at another company is another person
    assert (await take(nobody, person["token"])).status == 200
    assert (await take(nobody, theirs["token"])).status == 200


async def test_a_key_of_the_sandbox_invites_nobody(api: Client, company: Tenant):
    person = await invited(api)
    company.environment = Environment.TEST
    key = await company.key()
    company.environment = Environment.LIVE
    assert (await do(api, "invite", person, key=key)).code == "live_key_required"


@pytest.mark.parametrize("again", ["ann@shop.example", "ANN@SHOP.EXAMPLE", "Ann@Shop.example"])
async def test_an_address_that_somebody_has_is_not_invited_again(api: Client, nobody: Client, again: str):
    person = await invited(api)
    assert (await create(api, again, person["role"]["id"])).code == "validation_error"
    assert (await take(nobody, person["token"])).status == 200
    assert (await create(api, again, person["role"]["id"])).code == "validation_error"


async def test_neither_token_nor_password_stands_anywhere(
    api: Client,
    nobody: Client,
    owner: asyncpg.Connection[Any],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
):
    """In no row of any table, no log, no event, no entry of the audit, and no kept answer."""
    caplog.set_level(logging.DEBUG)
    person = await invited(api, headers={"Idempotency-Key": "i"})
    newer = (await do(api, "invite", person, headers={"Idempotency-Key": "j"})).data["found"]
    tokens = [person["token"], token_of(newer)]
    await take(nobody, tokens[0], f"wrong {PASSWORD}")
    await take(nobody, tokens[1], PASSWORD, name="")
    waiting = await _everything(owner)
    assert (await take(nobody, tokens[1])).status == 200
    for text in (waiting, await _everything(owner), caplog.text, *capfd.readouterr()):
        for secret in (*(token[8:] for token in tokens), PASSWORD):
            assert secret not in text
            assert secret.encode().hex() not in text
    assert tokens[0][:8] in waiting  # so it was looked for where it could stand


async def _everything(owner: asyncpg.Connection[Any]) -> str:
    tables = await owner.fetch(
        "select oid::regclass::text as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    )
    found = [await owner.fetchval(f"select string_agg(t::text, e'\\n') from {row['name']} t") for row in tables]
    return "\n".join(filter(None, found))
