"""Keys: their formats, what they may hold, how they are made, listed and revoked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from access.credentials import Pepper, checksum, make_key, masked, public_id_of
from access.scopes import expand
from core.errors import ForgeError, Invalid, NotFound
from core.secrets import Secrets
from models import Environment, KeyFormat, Plan, UserStatus
from tests.kit.client import Client
from tests.kit.fixtures import Key, new_tenant
from tests.kit.tenant import Tenant

VECTOR = "fmrp_live_0123456789AB_0123456789ABCDEFGHIJKLMNOPQRSTUV_0bWabH"
OLD, NEW = "old-secret-0123456789abcdef012345", "new-secret-0123456789abcdef012345"


def test_the_documented_key_has_the_documented_checksum():
    assert checksum("fmrp_live_0123456789AB_0123456789ABCDEFGHIJKLMNOPQRSTUV") == "0bWabH"
    assert public_id_of(VECTOR) == "0123456789AB"


@pytest.mark.parametrize(
    "key",
    [
        VECTOR[:-1] + "I",
        VECTOR.replace("live", "test"),
        VECTOR.replace("fmrp", "FMRP"),
        VECTOR.replace("_0123", "_1123", 1),
        VECTOR + "0",
        VECTOR + "\n",
        " " + VECTOR,
        "",
        "fje_" + "0" * 38,
        "fje_" + "a" * 32,
        "forg_live_" + "g" * 32,
        "forg_live_" + "A" * 32,
        "forg_prod_" + "a" * 32,
        "fmrp_live_０１２３４５６７８９AB_0123456789ABCDEFGHIJKLMNOPQRSTUV_0bWabH",
        "x" * 1_000_000,
    ],
)
def test_a_key_that_is_not_well_formed_is_refused_before_any_look_up(key: str):
    assert public_id_of(key) is None
    assert masked(key) == "(malformed key)"


@pytest.mark.parametrize(
    ("form", "environment", "length"),
    [
        (KeyFormat.FMRP, Environment.LIVE, 62),
        (KeyFormat.FMRP, Environment.TEST, 62),
        (KeyFormat.FJE, Environment.LIVE, 42),
        (KeyFormat.FORG, Environment.LIVE, 42),
        (KeyFormat.FORG, Environment.TEST, 42),
    ],
)
def test_a_made_key_is_well_formed_and_never_the_same(form: KeyFormat, environment: Environment, length: int):
    keys = {make_key(form, environment) for _ in range(50)}
    assert len(keys) == 50
    for key in keys:
        public_id = public_id_of(key)
        assert public_id is not None
        assert len(public_id) == 12
        assert len(key) == length
        prefix = "fje_" if form is KeyFormat.FJE else f"{form}_{environment}_"
        shown = f"{public_id}_" if form is KeyFormat.FMRP else key.removeprefix(prefix)[:6]
        assert masked(key) == f"{prefix}{shown}…"


def test_a_forge_json_key_has_no_test_environment():
    with pytest.raises(Invalid) as caught:
        make_key(KeyFormat.FJE, Environment.TEST)
    assert caught.value.field == "environment"


def test_a_digest_needs_the_pepper_and_outlives_its_rotation():
    before, after, without = Pepper(Secrets([OLD])), Pepper(Secrets([NEW, OLD])), Pepper(Secrets([NEW]))
    digest = before.digest(VECTOR)
    assert len(digest) == 32
    assert after.digest(VECTOR) != digest
    assert [each.matches(VECTOR, digest) for each in (before, after, without)] == [True, True, False]
    assert not before.matches(VECTOR[:-1] + "I", digest)


def test_a_write_scope_lets_a_key_read_its_area_and_no_other():
    assert expand(["quotes.create"]) == {"quotes.create", "quotes.view", "attachments.view"}
    assert expand(["costs.view"]) == {"costs.view"}


async def test_a_key_is_shown_once_and_only_its_digest_is_kept(company: Tenant, key: Key):
    text = await key("quotes.view", name="Dashboard")
    [listed] = await company.access.keys.list(company.made.id)
    assert (listed.public_id, listed.name, listed.scopes) == (public_id_of(text), "Dashboard", ["quotes.view"])
    assert (listed.environment, listed.format, listed.created_by) == ("live", "fmrp", "owner@example.com")
    assert text[-39:-7] not in repr(listed)
    assert not hasattr(listed, "digest")


@pytest.mark.parametrize(
    ("how", "field", "words"),
    [
        ({"scopes": ["quotes.veiw"]}, "scopes.0", "there is no scope 'quotes.veiw'"),
        ({"scopes": []}, "scopes", "at least one"),
        ({"name": "  "}, "name", "must not be blank"),
        ({"name": "x" * 201}, "name", "at most 200 characters"),
        ({"name": "a\0b"}, "name", "the character"),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "expires_at", "in the future"),
        ({"expires_at": datetime(2999, 1, 1)}, "expires_at", "with its zone"),  # noqa: DTZ001  # the point
        ({"allowed_cidrs": ["10.0.0.1/8"]}, "allowed_cidrs.0", "without bits after its prefix"),
        ({"allowed_cidrs": ["example.com"]}, "allowed_cidrs.0", "a network such as"),
        ({"allowed_cidrs": ["10.0.0.0/8"] * 101}, "allowed_cidrs", "at most 100"),
        ({"form": KeyFormat.FORG}, "format", "team plan"),
    ],
)
async def test_a_key_that_cannot_be_is_refused_with_the_field_named(
    company: Tenant, how: dict[str, object], field: str, words: str
):
    given = {"creator_id": company.made.owner_id, "name": "test", "scopes": ["quotes.view"]} | how
    with pytest.raises(Invalid) as caught:
        await company.access.keys.create(**given)  # type: ignore[arg-type]  # each case has its own
    assert caught.value.field == field
    assert words in caught.value.message
    assert await company.access.keys.list(company.made.id) == []


async def test_a_key_cannot_be_granted_what_its_creator_lacks(company: Tenant, key: Key):
    companies = company.access.companies
    role_id = await companies.add_role(company.made.id, "Estimators", ["quotes.create"])
    user_id = await companies.add_user(company.made.id, role_id, "est@example.com", "Estimator")
    assert await key("quotes.create", "quotes.view", creator_id=user_id)  # a write scope is held with its view
    with pytest.raises(Invalid, match=r"does not hold clients\.view, quotes\.edit") as caught:
        await key("quotes.view", "quotes.edit", "clients.view", creator_id=user_id)
    assert caught.value.field == "scopes"
    await companies.set_user_status(user_id, UserStatus.DEACTIVATED)
    with pytest.raises(NotFound):
        await key("quotes.view", creator_id=user_id)


async def test_what_the_creator_loses_the_key_loses(company: Tenant, api: Client, key: Key):
    companies = company.access.companies
    role_id = await companies.add_role(company.made.id, "Sales", ["quotes.view", "clients.view"])
    user_id = await companies.add_user(company.made.id, role_id, "sales@example.com", "Sales")
    shown = await key("quotes.view", "clients.view", creator_id=user_id)
    assert (await api.get("/api/v1/clients", key=shown)).status == 200
    epoch = await company.epoch()
    await companies.set_role_scopes(role_id, ["quotes.view"])
    assert await company.epoch() == epoch + 1
    refused = await api.get("/api/v1/clients", key=shown)
    assert (refused.status, refused.code) == (403, "insufficient_scope")
    assert (await api.get("/api/v1/quotes", key=shown)).status == 200

    other_id = await companies.add_role(company.made.id, "Nobody", ["costs.view"])
    await companies.set_user_role(user_id, other_id)
    assert (await api.get("/api/v1/quotes", key=shown)).status == 403
    await companies.set_user_role(user_id, role_id)
    assert (await api.get("/api/v1/quotes", key=shown)).status == 200
    await companies.set_user_status(user_id, UserStatus.DEACTIVATED)
    assert (await api.get("/api/v1/quotes", key=shown)).status == 401


@pytest.mark.parametrize("form", KeyFormat)
async def test_every_format_opens_the_same_doors(company: Tenant, api: Client, form: KeyFormat):
    team = await new_tenant(company.access, company.runtime, plan=Plan.TEAM)
    shown = await team.key("clients.view", form=form)
    assert (await api.get("/api/v1/clients", key=shown)).status == 200
    public_id = public_id_of(shown)
    assert public_id is not None
    await company.access.keys.revoke(public_id)
    assert (await api.get("/api/v1/clients", key=shown)).status == 401


async def test_a_test_key_opens_the_sandbox_which_shares_nothing(company: Tenant, api: Client):
    await api.post("/api/v1/clients", {"name": "Real"})
    sandbox = await replace(company, environment=Environment.TEST).key()
    assert (await api.get("/api/v1/clients", key=sandbox)).data == []
    assert (await api.post("/api/v1/clients", {"name": "Play"}, key=sandbox)).status == 201
    assert [each["name"] for each in (await api.get("/api/v1/clients")).data] == ["Real"]


async def test_a_key_ends_when_it_was_said_to(company: Tenant, api: Client, key: Key):
    shown = await key("quotes.view", expires_at=datetime.now(UTC) + timedelta(hours=1))
    public_id = public_id_of(shown) or ""
    assert (await api.get("/api/v1/quotes", key=shown)).status == 200
    epoch = await company.epoch()
    await company.access.keys.expire(public_id, datetime.now(UTC) - timedelta(seconds=1))
    assert await company.epoch() == epoch + 1
    assert (await api.get("/api/v1/quotes", key=shown)).status == 401
    await company.access.keys.expire(public_id, None)
    assert (await api.get("/api/v1/quotes", key=shown)).status == 200


async def test_a_company_is_refused_limits_and_currencies_that_there_are_none_of(company: Tenant):
    for how, field in (
        ({"limits": {"request": 5}}, "limits.request"),
        ({"limits": {"requests": -1}}, "limits.requests"),
        ({"limits": {"requests": True}}, "limits.requests"),
        ({"currency": "XYZ"}, None),
    ):
        with pytest.raises(ForgeError) as caught:
            await company.access.companies.create("Bad", owner="a@example.com", **how)
        assert caught.value.field == field
