"""Units of rows that name a part: the part's own, or one in which it is bought and of which the factor is known.

A unit that a caller leaves out follows from the part. All rows that name a part and count in a unit are fitted here:
lines of quotes, jobs, requests and orders, requirements, and the parts of suppliers.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from core.problems import Problems
from core.record import Record
from core.values.checked import PIECE
from core.values.units import same
from engine.run.context import Command
from models import Part, Requirement, SupplierPart
from resolvers.lines import Written
from resolvers.part_units import bought_in, factors_of, known_factor, parts_of


async def fit_units(ctx: Command, written: Sequence[Written]) -> None:
    """Give rows the unit of the part that each names; Invalid for one with another unit, or without such a part."""
    parts = await _renewed(ctx, written)
    wrong = Problems()
    for each in written:
        row, part = each.row, parts.get(each.row.part_id)
        row.unit = row.unit or (PIECE if part is None else part.unit)
        if part is not None and same(row.unit, part.unit):
            row.unit = part.unit
        elif part is not None:
            wrong.note(f"{each.where}unit", f"part {part.part_number} is counted in {part.unit}")
        _check_part(each, part, wrong)
    wrong.check()


async def fit_bought(
    ctx: Command, written: Sequence[Written], supplier_id: UUID | None = None, *, asked: bool = False
) -> None:
    """Give rows a unit and its factor, as the part is bought, of this supplier; where it is `asked` for in its own.

    Invalid for a unit of which nobody knows how many of the part's own one is, unless the row says so itself.
    """
    parts = await _renewed(ctx, written)
    offers: dict[UUID, SupplierPart] = {}
    if supplier_id is not None and parts:
        found = await ctx.unit.find(SupplierPart, supplier_id=supplier_id, part_id=sorted(parts), deleted_at=None)
        offers = {each.part_id: each for each in found}
    wrong = Problems()
    for each in written:
        row, part = each.row, parts.get(each.row.part_id)
        _check_part(each, part, wrong)
        if part is None:
            row.unit, row.factor = row.unit or PIECE, row.factor or Decimal(1)
            continue
        offer = offers.get(part.id)
        row.unit = row.unit or (part.unit if asked else bought_in(part, offer))
        if same(row.unit, part.unit) and row.unit not in factors_of(part, offer):
            row.unit = part.unit
        _fit_factor(each, part, offer, wrong)
    wrong.check()


def _fit_factor(each: Written, part: Part, offer: SupplierPart | None, wrong: Problems) -> None:
    row = each.row
    if row.factor is None:
        row.factor = known_factor(row.unit, part, offer)
        if row.factor is None:
            reason = (
                f"part {part.part_number} is counted in {part.unit}; say by `factor` how many of it one {row.unit} is"
            )
            wrong.note(f"{each.where}unit", reason)
    elif row.unit == part.unit and row.factor != 1:
        wrong.note(f"{each.where}factor", f"is 1 in {part.unit}, the part's own unit")


async def fit_requirements(ctx: Command, written: Sequence[Written]) -> None:
    """Give lines the part of the requirement that each is for; Invalid for one that names another part."""
    ids = sorted({each.row.requirement_id for each in written if each.row.requirement_id is not None})
    needs = {each.id: each for each in await ctx.unit.find(Requirement, id=ids)} if ids else {}
    wrong = Problems()
    for each in written:
        row, need = each.row, needs.get(each.row.requirement_id)
        if need is None:
            continue
        row.part_id = row.part_id or need.part_id
        if row.part_id is None:
            row.unit = row.unit or need.unit
        elif need.part_id not in {None, row.part_id}:
            wrong.note(f"{each.where}part_id", "is another part than the requirement asks for")
    wrong.check()


async def fit_given(ctx: Command, record: Record, given: dict[str, Any], *, bought: bool = False) -> None:
    """Fit what is to be set of a record that names a part itself, which never changes; `bought` says with a factor."""
    names = ("unit", "factor") if bought else ("unit",)
    if given.keys().isdisjoint(names):
        return
    row = SimpleNamespace(**{name: given.get(name, getattr(record, name)) for name in ("part_id", *names)})
    before = None if "part_id" in given else {name: getattr(record, name) for name in ("part_id", *names)}
    written = [Written(row, "", before, frozenset(given))]
    await (fit_bought(ctx, written) if bought else fit_units(ctx, written))
    given |= {name: getattr(row, name) for name in names}


async def _renewed(ctx: Command, written: Sequence[Written]) -> dict[UUID, Part]:
    """Let go of units and factors that were those of another part or unit; returns the parts."""
    for each in written:
        row, before = each.row, each.before
        if before is None or row.part_id is None:
            continue
        is_other = row.part_id != before["part_id"]
        if is_other and "unit" not in each.named:
            row.unit = None
        if (is_other or row.unit != before["unit"]) and "factor" in before and "factor" not in each.named:
            row.factor = None
    found = await parts_of(ctx, (each.row.part_id for each in written))
    return {each.id: each for each in found.values()}


def _check_part(each: Written, part: Part | None, wrong: Problems) -> None:
    if part is None and each.row.part_id is not None:
        wrong.note(f"{each.where}part_id", "no such part")
