"""One row inside a record, added, changed or taken out by a route of its own: a list of 300 is not sent for one date.

add_order_line = add_line(ORDERS, "lines", "Add a line to a draft order.")
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

from core.absent import given_fields
from core.errors import ForgeError, NotFound
from core.record import Line, Record
from engine.declare.model_inputs import update_input
from engine.declare.names import snake
from engine.declare.rows import Rows
from engine.run.context import Command
from resolvers.aggregate import Aggregate
from resolvers.lines import Inside, Lines, Written, make_rows, number_rows, with_inside
from resolvers.moves import Resolver
from resolvers.versions import ExpectedVersion

R = TypeVar("R", bound=Record)


def add_line(of: Aggregate[R], name: str, about: str) -> Resolver:
    """Add a row to the end of a list; the id is that of the row or record which the list is in."""
    lines = _lines(of, name)
    *_, parent, _ = (None, *_chain(of.lines, lines))

    async def resolve(ctx: Command, id: UUID, input: Any, expected_version: Any = None) -> Rows[Any]:
        if parent is None:
            record = await of.lock(ctx, id, expected_version, editing=True)
            inside = await of.load(ctx, record, of.lines)
        else:
            record, inside, _ = await _line(ctx, of, parent, id, expected_version)
        place = sum(getattr(each, lines.model.parent_column) == id for each in inside[lines.name]) + 1
        made = make_rows(lines, id, [input], name, start=place)
        for list_name, rows in made.items():
            inside[list_name] += rows
        with _of_line(ctx, name, place):
            await of.fit_rows(ctx, record, [Written(made[lines.name][0], "")])
            await of.stage(ctx, record, inside, {row.id for rows in made.values() for row in rows})
        return ctx.rows(lines.model).by_id(made[lines.name][0].id)

    return of.documented(resolve, about, input=lines.input(), expected_version=ExpectedVersion)


def update_line(of: Aggregate[R], name: str, about: str) -> Resolver:
    """Change one row inside a record by its own id; the lists inside it stay."""
    lines = _lines(of, name)

    async def resolve(ctx: Command, id: UUID, input: Any, expected_version: Any = None) -> Rows[Any]:
        found, inside, line = await _line(ctx, of, lines, id, expected_version)
        before, given = dict(vars(line)), given_fields(input)
        for column, value in given.items():
            setattr(line, column, value)
        with _of_line(ctx, name, line.position):
            await of.fit_rows(ctx, found, [Written(line, "", before, given.keys())])
            await of.stage(ctx, found, inside, {line.id})
        return ctx.rows(lines.model).by_id(line.id)

    hint = update_input(lines.model, {}, f"What to change of {lines.model.__name__}.", snake(lines.model.__name__))
    return of.documented(resolve, about, input=hint, expected_version=ExpectedVersion)


def delete_line(of: Aggregate[R], name: str, about: str) -> Resolver:
    """Take one row out of a record, with what is inside it."""
    lines = _lines(of, name)

    async def resolve(ctx: Command, id: UUID, expected_version: Any = None) -> Rows[R]:
        found, inside, line = await _line(ctx, of, lines, id, expected_version)
        gone = with_inside(line, lines, inside)
        lost = {each.id for each in gone}
        for rows in inside.values():
            rows[:] = [row for row in rows if row.id not in lost]
        moved = number_rows(inside[lines.name], lines.model)
        return await of.stage(ctx, found, inside, moved, gone)

    return of.documented(resolve, about, expected_version=ExpectedVersion)


@contextmanager
def _of_line(ctx: Command, name: str, position: int) -> Iterator[None]:
    """Tell of what is refused as the caller sent it, now or when it is written: of a row by itself, not of its list."""
    ctx.unit.line = rf"(?:.*\.)?{name}\.{position - 1}\."
    try:
        yield
    except ForgeError as error:
        error.respell(ctx.unit.in_line)
        raise


async def _line(
    ctx: Command, of: Aggregate[R], lines: Lines, line_id: UUID, expected: ExpectedVersion
) -> tuple[R, Inside, Line]:
    """Lock the record that a row is inside, and find the row; NotFound when there is none."""
    missing = NotFound(f"{lines.model.__name__} not found", field="id")
    row_id: UUID | None = line_id
    for each in reversed(_chain(of.lines, lines)):
        row_id = await ctx.unit.look(each.model, row_id, each.model.parent_column)
        if row_id is None:
            raise missing
    assert row_id is not None
    record = await of.lock(ctx, row_id, expected, editing=True)
    inside = await of.load(ctx, record, of.lines)
    line = next((row for row in inside[lines.name] if row.id == line_id), None)
    if line is None:
        raise missing
    return record, inside, line


def _chain(among: Sequence[Lines], lines: Lines) -> tuple[Lines, ...]:
    """The lists from the record down to one of them."""
    for each in among:
        if each is lines:
            return (each,)
        below = _chain(each.inside, lines)
        if below:
            return (each, *below)
    return ()


def _lines(of: Aggregate[R], name: str) -> Lines:
    return next(each for lines in of.lines for each in lines.all() if each.name == name)
