"""Lines that name a part count in the part's own unit: what is made of them is counted so."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any, cast
from uuid import UUID

from core.problems import Problems
from core.record import Line
from engine.run.context import Command
from models import Part


async def check_units(ctx: Command, lines: Sequence[Line], touched: AbstractSet[UUID]) -> None:
    """Raise Invalid for each touched line whose unit is not that of the part it names, or that names no part at all."""
    named = [cast("Any", each) for each in lines if each.id in touched and cast("Any", each).part_id is not None]
    if not named:
        return
    parts = {each.id: each for each in await ctx.unit.find(Part, id=sorted({each.part_id for each in named}))}
    wrong = Problems()
    for each in named:
        part, where = parts.get(each.part_id), f"parts.{each.position - 1}"
        if part is None:
            wrong.note(f"{where}.part_id", "no such part")
        elif part.unit != each.unit:
            wrong.note(f"{where}.unit", f"part {part.part_number} is counted in {part.unit}")
    wrong.check()
