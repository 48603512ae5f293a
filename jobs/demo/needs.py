"""What the demo's jobs need: it is ordered for them and comes, in part or whole, or is kept of what is in stock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from jobs.demo.shop import Shop
from models import InventoryItem, Part, PurchaseOrderLine, Requirement, StockLocation, Tracking
from resolvers.purchase_orders import (
    acknowledge_purchase_order,
    close_purchase_order,
    create_purchase_order,
    send_purchase_order,
)
from resolvers.receipts import receive_purchase_order
from resolvers.reservations import create_reservation
from resolvers.stock_movements import adjust_stock

_OLD: Final = 40
"""Days after which an order of which all came is closed."""


@dataclass
class Needed:
    """The requirements of a job and of its sub-jobs."""

    number: int
    job_id: UUID
    draw: Random
    ordered_on: date
    due_on: date
    needs: list[Requirement]
    parts: dict[UUID, Part]

    @staticmethod
    async def place(shop: Shop, number: int) -> UUID:
        """Where what comes for a job is put."""
        code = f"RCV-{number % 6 + 1:02d}"
        found = await shop.ctx.once((StockLocation, code), lambda: shop.ids("stock_locations", f"code = '{code}'"))
        return UUID(str(found[0]))

    @staticmethod
    def lot(number: int, part: Part) -> str | None:
        """The lot of what comes for a job."""
        return f"J{number:05d}" if part.tracking == Tracking.LOT else None


@dataclass
class _Bought:
    """An order for a job, and how far it comes."""

    order_id: UUID
    of: Needed
    materials: str
    days: int


async def buy(shop: Shop, bought: list[tuple[Needed, str]]) -> None:
    """Order goods and outside operations for jobs, and receive them: all of them, some, or none yet."""
    orders: list[_Bought] = []
    for needed, materials in bought:
        orders += await _order(shop, needed, materials)
    await shop.flush()
    for each in orders:
        await shop.act(send_purchase_order, each.order_id, at=_when(shop, each, 2))
    await shop.flush()
    for each in orders:
        promised = {"promised_on": each.of.ordered_on + timedelta(days=2 + each.days)}
        await shop.act(acknowledge_purchase_order, each.order_id, promised, _when(shop, each, 3))
    await shop.flush()
    for each in orders:
        if each.materials in {"received", "partial"}:
            await _receive(shop, each)
    await shop.flush()
    for each in orders:
        if each.materials == "received" and (shop.today - each.of.ordered_on).days > _OLD:
            await shop.act(close_purchase_order, each.order_id)
    await shop.flush()


async def _order(shop: Shop, needed: Needed, materials: str) -> list[_Bought]:
    """One order of goods, one of outside operations, each of somebody who does that."""
    sellers = await shop.ctx.once("sellers", lambda: shop.ids("suppliers", "processes = '{}'"))
    treaters = await shop.ctx.once("treaters", lambda: shop.ids("suppliers", "processes <> '{}'"))
    place, found = await Needed.place(shop, needed.number), []
    for goods, suppliers in ((True, sellers), (False, treaters)):
        lines = [_line(each, needed) for each in needed.needs if (each.part_id is not None) is goods]
        if not lines:
            continue
        days = needed.draw.randint(3, 6)
        ordered = needed.ordered_on + timedelta(days=2)
        given = {
            "supplier_id": needed.draw.choice(suppliers),
            "currency": "USD",
            "job_id": needed.job_id,
            "location_id": place,
            "ordered_on": min(ordered, shop.today),
            "required_on": min(ordered + timedelta(days=days), needed.due_on),
            "lines": lines,
        }
        found.append(_Bought(await shop.make(create_purchase_order, given), needed, materials, days))
    return found


def _line(need: Requirement, needed: Needed) -> dict[str, Any]:
    part = needed.parts.get(need.part_id) if need.part_id else None
    return {
        "requirement_id": need.id,
        "part_id": need.part_id,
        "description": need.description,
        "unit": need.unit,
        "quantity": need.quantity,
        "unit_price": part.unit_cost if part else f"{needed.draw.randint(150, 900) / 100:.2f}",
        "required_on": need.required_on,
    }


async def _receive(shop: Shop, bought: _Bought) -> None:
    """Receive all of an order, or its first line; of a single line a half."""
    lines = await shop.ctx.unit.find(PurchaseOrderLine, "position", purchase_order_id=bought.order_id)
    came, partial = lines, bought.materials == "partial"
    if partial:
        came = lines[:1]
    sent = []
    for line in came:
        part = bought.of.parts.get(line.part_id) if line.part_id else None
        half = round(line.quantity / 2, 6) if partial and len(lines) == 1 else None
        lot = Needed.lot(bought.of.number, part) if part else None
        sent.append({"line_id": line.id, "quantity": half, "lot": lot})
    at = _when(shop, bought, 2 + bought.days)
    given = {"lines": sent, "received_on": at.date(), "delivery_note": f"DN-{bought.of.draw.randint(10_000, 99_999)}"}
    await shop.act(receive_purchase_order, bought.order_id, given, at)


def _when(shop: Shop, bought: _Bought, days: int) -> datetime:
    return shop.at(bought.of.ordered_on + timedelta(days=days), bought.of.draw, days)


async def reserve(shop: Shop, kept: list[Needed]) -> None:
    """Keep stock for jobs: what they need lies in a bin, and is theirs. Outside operations are ordered."""
    [place] = await shop.ids("stock_locations", "code = 'WIP-01'")
    for needed in kept:
        for need in needed.needs:
            part = needed.parts.get(need.part_id) if need.part_id else None
            if part is None:
                continue
            given: dict[str, Any] = {"part_id": part.id, "location_id": place, "lot": Needed.lot(needed.number, part)}
            given |= {"quantity": need.quantity, "unit_cost": part.unit_cost, "note": "Found by the counter"}
            at = shop.at(needed.ordered_on + timedelta(days=1), needed.draw)
            await shop.make(adjust_stock, given, at)
            await shop.flush()
            lot = Needed.lot(needed.number, part)
            [item] = await shop.ctx.unit.find(InventoryItem, part_id=part.id, location_id=place, lot=lot)
            kept_for = {"inventory_item_id": item.id, "requirement_id": need.id, "quantity": need.quantity}
            await shop.make(create_reservation, kept_for)
            await shop.flush()
    outside = [
        Needed(each.number, each.job_id, each.draw, each.ordered_on, each.due_on, rest, {})
        for each in kept
        if (rest := [need for need in each.needs if need.part_id is None])
    ]
    if outside:
        await buy(shop, [(each, "received") for each in outside])
