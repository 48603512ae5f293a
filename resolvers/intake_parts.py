"""The shop's parts that the lines of an order mean: by their numbers, the client's numbers, or an external id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from engine.run.context import Command
from formats.x12 import Line
from models import Client, ExternalId, Part, PartStatus

_TABLE: Final = str(Part.__tablename__)


async def find_parts(ctx: Command, client: Client, lines: Sequence[Line], warnings: list[str]) -> dict[int, UUID]:
    """Return the part of each line that names one, by the line's position.

    A part is found by the shop's own number; else by the number of this client, or of no client, that the part has;
    else by an external id of any system. Of a number's revisions the newest that is released counts. Where several
    parts are meant none is taken, with a warning.
    """
    ours = {each for line in lines if (each := line.shop_part_number)}
    theirs = {each for line in lines if (each := line.buyer_part_number)}
    if not ours | theirs:
        return {}
    by_number, by_customer = await _by_number(ctx, ours), await _by_customer(ctx, client, theirs | ours)
    by_external = await _by_external_id(ctx, ours | theirs)
    found: dict[int, UUID] = {}
    for line in lines:
        own, other = line.shop_part_number, line.buyer_part_number
        for known, number in (
            (by_number, own),
            (by_customer, other),
            (by_external, own),
            (by_external, other),
            (by_customer, own),
        ):
            meant = known.get(number, set()) if number else set()
            if len(meant) > 1:
                warnings.append(f"{line.segment}: {number!r} may be {len(meant)} parts; none is taken")
            if meant:
                found |= {line.position: next(iter(meant))} if len(meant) == 1 else {}
                break
    return found


async def _by_number(ctx: Command, numbers: set[str]) -> dict[str, set[UUID]]:
    rows = await _active(ctx, part_number=sorted(numbers))
    return {each.part_number: {each.id} for each in rows}  # the newest is the last one


async def _by_customer(ctx: Command, client: Client, numbers: set[str]) -> dict[str, set[UUID]]:
    rows = await _active(ctx, customer_part_number=sorted(numbers))
    newest = {(each.customer_part_number, each.part_number): each for each in rows}.values()
    found: dict[str, set[UUID]] = {}
    for whose in (client.id, None):
        for each in newest:
            number = str(each.customer_part_number)
            if each.client_id == whose and (whose is not None or number not in found):
                found.setdefault(number, set()).add(each.id)
    return found


async def _by_external_id(ctx: Command, numbers: set[str]) -> dict[str, set[UUID]]:
    names = await ctx.unit.find(ExternalId, record_type=_TABLE, external_id=sorted(numbers))
    known = {each.id for each in await _active(ctx, id=sorted({each.record_id for each in names}))} if names else set()
    found: dict[str, set[UUID]] = {}
    for each in names:
        if each.record_id in known:
            found.setdefault(each.external_id, set()).add(each.record_id)
    return found


async def _active(ctx: Command, **equal: object) -> list[Part]:
    """Released revisions, the newest last."""
    return await ctx.unit.find(Part, "released_at", status=PartStatus.ACTIVE, deleted_at=None, **equal)
