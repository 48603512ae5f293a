"""Stock under eight callers of two processes: never more goes out than is there, and every balance is its ledger's.

In the suite a moment of it; with FORGE_FULL_LOAD set, as `make faults` does, thousands of steps, while a backend of
PostgreSQL is killed every second.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as how
from hypothesis.stateful import run_state_machine_as_test

from core.settings import Settings
from tests.kit.client import Client as Api
from tests.kit.killing import Patient, Persistent, answered, looked
from tests.kit.process import ServerProcess
from tests.kit.stock_steps import Steps
from tests.kit.stocking import V1, check_ledger, item, location, part, stocked
from tests.kit.sweep import FULL
from tests.kit.tenant import Tenant

ROUNDS = 40 if FULL else 1
EXAMPLES, STEPS = (60, 80) if FULL else (4, 25)
CALLERS = 8
pytestmark = pytest.mark.xdist_group("stock")
Post = Callable[..., Any]


@pytest.fixture(scope="module")
def processes(settings: Settings) -> Iterator[list[ServerProcess]]:
    """Two processes of the api."""
    with ServerProcess(settings) as one, ServerProcess(settings) as other:
        yield [one, other]


@pytest.fixture
def api(patient: Patient) -> Api:
    """A client for what is not raced."""
    return patient


async def agrees(company: Tenant) -> None:
    """Every balance is that of its ledger; a backend of this process may be killed while it looks."""
    await looked(partial(check_ledger, company))


@pytest.fixture
async def post(processes: list[ServerProcess], company: Tenant, killed: list[bool]) -> AsyncIterator[Post]:
    """`await post((path, body), …)` sends them all, eight at once; returns how often each status was answered."""
    headers = {"authorization": f"Bearer {await company.key()}"}
    enough = asyncio.Semaphore(CALLERS)

    async def one(number: int, path: str, body: Any) -> int:
        async with enough:
            url = f"{processes[number % 2].url}{V1}{path}"
            return (await answered(http, url, headers, body)).status_code

    async def send(*sent: tuple[str, Any]) -> Counter[int]:
        return Counter(await asyncio.gather(*(one(number, *each) for number, each in enumerate(sent))))

    async with httpx.AsyncClient(timeout=30) as http:
        yield send
    assert FULL or not killed
    await agrees(company)


async def stored(api: Api, number: int, quantity: str) -> tuple[str, str, str]:
    """A part with stock in one place: the part, the place, the item."""
    found, main = await part(api, f"P-{number}"), await location(api, f"L-{number}")
    return found, main, await stocked(api, found, main, quantity, unit_cost="2")


async def test_as_many_go_out_as_are_there_whoever_takes_them(api: Api, post: Post):
    for number in range(ROUNDS):
        bolt, main, found = await stored(api, number, "10")
        take = {"part_id": bolt, "location_id": main, "quantity": "-1"}
        scrap = {"inventory_item_id": found, "quantity": "1"}
        sent = [("/stock-movements/adjust", take), ("/stock-movements/scrap", scrap)] * 8
        assert await post(*sent) == {201: 10, 409: 6}
        assert (await item(api, found))[:3] == ("0", "0", "0")


async def test_the_same_units_are_allocated_once(api: Api, post: Post):
    for number in range(ROUNDS):
        *_, found = await stored(api, number, "5")
        assert await post(*[("/reservations", {"inventory_item_id": found, "quantity": "5"})] * CALLERS) == {
            201: 1,
            409: 7,
        }
        assert (await item(api, found))[:3] == ("5", "5", "0")


async def test_opposite_transfers_never_stand_in_each_others_way(api: Api, post: Post):
    for number in range(ROUNDS):
        bolt, main, found = await stored(api, number, "50")
        shop = await location(api, f"S-{number}")
        other = await stocked(api, bolt, shop, "50", unit_cost="4")
        there = {"inventory_item_id": found, "location_id": shop, "quantity": "1"}
        back = {"inventory_item_id": other, "location_id": main, "quantity": "1"}
        assert await post(*[("/stock-movements/transfer", each) for each in (there, back)] * 20) == {201: 40}
        assert [(await item(api, each))[0] for each in (found, other)] == ["50", "50"]


async def test_what_begins_at_once_is_one_item_and_a_serial_lies_in_one_place(api: Api, company: Tenant, post: Post):
    for number in range(ROUNDS):
        bolt, main = await part(api, f"P-{number}", tracking="lot"), await location(api, f"L-{number}")
        first = {"part_id": bolt, "location_id": main, "quantity": "1", "lot": "L"}
        assert await post(*[("/stock-movements/adjust", first)] * CALLERS) == {201: CALLERS}
        rows = await company.all("select on_hand from inventory_items where part_id = $1", bolt)
        assert [row["on_hand"] for row in rows] == [CALLERS]
        pump = await part(api, f"S-{number}", tracking="serial")
        places = [await location(api, f"L-{number}-{place}") for place in range(CALLERS)]
        unit = {"part_id": pump, "quantity": "1", "serial": "S-1"}
        sent = [("/stock-movements/adjust", unit | {"location_id": each}) for each in places]
        assert await post(*sent) == {201: 1, 409: CALLERS - 1}
        assert await company.value("select sum(on_hand) from inventory_items where part_id = $1", pump) == 1


@pytest.fixture
async def steps(processes: list[ServerProcess], company: Tenant, killed: list[bool]) -> AsyncIterator[type[Steps]]:
    """The steps of one company; afterwards every balance is that of its ledger."""
    api = Persistent([each.url for each in processes], await company.key())
    yield type("StepsHere", (Steps,), {"api": api})
    api.close()
    assert any(killed) is FULL
    await agrees(company)


def test_stock_is_what_the_model_says(steps: type[Steps]):
    some = how(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=not FULL,
        database=None,
    )
    run_state_machine_as_test(steps, settings=some)
