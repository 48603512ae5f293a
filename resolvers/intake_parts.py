"""The shop's parts that the lines of an order mean: by their numbers, the client's numbers, or an external id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from core.values import units
from engine.run.context import Command
from formats.x12 import Line
from models import Client, ExternalId, Part, PartStatus

_TABLE: Final = str(Part.__tablename__)
Meant = dict[str, dict[UUID, Part]]
"""The parts that a number may mean, by their ids."""


async def find_parts(ctx: Command, client: Client, lines: Sequence[Line], warnings: list[str]) -> dict[int, Part]:
    """Return the part of each line that names one, by the line's position.

    A part is found by the shop's own number; else by the number of this client, or of no client, that the part has;
    else by an external id of any system. Of a number's revisions the newest that is released counts. Where several
    parts are meant none is taken, with a warning; neither is one that is counted in another unit than the line.
    """
    ours = {each for line in lines if (each := line.shop_part_number)}
    theirs = {each for line in lines if (each := line.buyer_part_number)}
    if not ours | theirs:
        return {}
    by_number, by_customer = await _by_number(ctx, ours), await _by_customer(ctx, client, theirs | ours)
    by_external = await _by_external_id(ctx, ours | theirs)
    found: dict[int, Part] = {}
    for line in lines:
        own, other = line.shop_part_number, line.buyer_part_number
        for known, number in (
            (by_number, own),
            (by_customer, other),
            (by_external, own),
            (by_external, other),
            (by_customer, own),
        ):
            meant = known.get(number, {}) if number else {}
            if len(meant) > 1:
                warnings.append(f"{line.segment}: {number!r} may be {len(meant)} parts; none is taken")
            elif meant and _counts(line, part := next(iter(meant.values())), warnings):
                found[line.position] = part
            if meant:
                break
    return found


def _counts(line: Line, part: Part, warnings: list[str]) -> bool:
    """Whether a line counts its part as the shop does; else a warning says how each counts it."""
    if line.unit is None or units.same(line.unit, part.unit):
        return True
    counted = f"part {part.part_number!r} is counted in {part.unit}, the order says {line.unit}"
    warnings.append(f"{line.segment}: {counted}; the line is taken without the part")
    return False


async def _by_number(ctx: Command, numbers: set[str]) -> Meant:
    rows = await _active(ctx, part_number=sorted(numbers))
    return {each.part_number: {each.id: each} for each in rows}  # the newest is the last one


async def _by_customer(ctx: Command, client: Client, numbers: set[str]) -> Meant:
    rows = await _active(ctx, customer_part_number=sorted(numbers))
    newest = {(each.customer_part_number, each.part_number): each for each in rows}.values()
    found: Meant = {}
    for whose in (client.id, None):
        for each in newest:
            number = str(each.customer_part_number)
            if each.client_id == whose and (whose is not None or number not in found):
                found.setdefault(number, {})[each.id] = each
    return found


async def _by_external_id(ctx: Command, numbers: set[str]) -> Meant:
    names = await ctx.unit.find(ExternalId, record_type=_TABLE, external_id=sorted(numbers))
    rows = await _active(ctx, id=sorted({each.record_id for each in names})) if names else []
    known = {each.id: each for each in rows}
    found: Meant = {}
    for each in names:
        if each.record_id in known:
            found.setdefault(each.external_id, {})[each.record_id] = known[each.record_id]
    return found


async def _active(ctx: Command, **equal: object) -> list[Part]:
    """Released revisions, the newest last."""
    return await ctx.unit.find(Part, "released_at", status=PartStatus.ACTIVE, deleted_at=None, **equal)
