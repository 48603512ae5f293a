"""A shop as the demo has it, written by the commands that every caller uses.

What a row is follows from its stage and its number, so the demo is always the same; its dates lie around the day on
which it is written. Moments that commands write down as now are set back to the day on which it happened in the shop.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from random import Random
from typing import Any, Final
from uuid import UUID

from core.record import Row
from engine.declare.inputs import read_input
from engine.run.context import Command
from models import (
    Job,
    Part,
    PurchaseOrder,
    Quote,
    Rfq,
    RfqInvitation,
    StockCount,
    StockMovement,
    WorkOrder,
)
from resolvers.moves import input_of

SYSTEM: Final = "demo"
"""The system whose external ids the demo's records have: `quotes-17`."""
TWO_YEARS: Final = 725
_IDS: Final = "select id from {} where workspace_id = $1 and deleted_at is null and ({}) order by created_at limit 3000"
_LAST: Final = """select inventory_item_id as id, max(moved_at) as last from stock_movements
where workspace_id = $1 and inventory_item_id = any($2::uuid[]) group by 1"""
_MOMENTS: Final[dict[type[Row], tuple[str, ...]]] = {
    Part: ("released_at",),
    Quote: ("sent_at",),
    Job: ("released_at", "started_at", "completed_at", "closed_at"),
    WorkOrder: ("started_at", "done_at"),
    Rfq: ("sent_at", "awarded_at"),
    RfqInvitation: ("responded_at",),
    PurchaseOrder: ("sent_at", "acknowledged_at"),
    StockMovement: ("moved_at",),
    StockCount: ("counted_at", "posted_at"),
}
"""What commands write down as now."""


def said(given: Any) -> Any:
    """An input without what is not said."""
    if isinstance(given, dict):
        return {name: said(value) for name, value in given.items() if value is not None}
    return [said(each) for each in given] if isinstance(given, list) else given


@dataclass
class Shop:
    """One transaction in the demo's workspace; `span` are the numbers that this size writes of the stage."""

    ctx: Command
    stage: str
    span: range
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def draw(self, number: int) -> Random:
        """The dice of one row."""
        return Random(f"850/{self.stage}/{number}")  # noqa: S311  # a demo, no secret

    @property
    def today(self) -> date:
        """The day on which it is written."""
        return self.began.date()

    def day(self, number: int, days: int = TWO_YEARS) -> date:
        """The day of a row: the first of its size lies so many days back, the last a few; the shop grows."""
        share = ((number - self.span.start) / max(len(self.span), 1)) ** 0.75
        return self.today - timedelta(days=round(days * (1 - share)) + 4)

    def at(self, day: date, draw: Random, rank: int = 0) -> datetime:
        """A moment of a working day, before now; of days that are still to come those of a higher rank come later."""
        moment = datetime(day.year, day.month, day.day, draw.randint(8, 16), draw.randint(0, 59), tzinfo=UTC)
        return min(moment, self.began - timedelta(minutes=600 - 10 * rank))

    async def write(
        self, command: Callable[..., Awaitable[Any]], given: dict[str, Any], number: int, at: datetime | None = None
    ) -> UUID:
        """Write a record with the external id of its number."""
        name = {"external_ids": [{"system": SYSTEM, "external_id": f"{self.stage}-{number}"}]}
        return await self.make(command, {**given, **name}, at)

    async def make(
        self, command: Callable[..., Awaitable[Any]], given: dict[str, Any], at: datetime | None = None
    ) -> UUID:
        """Write something that has no external id; `at` is when."""
        made = await command(self.ctx, read_input(input_of(command), said(given)))
        self._set_back(at)
        return UUID(str(made.row_id))

    async def act(
        self,
        command: Callable[..., Awaitable[Any]],
        row_id: UUID,
        given: dict[str, Any] | None = None,
        at: datetime | None = None,
    ) -> Any:
        """Do something with a record; `at` is when."""
        sent = () if given is None else (read_input(input_of(command), said(given)),)
        done = await command(self.ctx, row_id, *sent)
        self._set_back(at)
        return done

    async def ids(self, table: str, where: str = "true") -> list[UUID]:
        """The ids of the records of a table, in the order in which they were made."""
        return [row["id"] for row in await self.ctx.unit.ask(_IDS.format(table, where))]

    async def flush(self) -> None:
        """Write what is staged, for what follows reads it."""
        await self._put_in_order()
        await self.ctx.unit.flush()

    def _set_back(self, at: datetime | None) -> None:
        """Set what was just written down as now to when it was."""
        if at is None:
            return
        for model, names in _MOMENTS.items():
            for row in self.ctx.unit.staged(model):
                for name in names:
                    if (value := getattr(row, name)) is not None and value >= self.began:
                        setattr(row, name, at)

    async def _put_in_order(self) -> None:
        """Have the movements of an item be one after the other, as their numbers are."""
        moved = sorted(self.ctx.unit.staged(StockMovement), key=lambda each: (each.inventory_item_id, each.number))
        if not moved:
            return
        rows = await self.ctx.unit.ask(_LAST, sorted({each.inventory_item_id for each in moved}))
        known = {row["id"]: row["last"] for row in rows}
        for item_id, of_item in groupby(moved, key=lambda each: each.inventory_item_id):
            last = known.get(item_id)
            for each in of_item:
                each.moved_at = last = max(each.moved_at, last + timedelta(seconds=1)) if last else each.moved_at
