"""Explosion: the work orders, requirements and sub-jobs that follow from the released parts a draft job makes.

Each row remembers what it follows from (`Job.exploded`), so exploding again changes, adds and deletes what differs, and
nothing else. Rows that somebody added by hand stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeVar
from uuid import UUID

from core.errors import Invalid
from core.record import Record
from core.values import exact
from core.values.checked import LIMIT
from core.values.ids import new_id
from engine.run.context import Command
from models import (
    BomLine,
    Job,
    JobPart,
    OperationKind,
    Part,
    PartKind,
    Requirement,
    RequirementKind,
    RoutingOperation,
    WorkOrder,
)
from resolvers.job_content import Content, check_free, remove
from resolvers.job_materials import material_status, reserved_for
from resolvers.job_totals import settle_job
from resolvers.recipes import Recipes

R = TypeVar("R", bound=Record)
MOST: Final = 5_000
"""Rows that one job explodes into at most."""
_STEP: Final = 10
"""Between the sequences of two work orders, so that others fit in between."""
_NEEDED: Final = {
    PartKind.MATERIAL: RequirementKind.MATERIAL,
    PartKind.CONSUMABLE: RequirementKind.PURCHASED_ITEM,
    PartKind.PURCHASED: RequirementKind.PURCHASED_ITEM,
    PartKind.SERVICE: RequirementKind.OUTSIDE_OPERATION,
}
"""What a component asks for; a tool is not used up, and asks for nothing."""


@dataclass
class Explosion:
    """One run over a job and its sub-jobs: what there is of them (locked, or new), and what each job makes."""

    ctx: Command
    recipes: Recipes
    content: Content
    parts: dict[UUID, list[JobPart]]
    rows: int = 0

    async def run(self, job: Job) -> None:
        """Explode a job that is there and all below it; stages what changes, the job itself if it does."""
        before = dict(vars(job))
        await self._run(_Found(job, is_changed=False), before)

    async def run_new(self, job: Job) -> None:
        """Explode a new job, and stage it."""
        await self._run(_Found(job, is_new=True, put=self.parts[job.id]), dict(vars(job)))

    async def _run(self, found: _Found, before: dict[str, Any]) -> None:
        job, level = found.job, _Level(self, found.job)
        below = level.explode()
        settle_job(job, {"parts": [*self.parts[job.id]]})
        kept = {} if found.is_new else await reserved_for(self.ctx.unit, [each.id for each in level.needs])
        job.material_status = material_status(level.needs, kept)
        if found.is_new or found.is_changed or vars(job) != before:
            self.ctx.save(job, event="job.created" if found.is_new else "job.updated")
            self.ctx.inside(job, put=found.put)
        for each in below:
            await self._run(each, dict(vars(each.job)))

    def count(self) -> None:
        """Count a row; Invalid when there are too many."""
        self.rows += 1
        if self.rows > MOST:
            raise Invalid(f"a job explodes into {MOST:,} work orders, requirements and sub-jobs at most", field="id")


@dataclass(slots=True)
class _Found:
    """A job of the run: whether it is new or changed already, and which of its parts are to be written."""

    job: Job
    is_new: bool = False
    is_changed: bool = False
    put: Sequence[JobPart] = ()


@dataclass
class _Level:
    """One job of the run."""

    of: Explosion
    job: Job
    known: dict[tuple[type[Record], str, str], Any] = field(default_factory=dict)
    rows: dict[str, list[str]] = field(default_factory=dict)
    needs: list[Requirement] = field(default_factory=list)
    """The requirements that the job has then."""

    def explode(self) -> list[_Found]:
        """Stage what is right below the job; returns its sub-jobs."""
        self._remember()
        below: list[_Found] = []
        snapshot: dict[str, list[str]] = {}
        sequence = 0
        for part in self.of.parts[self.job.id]:
            if part.part_id is None or self.of.recipes.unreleased(part.part_id):
                continue
            snapshot[str(part.id)] = [str(part.part_id), f"{part.quantity:f}"]
            sequence = self._operations(part, sequence)
            if not self.of.recipes.is_made(part.part_id):
                self._need(part, part.part_id, part.quantity, part.part_id)
            for line in self.of.recipes.bom.get(part.part_id, ()):
                quantity = _quantity(line, part.quantity)
                if self.of.recipes.is_made(line.component_id):
                    below.append(self._sub_job(part, line, quantity))
                else:
                    self._need(part, line.component_id, quantity, line.id)
        remove(self.of.ctx, self.known.values())
        for each in (each for each in self.known.values() if isinstance(each, Job)):
            self._remove_below(each)
        self.job.exploded = {"parts": snapshot, "rows": self.rows} if snapshot else {}
        return below

    def _remember(self) -> None:
        content, made = self.of.content, self.job.exploded.get("rows", {})
        there = (*content.orders_of(self.job.id), *content.needs_of(self.job.id), *content.below(self.job.id))
        for row in there:
            if (key := made.get(str(row.id))) is not None:
                self.known[type(row), key[0], key[1]] = row
            elif isinstance(row, Requirement):
                self.needs.append(row)

    def _remove_below(self, job: Job) -> None:
        content = self.of.content
        remove(self.of.ctx, [*content.orders_of(job.id), *content.needs_of(job.id)])
        for each in content.below(job.id):
            remove(self.of.ctx, [each])
            self._remove_below(each)

    def _row(self, model: type[R], part: JobPart, line_id: UUID, **given: Any) -> tuple[R, bool, bool]:
        """The row that follows from a line of a part, with these values; whether it is new, and whether it changes."""
        self.of.count()
        row = self.known.pop((model, str(part.id), str(line_id)), None)
        is_new = row is None
        row = model(id=new_id(model)) if row is None else row
        before = dict(vars(row))
        vars(row).update(given)
        self.rows[str(row.id)] = [str(part.id), str(line_id)]
        return row, is_new, vars(row) != before

    def _save(self, name: str, row: Record, *, is_new: bool, is_changed: bool) -> None:
        if is_new or is_changed:
            self.of.ctx.save(row, event=f"{name}.{'created' if is_new else 'updated'}")

    def _add_need(self, part: JobPart, line_id: UUID, **given: Any) -> None:
        given |= {"job_id": self.job.id, "job_part_id": part.id, "required_on": part.due_on or self.job.due_on}
        need, is_new, is_changed = self._row(Requirement, part, line_id, **given)
        if is_changed and not is_new:
            check_free(need)
        self._save("requirement", need, is_new=is_new, is_changed=is_changed)
        self.needs.append(need)

    def _operations(self, part: JobPart, sequence: int) -> int:
        """The work orders of a part, each after the one before it; returns the last sequence."""
        assert part.part_id is not None
        before: list[str] = []
        for step in self.of.recipes.operations.get(part.part_id, ()):
            sequence += _STEP
            order, is_new, is_changed = self._row(
                WorkOrder,
                part,
                step.id,
                **_of_step(step),
                job_id=self.job.id,
                job_part_id=part.id,
                sequence=sequence,
                predecessor_ids=before,
                quantity=part.quantity,
                rate=self.of.recipes.rate(step),
            )
            self._save("work_order", order, is_new=is_new, is_changed=is_changed)
            before = [str(order.id)]
            if step.kind == OperationKind.OUTSIDE:
                self._add_need(
                    part,
                    step.id,
                    kind=RequirementKind.OUTSIDE_OPERATION,
                    work_order_id=order.id,
                    part_id=None,
                    supplier_id=step.supplier_id,
                    description=step.name,
                    quantity=part.quantity,
                    unit=part.unit,
                )
        return sequence

    def _need(self, part: JobPart, component_id: UUID, quantity: Decimal, line_id: UUID) -> None:
        component = self.of.recipes.parts[component_id]
        kind = _NEEDED.get(PartKind(component.kind))
        if kind is not None:
            self._add_need(
                part,
                line_id,
                kind=kind,
                part_id=component.id,
                description=_called(component),
                quantity=quantity,
                unit=component.unit,
            )

    def _sub_job(self, part: JobPart, line: BomLine, quantity: Decimal) -> _Found:
        component = self.of.recipes.parts[line.component_id]
        above = {name: getattr(self.job, name) for name in ("client_id", "currency", "priority", "customer_po_number")}
        above |= {"due_on": part.due_on or self.job.due_on, "parent_job_id": self.job.id, "title": _called(component)}
        job, is_new, is_changed = self._row(Job, part, line.id, **above)
        made = {"part_id": component.id, "description": _called(component), "quantity": quantity}
        made |= {"unit": component.unit, "due_on": above["due_on"]}
        lines = self.of.parts.setdefault(job.id, [])
        if not lines:
            lines.append(JobPart(id=new_id(JobPart), job_id=job.id, position=1))
        differs = any(getattr(lines[0], name) != value for name, value in made.items())
        vars(lines[0]).update(made)
        return _Found(job, is_new=is_new, is_changed=is_changed or differs, put=lines[:1] if differs else [])


def _quantity(line: BomLine, quantity: Decimal) -> Decimal:
    """How many of a component go into so many of a part, with what is lost, rounded up to six decimals."""
    lost = exact.plus(Decimal(1), line.scrap)
    found = exact.divided(exact.times(exact.times(line.quantity, quantity), lost), Decimal(1), up=True)
    if found >= LIMIT:
        raise Invalid(f"the job takes {found:f} of a component; it must be less than {LIMIT:f}", field="quantity")
    return found


def _of_step(step: RoutingOperation) -> dict[str, Any]:
    names = ("name", "kind", "work_center_id", "supplier_id", "programming_hours", "setup_hours", "cycle_hours")
    return {each: getattr(step, each) for each in names}


def _called(part: Part) -> str:
    return f"{part.part_number} {part.name}"[:200]


def unreleased(recipes: Recipes, parts: Sequence[JobPart]) -> list[Part]:
    """Parts whose revision is a draft, among what a job makes and all that goes into it."""
    return [found for each in parts if each.part_id is not None for found in recipes.unreleased(each.part_id)]
