"""What tests of stock share: parts, locations, what lies there, and how it moves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from core.errors import Conflict
from core.installation import Installation
from core.record import Record
from core.secrets import Secrets
from engine.run.context import Command
from engine.sql.projection import event_projections
from jobs.units import Units
from models import InventoryItem, MovementReason
from resolvers.ledger import Posting, post
from schema.assembly import graph
from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant

T = TypeVar("T")
V1 = "/api/v1"
BALANCES = """select i.on_hand, coalesce(sum(m.quantity), 0) as moved, count(m.id) as movements, i.movement_count,
  i.reserved, (select coalesce(sum(r.quantity - r.consumed_quantity), 0) from reservations r
    where r.workspace_id = i.workspace_id and r.inventory_item_id = i.id and r.status = 'active'
    and r.deleted_at is null) as kept
from inventory_items i left join stock_movements m on m.workspace_id = i.workspace_id and m.inventory_item_id = i.id
group by i.workspace_id, i.id"""


async def part(api: Api, number: str = "BOLT", **given: Any) -> str:
    """Write a part; returns its id."""
    return str((await api.post(f"{V1}/parts", {"part_number": number, "name": number, **given})).data["id"])


async def location(api: Api, code: str = "MAIN", **given: Any) -> str:
    """Make a location; returns its id."""
    return str((await api.post(f"{V1}/locations", {"code": code, **given})).data["id"])


async def adjust(api: Api, part_id: str, location_id: str, quantity: str, **given: Any) -> Answer:
    """Move stock in or out by hand."""
    body = {"part_id": part_id, "location_id": location_id, "quantity": quantity}
    return await api.post(f"{V1}/stock-movements/adjust", body | given)


async def stocked(api: Api, part_id: str, location_id: str, quantity: str, **given: Any) -> str:
    """Put stock somewhere; returns the item's id."""
    made = await adjust(api, part_id, location_id, quantity, **given)
    assert made.status == 201, made.body
    return str(made.data["inventory_item_id"])


async def item(api: Api, item_id: str) -> tuple[str, str, str, str | None]:
    """What is on hand of an item, reserved, available, and its cost."""
    found = (await api.get(f"{V1}/inventory/{item_id}")).data
    return found["on_hand"], found["reserved"], found["available"], found["unit_cost"]


async def acting(company: Tenant, work: Callable[[Command], Awaitable[T]]) -> T:
    """Carry out a command that has no door, by what commands are carried out with; again when it lost a race."""
    units = Units(company.database, event_projections(graph().catalogue), lambda _: None)
    installation = Installation(Secrets(("a-secret-for-tests-0123456789abcdef",)))
    return await units.run(
        company.workspace_id, lambda unit: work(Command(company.principal(), unit, graph(), installation))
    )


async def issue(company: Tenant, item_id: str, quantity: str, source: Record) -> bool:
    """Take stock out for a job; returns whether there was enough that it may use."""

    async def work(ctx: Command) -> None:
        [found] = await ctx.unit.find(InventoryItem, id=UUID(item_id))
        posting = Posting(
            found.part_id, found.location_id, -Decimal(quantity), MovementReason.ISSUE, found.lot, found.serial,
            source=source,
        )  # fmt: skip
        await post(ctx, [posting])

    try:
        await acting(company, work)
    except Conflict:
        return False
    return True


async def check_ledger(company: Tenant) -> None:
    """What is on hand is the sum of the movements, and what is reserved that of the reservations, of each item."""
    for row in await company.all(BALANCES):
        assert row["on_hand"] == row["moved"], row
        assert row["movements"] == row["movement_count"], row
        assert row["reserved"] == row["kept"], row
