"""What stock does not allow: less than nothing, what is kept for others, a serial number in two places."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NoReturn

from core.errors import Conflict, Invalid
from core.values.checked import LIMIT
from core.values.decimals import shortest
from engine.declare.names import spaced
from engine.run.context import Command
from models import InventoryItem, ItemStatus, Part, PartKind, StockLocation, Tracking

_PLACES = 6


def check_place(part: Part | None, lot: str | None, serial: str | None) -> None:
    """Raise Invalid when there is no such part, when it has no stock, or when its stock is not told apart so."""
    if part is None:
        raise Invalid("partId: no such part", field="partId")
    what = f"part {part.part_number} is"
    if part.kind == PartKind.SERVICE:
        raise Invalid(f"partId: {what} a service, of which there is no stock", field="partId")
    if part.tracking == Tracking.LOT and lot is None:
        raise Invalid(f"lot: {what} tracked by lot: say which", field="lot")
    if part.tracking == Tracking.SERIAL and serial is None:
        raise Invalid(f"serial: {what} tracked by serial number: say which", field="serial")
    if part.tracking != Tracking.SERIAL and serial is not None:
        raise Invalid(f"serial: {what} not tracked by serial number", field="serial")
    if part.tracking == Tracking.NONE and lot is not None:
        raise Invalid(f"lot: {what} not tracked by lot", field="lot")


async def check_posting(ctx: Command, part: Part, item: InventoryItem, quantity: Decimal, *, used: bool) -> None:
    """Raise Conflict when an item cannot change by a quantity, Invalid when the quantity is none.

    `used` says that the stock is to be used, which takes an item that is available.
    """
    exponent = quantity.as_tuple().exponent
    if not quantity or not isinstance(exponent, int) or exponent < -_PLACES:
        raise Invalid("quantity: must not be 0, and have at most 6 decimals", field="quantity")
    after = item.on_hand + quantity
    if abs(after) >= LIMIT:
        raise Invalid(f"quantity: stock of an item must be less than {LIMIT:f}", field="quantity")
    if item.serial is not None and after not in {0, 1}:
        await _refuse(ctx, part, item, quantity, f"serial {item.serial!r} is one unit")
    if quantity > 0:
        return
    if used and item.status != ItemStatus.AVAILABLE:
        await _refuse(ctx, part, item, quantity, f"the stock is {spaced(item.status)}")
    if item.reserved > 0 and after < item.reserved:
        await _refuse(ctx, part, item, quantity, f"{shortest(item.reserved)} of it are reserved")
    if after < 0 and not await ctx.once("negative stock", lambda: ctx.unit.call("allows_negative_stock")):
        await _refuse(ctx, part, item, quantity, "the workspace does not allow negative stock")


async def check_serials(ctx: Command, items: Sequence[InventoryItem]) -> None:
    """Raise Conflict when a serial number of a part that came in is somewhere else, too."""
    there = [each for each in items if each.serial is not None and each.on_hand > 0]
    if not there:
        return
    parts, serials = {each.part_id for each in there}, {each.serial for each in there}
    known = await ctx.unit.find(InventoryItem, part_id=list(parts), serial=list(serials), deleted_at=None)
    lying = {each.id: each for each in (*known, *there) if each.on_hand > 0}
    for item in there:
        for other in lying.values():
            if other is not item and (other.part_id, other.serial) == (item.part_id, item.serial):
                code = await code_of(ctx, other)
                raise Conflict(f"serial: {item.serial!r} lies at {code} already", field="serial")


async def code_of(ctx: Command, item: InventoryItem) -> str:
    """What the location of an item is called."""
    return str(await ctx.unit.look(StockLocation, item.location_id, "code"))


async def _refuse(ctx: Command, part: Part, item: InventoryItem, quantity: Decimal, why: str) -> NoReturn:
    lot = f", lot {item.lot}" if item.lot is not None else ""
    where = f"part {part.part_number} at {await code_of(ctx, item)}{lot}"
    there = f"{shortest(item.on_hand)} on hand"
    raise Conflict(f"quantity: {where} has {there}, which cannot change by {quantity:+f}: {why}", field="quantity")
