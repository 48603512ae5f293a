"""Plans as data: every limit of each, a company's own values in their place, and what they keep callers from."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Any

import pytest

from access.plans import FLAGS, LIMITS, MEANING, PLANS, UNLIMITED, check_limits, limits_of
from app.front import Front
from app.generated import FILES, ROOT
from core.errors import Conflict, Invalid
from engine.runtime import Runtime
from models import Environment, KeyFormat, Plan
from tests.kit.client import Client as Api
from tests.kit.command import Forge
from tests.kit.fixtures import address, new_tenant
from tests.kit.rights import KitAccess

MEBI = 1_048_576
DOCUMENTED: dict[str, list[Any]] = {
    "requests": [120, 300, 600, 1_200, 6_000],
    "points": [100_000, 250_000, 500_000, 1_000_000, 5_000_000],
    "upload_bytes": [5 * MEBI, 10 * MEBI, 20 * MEBI, 50 * MEBI, 50 * MEBI],
    "endpoints": [100, 200, 300, 500, 1_000],
    "credits": [100, 10_000, 100_000, 1_000_000, UNLIMITED],
    "audit_days": [365, 730, 730, 1_095, 1_095],
    "keys": [50, 100, 250, 500, 2_000],
    "live_forg_keys": [False, False, True, True, True],
}
OWN = {
    "requests": 7,
    "points": 0,
    "upload_bytes": 1_000,
    "endpoints": 3,
    "credits": 0,
    "audit_days": 2,
    "keys": 0,
    "live_forg_keys": True,
}
TOLD = OWN | {"points": None, "credits": None, "keys": None}
QUERY = """{ myAccess { plan limits { requests points restoreRate uploadBytes endpoints credits auditDays keys
  liveForgKeys } } }"""


def test_every_plan_allows_what_is_documented():
    assert list(PLANS) == list(Plan)
    assert {name: [getattr(terms, name) for terms in PLANS.values()] for name in LIMITS} == DOCUMENTED
    assert set(MEANING) == set(LIMITS) == set(asdict(PLANS[Plan.TEAM]))
    assert FILES["docs/plans.md"]() == (ROOT / "docs/plans.md").read_text()


@pytest.mark.parametrize("name", LIMITS)
def test_a_companys_own_value_takes_the_place_of_each_limit_alone(name: str):
    own = {name: OWN[name]}
    held = limits_of(Plan.STARTER, own)
    assert held[name] == (OWN[name] or UNLIMITED)
    assert {each: held[each] for each in LIMITS if each != name} == {
        each: DOCUMENTED[each][0] for each in LIMITS if each != name
    }
    for wrong in (-1, UNLIMITED + 1, "5", 1.5, *((1,) if name in FLAGS else (True,))):
        with pytest.raises(Invalid) as caught:
            check_limits({name: wrong})
        assert caught.value.field == f"limits.{name}"


async def test_what_holds_is_told_to_callers_and_operators_alike(app: Front, access: KitAccess, runtime: Runtime):
    plain = await new_tenant(access, runtime, plan=Plan.TEAM, limits={})
    own = await new_tenant(access, runtime, plan=Plan.PRO, limits=OWN)
    for company, plan, held in (
        (plain, "team", {name: figures[2] for name, figures in DOCUMENTED.items()}),
        (own, "pro", TOLD),
    ):
        api = Api(app, address(), await company.key("clients.view"))
        mine = (await api.get("/api/v1/me")).data
        restored = mine["limits"].pop("restore_rate")
        assert (mine["plan"], mine["limits"]) == (plan, held)
        assert restored == (None if held["points"] is None else held["points"] // 20)
        found = (await api.graphql(QUERY)).data["myAccess"]
        assert (found["plan"], found["limits"]["uploadBytes"]) == (plan, held["upload_bytes"])
        assert (found["limits"]["keys"], found["limits"]["liveForgKeys"]) == (held["keys"], held["live_forg_keys"])


def test_the_command_line_sets_and_shows_every_limit(forge: Forge, tmp_path_factory: pytest.TempPathFactory):
    kept = str(tmp_path_factory.mktemp("keys") / "key")
    assert forge("migrate").code == 0
    words = [f"--{name.replace('_', '-')}" for name in LIMITS]
    given = ["7", "unlimited", "1000", "3", "unlimited", "2", "unlimited", "yes"]
    made = forge(
        *("companies", "create", "Ours", "--owner", "a@ours.example", "--key-file", kept),
        *(each for pair in zip(words, given, strict=True) for each in pair),
    )
    assert made.code == 0, made.err
    listed = forge("companies", "list", "--json")
    assert listed.out.count('"limits"') == 1
    [shown] = json.loads(listed.out)
    assert (shown["limits"], shown["own_limits"]) == (TOLD, sorted(LIMITS))
    back = forge("companies", "set", "--live-forg-keys", "plan", "--keys", "plan", "--json")
    told = json.loads(back.out)["limits"]
    assert (told["live_forg_keys"], told["keys"]) == (False, 50)
    line = forge("companies", "list").out
    assert "credits unlimited, audit_days 2, keys 50 (plan), live_forg_keys no (plan)" in line


async def test_a_company_has_no_more_good_keys_than_its_plan_allows(access: KitAccess, runtime: Runtime):
    small = await new_tenant(access, runtime, limits={"keys": 3})
    made = await asyncio.gather(*(small.key("clients.view") for _ in range(8)), return_exceptions=True)
    refused = [each for each in made if isinstance(each, Exception)]
    assert {(type(each), str(each)) for each in refused} == {
        (Conflict, "Your plan allows 3 API keys, live and test ones together: revoke one first")
    }
    assert len(refused) == 5
    good = next(each for each in made if isinstance(each, str))
    await access.keys.revoke(good.split("_")[2])
    await small.key("clients.view")  # one that is revoked does not count
    with pytest.raises(Conflict):
        await small.key("clients.view")


@pytest.mark.parametrize("plan", Plan)
async def test_live_forg_keys_are_made_where_the_plan_or_the_company_has_them(
    access: KitAccess, runtime: Runtime, plan: Plan
):
    allowed = PLANS[plan].live_forg_keys
    company = await new_tenant(access, runtime, plan=plan, limits={})
    other = await new_tenant(access, runtime, plan=plan, limits={"live_forg_keys": not allowed})
    for each, may in ((company, allowed), (other, not allowed)):
        how: Any = {
            "creator_id": each.made.owner_id,
            "name": "forg",
            "scopes": ["clients.view"],
            "form": KeyFormat.FORG,
        }
        assert (await access.keys.create(**how, environment=Environment.TEST)).text.startswith("forg_test_")
        if may:
            assert (await access.keys.create(**how)).text.startswith("forg_live_")
            continue
        with pytest.raises(Invalid) as caught:
            await access.keys.create(**how)
        assert caught.value.field == "format"
