"""The demo's jobs: what the quotes became, in every state, with what is bought for them and what is made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from core.writing.unit_of_work import UnitOfWork
from jobs.demo.needs import Needed, buy, reserve
from jobs.demo.selling import quote_of
from jobs.demo.shop import SYSTEM, Shop
from models import ExternalId, Job, JobPart, Part, Quote, QuoteStatus, Requirement, WorkOrder
from resolvers.job_completion import complete_job
from resolvers.job_issues import issue_material
from resolvers.jobs import cancel_job, close_job, hold_job, release_job, start_job
from resolvers.quote_conversion import convert_quote
from resolvers.work_orders import finish_work_order, pause_work_order, start_work_order

_FAR: Final = ("released", "released", "draft", "released")
_NEAR: Final = ("released", "in_progress", "released", "in_progress", "on_hold")
_NOW: Final = ("in_progress", "completed", "released", "closed", "in_progress", "on_hold", "closed")
_PAST: Final = (*("closed",) * 14, "cancelled")
_BEFORE_WORK: Final = ("pending", "ordered", "pending", "reserved", "partial")
_AT_WORK: Final = ("received", "ordered", "received", "partial", "reserved", "received", "pending")
_LATE: Final = ("ordered", "received", "pending", "partial")
_MADE: Final = frozenset({"completed", "closed"})
_WORKED: Final = frozenset({"in_progress", "on_hold", *_MADE})
_REASONS: Final = ("Waiting for the client's drawing", "The machine is down", "First article was refused")


async def is_converted(unit: UnitOfWork, _stage: str, number: int) -> bool:
    """Whether the quote of a job became one before."""
    ids = [each.record_id for each in await _names(unit, [number])]
    return bool(ids and await unit.find(Quote, id=ids, status=QuoteStatus.CONVERTED))


async def _names(unit: UnitOfWork, numbers: Iterable[int]) -> list[ExternalId]:
    wanted = [f"quotes-{quote_of(each)}" for each in numbers]
    found = {each.external_id: each for each in await unit.find(ExternalId, system=SYSTEM, external_id=wanted)}
    return [found[each] for each in wanted if each in found]


@dataclass
class _Tree:
    """A job with its sub-jobs, level by level, and what is to become of it."""

    number: int
    job_id: UUID
    draw: Random
    ordered_on: date
    due_on: date
    fate: str
    materials: str
    levels: list[list[Job]] = field(default_factory=list)

    @property
    def jobs(self) -> list[Job]:
        """All of them, a job before its sub-jobs."""
        return [each for level in self.levels for each in level]


async def write_jobs(shop: Shop, numbers: range) -> None:
    """Convert quotes, and carry each job as far as its day says: late, under way, made, or long closed."""
    trees = await _convert(shop, numbers)
    for tree in trees:
        if tree.fate != "draft":
            await shop.act(release_job, tree.job_id, at=_when(shop, tree, 1))
    await shop.flush()
    for tree in trees:
        if tree.fate == "cancelled":
            await shop.act(cancel_job, tree.job_id, at=_when(shop, tree, 3))
    await shop.flush()
    await _bring_in(shop, trees)
    await _work(shop, [tree for tree in trees if tree.fate in _WORKED])


async def _convert(shop: Shop, numbers: range) -> list[_Tree]:
    unit, trees = shop.ctx.unit, []
    names = await _names(unit, numbers)
    quotes = {each.id: each for each in await unit.find(Quote, id=[each.record_id for each in names])}
    for number, name in zip(numbers, names, strict=True):
        draw, quote = shop.draw(number), quotes[name.record_id]
        job_id = UUID(str((await shop.act(convert_quote, quote.id)).row_id))
        [job] = unit.staged(Job, id=job_id)
        assert quote.received_on is not None
        assert job.due_on is not None
        ordered = min(quote.received_on + timedelta(days=draw.randint(4, 15)), shop.today - timedelta(days=1))
        job.ordered_on, job.promised_on = ordered, job.due_on
        fate, materials = _fate(number, (job.due_on - shop.today).days)
        trees.append(_Tree(number, job_id, draw, ordered, job.due_on, fate, materials))
    await shop.flush()
    for tree in trees:
        level = await unit.find(Job, id=[tree.job_id])
        while level:
            tree.levels.append(level)
            level = await unit.find(Job, "number", parent_job_id=[each.id for each in level], deleted_at=None)
    return trees


def _fate(number: int, left: int) -> tuple[str, str]:
    """What became of a job that is due in so many days, and of what it needs."""
    of = _FAR if left > 40 else _NEAR if left > 12 else _NOW if left > -35 else _PAST  # noqa: PLR2004
    fate = of[number % len(of)]
    if fate in _MADE:
        return fate, "received"
    if fate in {"draft", "cancelled"}:
        return fate, "pending"
    materials = _LATE if left < 0 else _BEFORE_WORK if fate == "released" else _AT_WORK
    return fate, materials[number // 2 % len(materials)]


def _when(shop: Shop, tree: _Tree, days: int) -> datetime:
    """So many days after the order."""
    return shop.at(tree.ordered_on + timedelta(days=days), tree.draw, days)


async def _bring_in(shop: Shop, trees: list[_Tree]) -> None:
    """Have what jobs need be ordered and come, or be kept of what is there."""
    unit = shop.ctx.unit
    bought, kept = [], []
    for tree in trees:
        if tree.materials == "pending":
            continue
        needs = await unit.find(Requirement, "created_at", job_id=[each.id for each in tree.jobs], deleted_at=None)
        parts = {each.id: each for each in await unit.find(Part, id=[n.part_id for n in needs if n.part_id])}
        found = Needed(tree.number, tree.job_id, tree.draw, tree.ordered_on, tree.due_on, needs, parts)
        if tree.materials == "reserved":
            kept.append(found)
        else:
            bought.append((found, tree.materials))
    if bought:
        await buy(shop, bought)
    if kept:
        await reserve(shop, kept)


async def _work(shop: Shop, trees: list[_Tree]) -> None:
    """Start jobs, the innermost first; issue, make and close what is made, and begin work orders of the others."""
    deepest = max((len(tree.levels) for tree in trees), default=0)
    [finished] = await shop.ids("stock_locations", "code = 'FG-01'")
    for depth in reversed(range(deepest)):
        found = [(tree, job) for tree in trees for job in (tree.levels[depth] if depth < len(tree.levels) else ())]
        for tree, job in found:
            await shop.act(start_job, job.id, at=_when(shop, tree, 9))
        await shop.flush()
        for tree, job in found:
            if tree.fate in _MADE:
                await _issue(shop, tree, job, finished)
        await shop.flush()
        made = [(tree, job) for tree, job in found if tree.fate in _MADE]
        end = {tree.number: _end(shop, tree) for tree in trees}
        for tree, job in made:
            at = max(end[tree.number] - timedelta(days=2 * depth), _when(shop, tree, 18 - depth))
            await shop.act(complete_job, job.id, {"location_id": finished}, at)
        await shop.flush()
        for tree, job in made:
            if tree.fate == "closed" or depth:
                await shop.act(close_job, job.id, at=end[tree.number] + timedelta(minutes=45))
        await shop.flush()
    await _run_work_orders(shop, [tree for tree in trees if tree.fate in {"in_progress", "on_hold"}])
    for tree in trees:
        if tree.fate == "on_hold":
            await shop.act(hold_job, tree.job_id, {"hold_reason": tree.draw.choice(_REASONS)})
    await shop.flush()


def _end(shop: Shop, tree: _Tree) -> datetime:
    """When a job was made: about the day on which it is due, and after its material came."""
    due = tree.due_on + timedelta(days=tree.number * 5 % 9 - 6)
    return shop.at(max(due, tree.ordered_on + timedelta(days=20)), Random(tree.number), _LAST_RANK)  # noqa: S311


_LAST_RANK: Final = 50


async def _issue(shop: Shop, tree: _Tree, job: Job, finished: UUID) -> None:
    """Issue all that a job needs: what came for it, and what its sub-jobs made."""
    unit = shop.ctx.unit
    needs = [
        each for each in await unit.find(Requirement, "created_at", job_id=job.id, deleted_at=None) if each.part_id
    ]
    parts = {each.id: each for each in await unit.find(Part, id=[each.part_id for each in needs])} if needs else {}
    place = await Needed.place(shop, tree.number)
    lines: list[dict[str, Any]] = [
        {
            "requirement_id": need.id,
            "location_id": place,
            "quantity": need.quantity,
            "lot": Needed.lot(tree.number, parts[need.part_id]) if need.part_id else None,
        }
        for need in needs
    ]
    below = await unit.find(Job, "number", parent_job_id=job.id, deleted_at=None)
    made = await unit.find(JobPart, "job_id", job_id=[each.id for each in below]) if below else []
    lines += [{"sub_job_id": each.job_id, "location_id": finished, "quantity": each.quantity} for each in made]
    if lines:
        await shop.act(issue_material, job.id, {"lines": lines}, _when(shop, tree, 10 + len(tree.levels)))


async def _run_work_orders(shop: Shop, trees: list[_Tree]) -> None:
    """Of jobs whose material is there the first step is done; the next runs, or pauses, where its machine is free."""
    ready = [tree for tree in trees if tree.materials in {"received", "reserved"}]
    inner = [(tree, tree.levels[-1][0]) for tree in ready]

    async def step(of: Callable[..., Any], status: str, days: int, *, all_of: bool = True) -> None:
        for tree, job in inner:
            orders = await shop.ctx.unit.find(WorkOrder, "sequence", job_id=job.id, status=status, deleted_at=None)
            for order in orders[:1]:
                if (all_of or tree.number % 2) and order.work_center_id not in busy:
                    await shop.act(of, order.id, at=_when(shop, tree, days))
                    if of is start_work_order:
                        busy.add(order.work_center_id)
                    await shop.flush()

    where = "status = 'running' and work_center_id is not null"
    running = await shop.ctx.unit.find(WorkOrder, id=await shop.ids("work_orders", where))
    busy = {each.work_center_id for each in running}
    taken = set(busy)
    await step(start_work_order, "ready", 11)
    busy = set()
    for tree, job in inner:
        for order in await shop.ctx.unit.find(WorkOrder, job_id=job.id, status="running", deleted_at=None):
            quantity = {"good_quantity": order.quantity}
            await shop.act(finish_work_order, order.id, quantity, _when(shop, tree, 13))
    await shop.flush()
    busy = set(taken)
    await step(start_work_order, "ready", 14)
    busy = set()
    await step(pause_work_order, "running", 14, all_of=False)
