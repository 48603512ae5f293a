"""Locations: a tree of places in which stock lies, each with its path."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final
from uuid import UUID

from core.errors import Invalid
from core.record import Line
from engine.declare.rows import Rows
from engine.run.context import Command
from models import StockLocation
from resolvers.aggregate import Aggregate
from resolvers.lines import Inside
from resolvers.versions import ExpectedVersion

MAX_DEPTH: Final = 20
"""Locations inside one another."""


class _Locations(Aggregate[StockLocation]):
    """Keeps the paths: commands that write locations of one workspace take turns, so that each sees a whole tree."""

    async def lock(
        self, ctx: Command, row_id: UUID, expected: ExpectedVersion, *, editing: bool = False, deleted: bool = False
    ) -> StockLocation:
        await _take_turn(ctx)
        found = await super().lock(ctx, row_id, expected, editing=editing, deleted=deleted)
        if deleted:  # those above it may have been renamed since
            found.path = await _path(ctx, found)
        return found

    async def stage(
        self,
        ctx: Command,
        record: StockLocation,
        inside: Inside,
        touched: AbstractSet[UUID] = frozenset(),
        gone: Sequence[Line] = (),
        *,
        event: str = "updated",
    ) -> Rows[StockLocation]:
        await _take_turn(ctx)
        path, before = await _path(ctx, record), record.path
        record.path = path
        saved = await super().stage(ctx, record, inside, touched, gone, event=event)
        if event != "created" and path != before:
            below = await ctx.unit.call("stock_locations_below", record.id)
            for each in await ctx.unit.lock(StockLocation, sorted(below)):
                each.path = path + each.path.removeprefix(before)
                ctx.save(each, event="stock_location.updated")
        return saved


async def _take_turn(ctx: Command) -> None:
    await ctx.unit.queue(["stock_locations"])


async def _path(ctx: Command, location: StockLocation) -> str:
    """The path of a location; Invalid where it would lie in itself, or too deep."""
    codes, above = [location.code], location.parent_id
    while above is not None:
        found = await ctx.unit.find(StockLocation, id=above)
        if above == location.id:
            raise Invalid("parentId: a location cannot lie in itself", field="parentId")
        if not found or found[0].deleted_at is not None:
            raise Invalid("parentId: no such location", field="parentId")
        if len(codes) == MAX_DEPTH:
            raise Invalid(f"parentId: at most {MAX_DEPTH} locations lie in one another", field="parentId")
        codes.append(found[0].code)
        above = found[0].parent_id
    return "/".join(reversed(codes))


LOCATIONS: Final = _Locations(StockLocation)

locations = LOCATIONS.page("List locations.")
location = LOCATIONS.get("One location by its id; null when there is none.")
create_location = LOCATIONS.create("Create a location, in another one or by itself.", "What a new location is.")
update_location = LOCATIONS.update(
    "Change a location, or put it into another one; what lies in it goes with it, and the paths below change.",
    "What to change of a location: null clears, what is left out stays.",
)
delete_location = LOCATIONS.delete("Delete a location in which nothing lies: neither stock nor another location.")
