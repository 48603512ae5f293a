"""Stock in the background: balances compared with the ledger, reservations that expire, a sandbox that forgets."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import asyncpg
import pytest

from app.front import Front
from core.settings import Settings
from jobs.kinds import KINDS
from jobs.kinds.expiring_reservations import EXPIRE_RESERVATIONS
from jobs.kinds.purging_sandboxes import PURGE_SANDBOXES
from jobs.kinds.verifying_stock import VERIFY_STOCK
from models.task import INSTALLATION
from tests.kit.client import Client as Api
from tests.kit.command import Forge
from tests.kit.fixtures import address
from tests.kit.stocking import V1, adjust, check_ledger, item, location, part, stocked
from tests.kit.tenant import Tenant
from tests.kit.turning import put_off, turning

pytestmark = pytest.mark.xdist_group("tasks")  # turns take what is due in any workspace
Owner: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def carried_out(database_url: str, owner: Owner, kind: str) -> tuple[str, str | None]:
    """Have one task of a kind carried out; returns its status and its error."""
    async with turning(database_url, KINDS) as turns:
        await put_off(owner, [INSTALLATION])
        task_id = await turns._telling.stage(INSTALLATION, kind)
        while await turns.turn():
            pass
    found = await owner.fetchrow("select status, error from tasks where id = $1", task_id)
    assert found is not None
    return found["status"], found["error"]


SPOILS = {
    "update inventory_items set on_hand = on_hand + 1 where id = $1": "on_hand is 6, the movements come to 5",
    "update inventory_items set reserved = 0 where id = $1": "reserved is 0, the reservations keep 2",
    "update inventory_items set movement_count = 3 where id = $1": "movement_count is 3, the last movement is number 2",
    "update stock_movements set quantity = 6 where inventory_item_id = $1 and number = 1":
        "balance_after of 2 movements is not the sum up to them",
    "delete from stock_movements where inventory_item_id = $1 and number = 1": "the movements come to 1",
}  # fmt: skip


@pytest.mark.parametrize("spoil", SPOILS, ids=[each.split(" ")[4] for each in SPOILS])
async def test_what_does_not_agree_with_the_ledger_is_told(
    api: Api, database_url: str, owner: Owner, caplog: pytest.LogCaptureFixture, spoil: str,
):  # fmt: skip
    bolt, main = await part(api), await location(api)
    found = await stocked(api, bolt, main, "4")
    await adjust(api, bolt, main, "1")
    await api.post(f"{V1}/reservations", {"inventory_item_id": found, "quantity": "2"})
    assert await carried_out(database_url, owner, VERIFY_STOCK.name) == ("succeeded", None)
    change = owner.transaction()
    await change.start()
    try:
        await owner.execute(spoil, found)
        await change.commit()
        with caplog.at_level(logging.ERROR, "forge"):
            status, error = await carried_out(database_url, owner, VERIFY_STOCK.name)
        assert status == "failed"
        assert "differ from the ledger" in str(error)
        assert f"item {found}: " in caplog.text
        assert SPOILS[spoil] in caplog.text
    finally:
        await owner.execute("delete from stock_movements where inventory_item_id = $1", found)
        await owner.execute("delete from reservations where inventory_item_id = $1", found)
        await owner.execute("delete from inventory_items where id = $1", found)


def test_the_command_says_what_differs(settings: Settings, forge_with: Callable[[Settings], Forge]):
    told = forge_with(settings)("stock", "verify")
    assert (told.code, told.out) == (0, "")
    assert told.err.endswith("compared: all agree\n")


async def test_reservations_end_when_their_time_is_over(api: Api, company: Tenant, database_url: str, owner: Owner):
    found = await stocked(api, await part(api), await location(api), "10")
    soon, later = datetime.now(UTC) - timedelta(seconds=1), datetime.now(UTC) + timedelta(hours=1)
    ids = []
    for until, quantity in ((soon, "2"), (later, "3"), (None, "1")):
        body = {"inventory_item_id": found, "quantity": quantity, "expires_at": until and until.isoformat()}
        if until is soon:
            assert (await api.post(f"{V1}/reservations", body)).code == "validation_error"
            body |= {"expires_at": later.isoformat()}
        ids.append((await api.post(f"{V1}/reservations", body)).data["id"])
    await company.all("update reservations set expires_at = $2 where id = $1", ids[0], soon)
    assert await carried_out(database_url, owner, EXPIRE_RESERVATIONS.name) == ("succeeded", None)
    states = [(await api.get(f"{V1}/reservations/{each}")).data["status"] for each in ids]
    assert states == ["expired", "active", "active"]
    assert (await item(api, found))[:3] == ("10", "4", "6")
    assert await company.value("select count(*) from outbox where type = 'reservation.expired'") == 1
    await check_ledger(company)


async def test_a_sandbox_keeps_an_opening_balance_of_what_it_forgets(
    app: Front, company: Tenant, database_url: str, owner: Owner
):
    sandbox = company.sandbox
    api = Api(app, address(), await sandbox.key())
    bolt, main = await part(api), await location(api)
    found = await stocked(api, bolt, main, "4", unit_cost="2")
    for quantity in ("3", "-1", "2"):
        await adjust(api, bolt, main, quantity, unit_cost="3")
    kept = await api.post(f"{V1}/reservations", {"inventory_item_id": found, "quantity": "5"})
    old = "update stock_movements set moved_at = moved_at - interval '8 days' where workspace_id = $1 and number <= 3"
    await owner.execute(old, sandbox.workspace_id)
    await owner.execute(
        "update reservations set updated_at = updated_at - interval '8 days' where id = $1", kept.data["id"]
    )
    assert await carried_out(database_url, owner, PURGE_SANDBOXES.name) == ("succeeded", None)
    moved: list[dict[str, Any]] = (await api.get(f"{V1}/stock-movements?inventory_item_id={found}&sort=moved_at")).data
    assert [(each["number"], each["reason"], each["quantity"], each["balance_after"]) for each in moved] == [
        (3, "opening", "6", "6"),
        (4, "adjustment", "2", "8"),
    ]
    assert (await item(api, found))[:3] == ("8", "0", "8")
    assert (await api.get(f"{V1}/reservations/{kept.data['id']}")).status == 404
    assert (await adjust(api, bolt, main, "-8")).data["number"] == 5
    await owner.execute(old.replace("3", "5"), sandbox.workspace_id)
    assert await carried_out(database_url, owner, PURGE_SANDBOXES.name) == ("succeeded", None)
    assert await carried_out(database_url, owner, VERIFY_STOCK.name) == ("succeeded", None)
    rows = await sandbox.all("select number, reason, quantity from stock_movements")
    assert [(row["number"], row["reason"], row["quantity"]) for row in rows] == [(5, "opening", 0)]
