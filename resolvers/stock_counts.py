"""Stock counts: what lies somewhere is counted, compared with the books, and stock is adjusted by the differences."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

from core.errors import Conflict, Invalid
from engine.declare.rows import Rows
from engine.run.context import Command
from models import CountStatus, InventoryItem, MovementReason, StockCount, StockCountLine
from resolvers.aggregate import Aggregate, now
from resolvers.ledger import Posting, book, place_of, stock_of
from resolvers.line_commands import add_line, delete_line, update_line
from resolvers.lines import Inside, Lines

_LINES: Final = Lines("lines", StockCountLine)
_UNPOSTED: Final = (CountStatus.OPEN, CountStatus.COUNTED)


def settle(_count: StockCount, inside: Inside) -> None:
    """Refuse an item that is counted twice."""
    seen: set[UUID] = set()
    for place, line in enumerate(cast("list[StockCountLine]", inside["lines"])):
        if line.inventory_item_id in seen:
            field = f"lines.{place}.inventory_item_id"
            raise Invalid(f"{field}: is in the count already", field=field)
        seen.add(line.inventory_item_id)


class _Counts(Aggregate[StockCount]):
    async def make(self, ctx: Command, input: Any, **derived: Any) -> Rows[StockCount]:
        """Stage a new count; one of a location without lines gets a line for each item there."""
        if input.location_id is not None and not input.lines:
            line = self.inputs()["lines"]
            there = await ctx.unit.find(InventoryItem, location_id=input.location_id, deleted_at=None)
            input.lines = [line(inventory_item_id=each.id) for each in there]
        return await super().make(ctx, input, **derived)


COUNTS: Final = _Counts(StockCount, lines=(_LINES,), settle=settle, editable=(CountStatus.OPEN,))

stock_counts = COUNTS.page("List stock counts.")
stock_count = COUNTS.get("One stock count by its id; null when there is none.")
create_stock_count = COUNTS.create(
    "Begin a count. Of a location without lines, all stock that the books have there is to be counted.",
    "What is to be counted.",
)
update_stock_count = COUNTS.update(
    "Change an open count: what was counted, above all.",
    "What to change of an open count: null clears, what is left out stays; `lines` is the whole list.",
)
delete_stock_count = COUNTS.delete("Delete an open count.")
add_stock_count_line = add_line(COUNTS, "lines", "Add stock to an open count.")
update_stock_count_line = update_line(COUNTS, "lines", "Say what was counted of one item of an open count.")
delete_stock_count_line = delete_line(COUNTS, "lines", "Take one item out of an open count.")


async def _compare(ctx: Command, count: StockCount) -> None:
    """Put what the books say beside what was counted; until it is posted, no other count may do so of the same."""
    lines = await _lines(ctx, count)
    missing = [each.position for each in lines if each.counted is None]
    if missing or not lines:
        what = f"line {missing[0]} has not been counted" if missing else "it has no lines"
        raise Conflict(f"Stock count {count.number}: {what}", field="lines")
    items = await _items(ctx, lines)
    others = await ctx.unit.find(StockCountLine, inventory_item_id=list(items))
    ids = {each.stock_count_id for each in others} - {count.id}
    if busy := await ctx.unit.find(StockCount, id=list(ids), status=CountStatus.COUNTED, deleted_at=None):
        raise Conflict(f"Stock count {busy[0].number} has counted some of it: post or cancel that first", field="lines")
    for line in lines:
        item = items[line.inventory_item_id]
        if item.deleted_at is not None:
            raise Conflict(f"Line {line.position}: the stock was deleted", field="lines")
        if item.serial is not None and line.counted not in {0, 1}:
            raise Conflict(f"Line {line.position}: serial {item.serial!r} is one unit", field="lines")
        line.expected = item.on_hand
    ctx.inside(count, put=lines)


async def _forget(ctx: Command, count: StockCount) -> None:
    lines = await _lines(ctx, count)
    for line in lines:
        line.expected = None
    ctx.inside(count, put=lines)


async def _adjust(ctx: Command, count: StockCount) -> None:
    """Move stock by the differences: what moved since counting ended is counted already."""
    lines = await _lines(ctx, count)
    items = await _items(ctx, lines)
    postings = [_posting(count, items[each.inventory_item_id], each) for each in lines if each.counted != each.expected]
    if postings:
        moved = {each.place for each in postings}
        await book(ctx, await stock_of(ctx, [each for each in items.values() if place_of(each) in moved]), postings)


def _posting(count: StockCount, item: InventoryItem, line: StockCountLine) -> Posting:
    difference = (line.counted or Decimal(0)) - (line.expected or Decimal(0))
    part_id, location_id, lot, serial = place_of(item).key
    return Posting(
        part_id, location_id, difference, MovementReason.ADJUSTMENT, lot, serial, source=count, note=line.note
    )


async def _lines(ctx: Command, count: StockCount) -> Sequence[StockCountLine]:
    return cast("list[StockCountLine]", (await COUNTS.load(ctx, count))["lines"])


async def _items(ctx: Command, lines: Sequence[StockCountLine]) -> dict[UUID, InventoryItem]:
    return {
        each.id: each for each in await ctx.unit.lock(InventoryItem, sorted(one.inventory_item_id for one in lines))
    }


def _counted(count: StockCount) -> None:
    count.counted_at = now()


def _open(count: StockCount) -> None:
    count.counted_at = None


def _posted(count: StockCount) -> None:
    count.posted_at = now()


finish_stock_count = COUNTS.move(
    "finish",
    (CountStatus.OPEN,),
    CountStatus.COUNTED,
    "End counting: what the books say now is put beside what was counted. Every line must have been counted.",
    arrange=_compare,
    effect=_counted,
)
reopen_stock_count = COUNTS.move(
    "reopen",
    (CountStatus.COUNTED,),
    CountStatus.OPEN,
    "Go on counting; the comparison with the books is forgotten.",
    arrange=_forget,
    effect=_open,
    past="reopened",
)
post_stock_count = COUNTS.move(
    "post",
    (CountStatus.COUNTED,),
    CountStatus.POSTED,
    "Adjust stock by the differences between what was counted and what the books said when counting ended.",
    arrange=_adjust,
    effect=_posted,
)
cancel_stock_count = COUNTS.move("cancel", _UNPOSTED, CountStatus.CANCELLED, "Give a count up; no stock is changed.")
