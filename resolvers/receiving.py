"""What comes for the lines of a purchase order: how many may, in which unit and at what cost they go into stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from core.errors import Conflict, Invalid
from core.problems import Problems
from core.values import exact
from core.values.ids import new_id
from engine.run.context import Command
from models import Part, PartKind, PurchaseOrder, PurchaseOrderLine, ReceiptLine, StockLocation, Tracking
from resolvers.part_units import parts_of
from resolvers.purchase_orders import is_open


class Arrival(Protocol):
    """What a caller says of one line."""

    @property
    def line_id(self) -> UUID:
        """The line of the order."""

    @property
    def quantity(self) -> Decimal | None:
        """How many; None for the remainder."""

    @property
    def location_id(self) -> UUID | None:
        """Where they were put; None for the receipt's location."""

    @property
    def lot(self) -> str | None:
        """Their lot."""

    @property
    def serial(self) -> str | None:
        """The serial number."""


@dataclass(frozen=True)
class Remainder:
    """What is still to come of a line."""

    line_id: UUID
    quantity: None = None
    location_id: None = None
    lot: None = None
    serial: None = None


class Arrivals:
    """Goods that come for a locked order; `lines` are its lines by id, whose received quantities are raised."""

    def __init__(self, ctx: Command, order: PurchaseOrder, lines: Sequence[PurchaseOrderLine]) -> None:
        self.lines = {each.id: each for each in lines}
        self._ctx, self._order = ctx, order

    def open_lines(self) -> list[PurchaseOrderLine]:
        """The lines of which something is to come."""
        return [each for each in self.lines.values() if is_open(each)]

    async def take(self, came: Sequence[Arrival], location_id: UUID | None) -> list[ReceiptLine]:
        """Take goods in: raises what the lines received, and returns the rows of the receipt.

        Invalid for a line that is not the order's, or without a lot or serial that its part needs; Conflict for more
        than may come.
        """
        wrong = Problems()
        for place, each in enumerate(came):
            if each.line_id not in self.lines:
                wrong.note(f"lines.{place}.lineId", "is no line of this order")
        wrong.check()
        parts = await parts_of(self._ctx, (self.lines[each.line_id].part_id for each in came))
        default = location_id or self._order.location_id
        if default is None and any(each.location_id is None and self._stocked(each, parts) for each in came):
            default = await self._only_location()
        rows = []
        for place, each in enumerate(came):
            part = self._stocked(each, parts)
            row = self._row(place, each, part)
            if part is not None:
                row.location_id = each.location_id or default
                _check_tracking(place, row, part, wrong)
            rows.append(row)
        wrong.check()
        return rows

    def _row(self, place: int, came: Arrival, part: Part | None) -> ReceiptLine:
        line = self.lines[came.line_id]
        quantity = came.quantity or exact.minus(line.quantity, line.received_quantity)
        self._count(place, line, quantity)
        row = ReceiptLine(
            id=new_id(ReceiptLine),
            position=place + 1,
            purchase_order_line_id=line.id,
            quantity=quantity,
            location_id=came.location_id,
            lot=came.lot,
            serial=came.serial,
        )
        if part is not None:
            row.stock_quantity = exact.stored(exact.times(quantity, line.factor))
            if line.unit_price is not None and self._order.currency == self._ctx.principal.currency:
                row.unit_cost = exact.divided(line.unit_price, line.factor)
        return row

    def _count(self, place: int, line: PurchaseOrderLine, quantity: Decimal) -> None:
        """Raise what a line received; Conflict when it is closed, nothing is to come, or too much came."""
        where = f"Purchase order {self._order.number}, line {line.position}"
        if line.closed_short:
            raise Conflict(f"{where} is closed: nothing more is to come", field=f"lines.{place}.lineId")
        if quantity <= 0:
            raise Conflict(f"{where} is received: nothing more is to come", field=f"lines.{place}.lineId")
        tolerance = line.over_receipt_tolerance
        if tolerance is None:
            tolerance = self._order.over_receipt_tolerance
        most = exact.times(line.quantity, exact.plus(Decimal(1), tolerance))
        received = exact.plus(line.received_quantity, quantity)
        if received > most:
            left = exact.minus(most, line.received_quantity)
            message = f"{where}: at most {left:f} may still come, not {quantity:f}"
            raise Conflict(message, field=f"lines.{place}.quantity")
        line.received_quantity = received

    def _stocked(self, came: Arrival, parts: dict[UUID | None, Part]) -> Part | None:
        """The part that goes into stock; None for a line without a part, and for a service."""
        part = parts.get(self.lines[came.line_id].part_id)
        return None if part is None or part.kind == PartKind.SERVICE else part

    async def _only_location(self) -> UUID:
        found = await self._ctx.unit.newest(StockLocation, 2, deleted_at=None)
        if len(found) != 1:
            reason = "say where it was put: the order says nothing, and there is not exactly one location"
            raise Invalid(f"locationId: {reason}", field="locationId")
        return found[0].id


def _check_tracking(place: int, row: ReceiptLine, part: Part, wrong: Problems) -> None:
    """Note a lot or serial that is missing or not the part's, several pieces of one serial, a quantity too small."""
    if part.tracking == Tracking.LOT and row.lot is None:
        wrong.note(f"lines.{place}.lot", f"{part.part_number} is tracked by lots: name the lot")
    if part.tracking == Tracking.SERIAL and row.serial is None:
        wrong.note(f"lines.{place}.serial", f"{part.part_number} is tracked by serial numbers: name the number")
    if part.tracking == Tracking.NONE and row.lot is not None:
        wrong.note(f"lines.{place}.lot", f"{part.part_number} is not tracked by lots")
    if part.tracking != Tracking.SERIAL and row.serial is not None:
        wrong.note(f"lines.{place}.serial", f"{part.part_number} is not tracked by serial numbers")
    elif row.serial is not None and row.stock_quantity != 1:
        wrong.note(f"lines.{place}.quantity", "must be one piece, for a serial number is of one")
    if row.stock_quantity == 0:
        wrong.note(f"lines.{place}.quantity", "is less than a millionth of the part's unit")
