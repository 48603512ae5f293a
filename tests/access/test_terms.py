"""Plans and limits that change while keys are in use: they hold at once, and nobody is cut off."""

from __future__ import annotations

import asyncio

from access.gatekeeper import Gatekeeper
from app.front import Front
from engine.runtime import Runtime
from models import Plan
from tests.kit.client import Client
from tests.kit.fixtures import address, new_tenant
from tests.kit.rights import KitAccess
from tests.kit.tenant import Tenant


async def admitted(tenant: Tenant, key: str) -> tuple[int, int, int]:
    """The window, the bucket and what is left in it, as the gate tells them."""
    admission = await tenant.runtime.gate.admit(f"Bearer {key}", address(), points=100)
    admission.admitted()
    assert admission.points is not None
    return admission.window.limit, admission.points.capacity, admission.points.left


async def test_the_very_next_request_is_counted_by_the_new_figures(company: Tenant, access: KitAccess):
    small = await new_tenant(access, company.runtime, limits={"requests": 50, "points": 200})
    key = await small.key()
    assert await admitted(small, key) == (50, 200, 100)
    await access.companies.set_terms(small.made.id, None, {"requests": 70, "points": 10_000})
    limit, capacity, left = await admitted(small, key)
    assert (limit, capacity) == (70, 10_000)
    assert 4_800 <= left <= 5_000  # a bucket that was half empty is so still
    await access.companies.set_terms(small.made.id, Plan.PRO, {"requests": None, "points": None})
    assert (await admitted(small, key))[:2] == (300, 250_000)


async def test_a_process_that_hears_it_from_valkey_draws_by_the_new_figures(company: Tenant, access: KitAccess):
    """Another process has read the key again: what this one knew is not what it draws by."""
    small = await new_tenant(access, company.runtime, limits={"requests": 50, "points": 150})
    key = await small.key()
    assert await admitted(small, key) == (50, 150, 50)
    await access.companies.set_terms(small.made.id, None, {"points": 10_000})
    await access.gate.admit(f"Bearer {key}", address())
    assert (await admitted(small, key))[:2] == (50, 10_000)  # not 429 for a bucket that is no more


async def test_who_is_connected_stays_so(company: Tenant, runtime: Runtime, access: KitAccess):
    assert isinstance(runtime.gate, Gatekeeper)
    principal = (await runtime.gate.admit(f"Bearer {await company.key()}", address())).admitted()
    lost: list[bool] = []
    stop = runtime.gate.follow(principal, lambda: lost.append(True))
    await access.companies.set_terms(company.made.id, Plan.TEAM, {})
    await runtime.gate.sweep()
    assert not runtime.gate.is_revoked(principal)
    assert lost == []
    stop()


async def test_a_command_under_way_is_done(company: Tenant, app: Front):
    """The epoch moves, so a write with what was known before is tried again, and is written."""
    client = Client(app, address(), await company.key())
    assert (await client.post("/api/v1/clients", {"name": "Before"})).status == 201
    await company.access.companies.set_terms(company.made.id, Plan.TEAM, {})
    assert (await client.post("/api/v1/clients", {"name": "After"})).status == 201


async def test_of_limits_set_at_once_none_is_lost(company: Tenant, access: KitAccess):
    names = ("requests", "points", "endpoints", "audit_days")
    await asyncio.gather(*(access.companies.set_terms(company.made.id, None, {name: 7}) for name in names))
    [found] = await access.companies.list(company.made.id)
    assert {name: found["limits"][name] for name in names} == dict.fromkeys(names, 7)
