"""What parts are made of and how: bills of materials and routings, read level by level down to what is bought."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from engine.run.context import Command
from models import BomLine, Part, PartKind, PartStatus, RoutingOperation, WorkCenter


@dataclass(slots=True)
class Recipes:
    """Parts by their ids, and of those that are made here and no drafts the bill of materials and the routing."""

    parts: dict[UUID, Part] = field(default_factory=dict)
    bom: dict[UUID, list[BomLine]] = field(default_factory=dict)
    operations: dict[UUID, list[RoutingOperation]] = field(default_factory=dict)
    rates: dict[UUID, Decimal | None] = field(default_factory=dict)
    """What an hour costs at each work center."""

    def is_made(self, part_id: UUID) -> bool:
        """Whether a part is made here."""
        return self.parts[part_id].kind == PartKind.MANUFACTURED

    def is_released(self, part_id: UUID) -> bool:
        """Whether its revision was released once: its recipe does not change, also when it is obsolete now."""
        return self.parts[part_id].status != PartStatus.DRAFT

    def unreleased(self, part_id: UUID) -> list[Part]:
        """Parts made here whose revision is a draft, among this one and all that go into it."""
        found: dict[UUID, Part] = {}
        ahead, seen = [part_id], {part_id}
        while ahead:
            each = ahead.pop()
            if self.is_made(each) and not self.is_released(each):
                found[each] = self.parts[each]
            below = {line.component_id for line in self.bom.get(each, ())} - seen
            ahead += below
            seen |= below
        return list(found.values())

    def rate(self, operation: RoutingOperation) -> Decimal | None:
        """What an hour of an operation costs."""
        if operation.rate is not None or operation.work_center_id is None:
            return operation.rate
        return self.rates.get(operation.work_center_id)


async def read_recipes(ctx: Command, part_ids: Iterable[UUID]) -> Recipes:
    """Read parts and all that goes into them: two statements for each level, three in all for the routings."""
    found = Recipes()
    wanted = sorted(set(part_ids))
    while wanted:
        found.parts |= {each.id: each for each in await ctx.unit.find(Part, id=wanted)}
        made = [each for each in wanted if found.is_made(each) and found.is_released(each)]
        lines = await ctx.unit.find(BomLine, "part_id", "position", part_id=made) if made else []
        for line in lines:
            found.bom.setdefault(line.part_id, []).append(line)
        wanted = sorted({line.component_id for line in lines} - found.parts.keys())
    made = [each for each in found.parts if found.is_made(each) and found.is_released(each)]
    for step in await ctx.unit.find(RoutingOperation, "part_id", "position", part_id=made) if made else []:
        found.operations.setdefault(step.part_id, []).append(step)
    steps = (step for steps in found.operations.values() for step in steps)
    centers = sorted({step.work_center_id for step in steps if step.work_center_id is not None})
    if centers:
        found.rates = {each.id: each.rate_per_hour for each in await ctx.unit.find(WorkCenter, id=centers)}
    return found
