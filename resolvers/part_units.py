"""Units of a part: how many of its own unit one of another unit is."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from engine.run.context import Command
from models import Part


async def parts_of(ctx: Command, ids: Iterable[UUID | None]) -> dict[UUID | None, Part]:
    """Read parts by their ids."""
    wanted = sorted({each for each in ids if each is not None})
    return {each.id: each for each in await ctx.unit.find(Part, id=wanted)} if wanted else {}


def factor_of(unit: str, part: Part | None) -> Decimal:
    """How many of a part's own unit one of another unit is, as far as the part says; else 1."""
    if part is not None and part.purchase_factor is not None and unit == part.purchase_unit != part.unit:
        return part.purchase_factor
    return Decimal(1)
