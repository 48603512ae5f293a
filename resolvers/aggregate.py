"""Aggregates: a record with the rows inside it, changed as a whole under one lock.

    lock → version → right to edit or to move → patch → lines → settle (derived values) → event → rows

    ORDERS = Aggregate(Order, lines=(Lines("lines", OrderLine, (Lines("schedules", Schedule),)),), settle=totals)
    create_order = ORDERS.create("Write a draft order, with its lines.", "What a new order is made of.")
    send_order = ORDERS.move("send", (DRAFT,), SENT, "Send a draft order to its supplier.")

Each of these is a resolver: its docstring is the API's documentation, its input follows from the model.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar, Unpack, cast
from uuid import UUID

from core.absent import given_fields
from core.errors import Conflict, NotFound
from core.problems import Problems
from core.record import WRITTEN_BY_CALLERS, Line, Record
from core.values.ids import new_id
from engine.declare.model_inputs import create_input, update_input
from engine.declare.names import pascal, snake
from engine.declare.rows import Filter, Page, Rows
from engine.run.context import Command
from resolvers.every_record import set_common
from resolvers.judging import Examine, Judge, Prepare, takes_all
from resolvers.lines import Inside, Lines, Written, load_rows, make_rows, replace_lines, written_in
from resolvers.moves import How, Resolver, move
from resolvers.states import Move, any_of, called, standing
from resolvers.versions import ExpectedVersion, check_version

R = TypeVar("R", bound=Record)
Settle = Callable[[Any, Inside], None]
"""Works out the derived columns of a record and of the rows inside it, from what they hold: no I/O, nothing else."""
Fit = Callable[[Command, Any, Sequence[Written]], Awaitable[None]]
"""Told a record and the rows of its lists that an input writes: fills what was left out of them, or refuses it."""

AGGREGATES: Final[dict[type[Record], Aggregate[Any]]] = {}
"""Every aggregate by its record: what is derived of all of them is made from it."""


@dataclass(frozen=True)
class Aggregate(Generic[R]):
    """What can be done with a record and what is inside it.

    `editable` are the values of `status` in which its content may change; without any it always may. Tags, notes,
    custom fields, external ids and the columns that are `free` are no content: they may change unless it is `locked`.
    """

    model: type[R]
    lines: tuple[Lines, ...] = ()
    settle: Settle | None = None
    prepare: Prepare | None = None
    fit: Fit | None = None
    examine: Examine = takes_all
    admit: Callable[[Command], Awaitable[None]] | None = None
    """Asked before a record is added or brought back: whether there may be one more."""
    editable: tuple[StrEnum, ...] = ()
    locked: tuple[StrEnum, ...] = ()
    free: tuple[str, ...] = ()
    family: str = ""
    events: set[str] = field(default_factory=set)  # those that what is named of it tells
    moves: list[Move] = field(default_factory=list)
    _inputs: dict[str, type] = field(default_factory=dict)

    def __post_init__(self) -> None:
        AGGREGATES[self.model] = self

    @property
    def name(self) -> str:
        """What events call it: `purchase_order`."""
        return self.family or snake(self.model.__name__)

    def told(self, what: str) -> str:
        """The name of an event that is told of it: `purchase_order.sent`."""
        self.events.add(f"{self.name}.{what}")
        return f"{self.name}.{what}"

    # Resolvers: each is called once, where a module names what can be done.

    def page(self, about: str) -> Resolver:
        """The list, filtered and paged."""

        async def resolve(ctx: Command, filter: Any, page: Page) -> Rows[R]:
            return ctx.rows(self.model).filter(filter).page(page)

        return self.documented(resolve, about, filter=Filter[self.model] | None)  # type: ignore[name-defined]

    def get(self, about: str) -> Resolver:
        """One record by its id."""

        async def resolve(ctx: Command, id: UUID) -> Rows[R]:
            return ctx.rows(self.model).by_id(id)

        return self.documented(resolve, about)

    def create(self, about: str, about_input: str, **more: tuple[Any, Any]) -> Resolver:
        """Make a record, with what is inside it. `more` are fields of the input that `prepare` takes out of it."""
        self.told("created")

        async def resolve(ctx: Command, input: Any) -> Rows[R]:
            return await self.make(ctx, input)

        self._inputs["create"] = create_input(self.model, self.inputs(), about_input, self.name, more)
        return self.documented(resolve, about, input=self._inputs["create"])

    def update(self, about: str, about_input: str, **more: tuple[Any, Any]) -> Resolver:
        """Change a record; what the input does not name stays, a list that it names is the whole list."""
        self.told("updated")

        async def resolve(ctx: Command, id: UUID, input: Any, expected_version: Any = None) -> Rows[R]:
            found = await self.lock(ctx, id, expected_version)
            self.check_editable(found, content=self.is_content(given_fields(input)))
            return await self.change(ctx, found, input)

        hint = update_input(self.model, self.inputs(), about_input, self.name, more)
        return self.documented(resolve, about, input=hint, expected_version=ExpectedVersion)

    def delete(self, about: str) -> Resolver:
        """Delete a record: lists hide it, what refers to it still shows it."""
        event = self.told("deleted")

        async def resolve(ctx: Command, id: UUID, expected_version: Any = None) -> Rows[R]:
            found = await self.lock(ctx, id, expected_version, editing=True)
            deleted = ctx.delete(found, event=event)
            await self.follow(ctx, found)
            return deleted

        return self.documented(resolve, about, expected_version=ExpectedVersion)

    def restore(self, about: str) -> Resolver:
        """Bring a deleted record back; one that is not deleted is a conflict."""
        event = self.told("restored")

        async def resolve(ctx: Command, id: UUID, expected_version: Any = None) -> Rows[R]:
            found = await self.lock(ctx, id, expected_version, deleted=True)
            await self.bring_back(ctx, found)
            restored = ctx.save(found, event=event)
            await self.follow(ctx, found)
            return restored

        return self.documented(resolve, about, expected_version=ExpectedVersion)

    def move(self, verb: str, by: tuple[StrEnum, ...], to: StrEnum, about: str, **how: Unpack[How]) -> Resolver:
        """Move a record from one of the states `by` to another; from any other state it is a conflict."""
        self.moves.append(Move(verb, by, to, about))
        return move(self, verb, by, to, about, self.told(how.get("tells") or how.get("past") or to.value), how)

    async def make(self, ctx: Command, input: Any, **derived: Any) -> Rows[R]:
        """Stage a new record from its input; `derived` are columns that no caller writes."""
        ctx.require_live(self.model)
        given = given_fields(input)
        sent = {each.name: given.pop(each.name) for each in self.lines}
        made = self.model(id=new_id(self.model), **derived)
        if self.admit is not None:
            await self.admit(ctx)
        wrong = await self.set_columns(ctx, made, given)
        inside: Inside = {}
        for each in self.lines:
            inside |= make_rows(each, made.id, sent[each.name], each.name, wrong)
        wrong.check()
        touched = {row.id for rows in inside.values() for row in rows}
        await self.fit_rows(ctx, made, written_in(self.lines, inside, touched))
        await self.stage(ctx, made, inside, touched, event="created")
        return Rows(self.model, deleted=True).by_id(made.id)

    async def lock(
        self, ctx: Command, row_id: UUID, expected: ExpectedVersion, *, editing: bool = False, deleted: bool = False
    ) -> R:
        """Lock a record: one that is there (`deleted`: one that is not), at this version, whose content may change."""
        ctx.require_live(self.model)
        found = await ctx.unit.lock(self.model, [row_id])
        if not found or (found[0].deleted_at is not None and not deleted):
            raise NotFound(f"{pascal(self.name)} not found", field="id")
        [record] = found
        check_version(record, expected)
        if deleted and record.deleted_at is None:
            raise Conflict(f"{called(record)} is not deleted")
        if editing:
            self.check_editable(record)
        return record

    async def bring_back(self, ctx: Command, record: R) -> None:
        """Let a deleted record, which is locked, be there again: only where it could be made now."""
        if self.admit is not None:
            await self.admit(ctx)
        await self.check_back(ctx, record)
        record.deleted_at = None

    async def check_back(self, ctx: Command, record: R) -> None:
        """Raise Conflict when a deleted record does not fit what is there now, where no table and no `follow` does."""

    def is_content(self, names: Iterable[str]) -> bool:
        """Whether any of these columns or lists changes only while the record is editable."""
        return not set(names) <= {*WRITTEN_BY_CALLERS, *self.free}

    def check_editable(self, record: R, *, content: bool = True) -> None:
        """Raise Conflict when the content of a record (else: its tags, notes, …) may not change in its state."""
        if self.locked and cast("Any", record).status in self.locked:
            raise Conflict(f"{called(record)} is {standing(cast('Any', record).status)}: it is locked", field="status")
        if self.editable and content:
            self.check_state(record, self.editable, f"it can be changed only while it is {any_of(self.editable)}")

    def check_state(self, record: R, allowed: tuple[StrEnum, ...], rule: str) -> None:
        """Raise Conflict when a record is in none of the states allowed."""
        status = cast("Any", record).status
        if status not in allowed:
            raise Conflict(f"{called(record)} is {standing(status)}: {rule}", field="status")

    async def change(self, ctx: Command, record: R, input: Any, inside: Inside | None = None) -> Rows[R]:
        """Stage the changes of a locked record that an input names; `inside` is what is in it, if it was read."""
        changes = given_fields(input)
        sent = {each: changes.pop(each.name) for each in self.lines if each.name in changes}
        wrong = await self.set_columns(ctx, record, changes)
        if inside is None:
            inside = await self.load(ctx, record, () if self.settle else tuple(sent))
        touched: set[UUID] = set()
        gone: list[Line] = []
        for lines, wanted in sent.items():
            touched |= replace_lines(lines, record.id, wanted, inside, gone, wrong)
        wrong.check()
        await self.fit_rows(ctx, record, written_in(self.lines, inside, touched))
        return await self.stage(ctx, record, inside, touched, gone)

    async def fit_rows(self, ctx: Command, record: R, written: Sequence[Written]) -> None:
        """Fill what an input left out of rows inside a record."""
        if self.fit is not None and written:
            await self.fit(ctx, record, written)

    async def set_columns(self, ctx: Command, record: R, given: dict[str, Any]) -> Problems:
        """Set the columns that an input names, each as the record takes it; returns what it does not take."""
        wrong = Problems()
        with wrong.apart():
            await self.examine(ctx, record, given, wrong)
            if self.prepare is not None and not wrong.any:
                await self.prepare(ctx, record, given)
        await set_common(ctx, record, given, wrong)
        for name, value in given.items():
            setattr(record, name, value)
        return wrong

    async def load(self, ctx: Command, record: R, only: Sequence[Lines] = ()) -> Inside:
        """Read what is inside a record, in its order: all lists, or these with the lists inside them."""
        inside: Inside = {each.name: [] for lines in self.lines for each in lines.all()}
        for lines in only or (self.lines if self.settle else ()):
            await load_rows(ctx, lines, [record.id], inside)
        return inside

    async def stage(
        self,
        ctx: Command,
        record: R,
        inside: Inside,
        touched: AbstractSet[UUID] = frozenset(),
        gone: Sequence[Line] = (),
        *,
        event: str = "updated",
    ) -> Rows[R]:
        """Settle, and stage the record with what was touched inside it or has other derived values than before."""
        before = {row.id: dict(vars(row)) for rows in inside.values() for row in rows if row.id not in touched}
        if self.settle is not None:
            self.settle(record, inside)
        put = [row for rows in inside.values() for row in rows if row.id in touched or vars(row) != before[row.id]]
        saved = ctx.save(record, event=event if "." in event else f"{self.name}.{event}")
        if put or gone:
            ctx.inside(record, put=put, remove=gone)
        await self.follow(ctx, record)
        return saved

    async def follow(self, ctx: Command, record: R) -> None:
        """Change what other records derive from one that was just staged; an aggregate of which any do says how."""

    def inputs(self) -> dict[str, type]:
        """The inputs of the lists, made once: create and update share them."""
        self._inputs.update({each.name: each.input() for each in self.lines if each.name not in self._inputs})
        return {each.name: self._inputs[each.name] for each in self.lines}

    def create_input(self) -> type:
        """The input of a new record."""
        return self._inputs["create"]

    def documented(self, resolve: Any, about: str, *, name: str = "", **hints: Any) -> Resolver:
        """Give a resolver its documentation and the hints that are known only now."""
        resolve.__doc__, resolve.judge = about, Judge(self.model, hints.get("input"), self.examine)
        resolve.__name__ = resolve.__qualname__ = name or self.name
        resolve.__annotations__ |= {"ctx": Command, "return": Rows[self.model], **hints}  # type: ignore[name-defined]
        known = {"id": UUID, "page": Page}
        resolve.__annotations__ |= {each: known[each] for each in resolve.__annotations__ if each in known}
        return cast("Resolver", resolve)


def now() -> datetime:
    """The moment that an effect writes down."""
    return datetime.now(UTC)
