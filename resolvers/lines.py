"""Lists inside a record, at any depth: how they are read, made from inputs, replaced and numbered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from core.absent import given_fields
from core.problems import Problems
from core.record import Line
from core.values.ids import new_id
from engine.declare.model_inputs import line_input
from engine.run.context import Command

Inside = dict[str, list[Line]]
"""The rows inside a record by the name of their list, at any depth, in their order."""


@dataclass(frozen=True, slots=True)
class Written:
    """A row that an input writes: what stands before its columns in the input's errors (`lines.0.`).

    An input that changes only the columns that are `named` says what the row was `before`.
    """

    row: Any
    where: str
    before: Mapping[str, Any] | None = None
    named: AbstractSet[str] = frozenset()


@dataclass(frozen=True)
class Lines:
    """A list inside a record: its name in inputs, the model of its rows, the lists inside each of them.

    `example` are rows as JSON that the documentation shows, where not any one row will do.
    """

    name: str
    model: type[Line]
    inside: tuple[Lines, ...] = ()
    example: tuple[Mapping[str, str], ...] = field(default=(), compare=False)

    def input(self) -> type:
        """The input of one of its rows."""
        return line_input(self.model, {each.name: each.input() for each in self.inside}, self.example)

    def all(self) -> Iterable[Lines]:
        """The list itself and those inside it."""
        yield self
        for each in self.inside:
            yield from each.all()


async def load_rows(ctx: Command, lines: Lines, parents: Sequence[UUID], inside: Inside) -> None:
    """Read the rows of a list, and of those inside each, into `inside`."""
    column = lines.model.parent_column
    rows = await ctx.unit.find(lines.model, column, "position", **{column: list(parents)})
    inside[lines.name] = list(rows)
    for each in lines.inside:
        await load_rows(ctx, each, [row.id for row in rows], inside)


def make_rows(
    lines: Lines, parent: UUID, sent: Sequence[Any], path: str, wrong: Problems | None = None, *, start: int = 1
) -> Inside:
    """Make the rows of a list, and of those inside each, from their inputs; what is refused is noted, or raised."""
    found = Problems() if wrong is None else wrong
    made: Inside = {each.name: [] for each in lines.all()}
    for place, one in enumerate(sent, start):
        given = given_fields(one) | {
            "id": one.id or new_id(lines.model),
            "position": place,
            lines.model.parent_column: parent,
        }
        below = {each: given.pop(each.name, ()) for each in lines.inside}
        if one.id is not None:
            found.note(f"{path}.{place - start}.id", "not in this document")
        made[lines.name].append(lines.model(**given))
        for each, inner in below.items():
            below_it = f"{path}.{place - start}.{each.name}"
            for name, rows in make_rows(each, given["id"], inner, below_it, found).items():
                made[name] += rows
    if wrong is None:
        found.check()
    return made


def replace_lines(
    lines: Lines, parent: UUID, sent: Sequence[Any], inside: Inside, gone: list[Line], wrong: Problems | None = None
) -> set[UUID]:
    """Turn the list of a row into what was sent; rows named by `id` stay. Returns the ids of what is written.

    What is refused is noted, or raised.
    """
    found = Problems() if wrong is None else wrong
    replacing = _Replacing(_by_parent(lines, inside), {each.name: [] for each in lines.all()}, gone, found)
    replacing.replace(lines, parent, sent, lines.name)
    if wrong is None:
        found.check()
    for name, kept in replacing.kept.items():
        others = [row for rows in replacing.known[name].values() for row in rows]
        inside[name] = [*others, *kept]
    return replacing.touched


Known = dict[str, dict[UUID, list[Line]]]
"""The rows of each list by their parents: looked up, because a search for each parent is quadratic."""


@dataclass(slots=True)
class _Replacing:
    """A list being replaced: what is known of it is taken out row by row, and is either kept or gone."""

    known: Known
    kept: Inside
    gone: list[Line]
    wrong: Problems
    touched: set[UUID] = field(default_factory=set)

    def replace(self, lines: Lines, parent: UUID, sent: Sequence[Any], path: str) -> None:
        """Replace the list of one parent, and the lists inside each of its rows."""
        column = lines.model.parent_column
        known = {row.id: row for row in self.known[lines.name].pop(parent, ())}
        for place, one in enumerate(sent):
            where = f"{path}.{place}"
            if one.id is not None and (one.id not in known or one.id in self.touched):
                self.wrong.note(f"{where}.id", "named twice" if one.id in self.touched else "not in this document")
                continue
            given = given_fields(one) | {"position": place + 1, column: parent}
            below = {each: given.pop(each.name) for each in lines.inside if each.name in given}
            row = known.get(one.id) or _empty(lines.model)
            del given["id"]
            vars(row).update(given)  # columns of the model, each checked by the input
            self.kept[lines.name].append(row)
            self.touched.add(row.id)
            for each, inner in below.items():
                self.replace(each, row.id, inner, f"{where}.{each.name}")
        for row in known.values():
            if row.id not in self.touched:
                self.gone += _take(row, lines, self.known)


def _by_parent(lines: Lines, inside: Inside) -> Known:
    known: Known = {each.name: {} for each in lines.all()}
    for each in lines.all():
        for row in inside[each.name]:
            known[each.name].setdefault(getattr(row, each.model.parent_column), []).append(row)
    return known


def _empty(model: type[Line]) -> Line:
    made: Any = model
    return cast("Line", made(id=new_id(model)))


def written_in(lists: Iterable[Lines], inside: Inside, ids: AbstractSet[UUID]) -> list[Written]:
    """Those rows of lists that an input writes, as a whole each."""
    return [
        Written(row, f"{each.name}.{row.position - 1}.") for each in lists for row in inside[each.name] if row.id in ids
    ]


def with_inside(row: Line, lines: Lines, inside: Inside) -> list[Line]:
    """A row and every row inside it."""
    return _take(row, lines, _by_parent(lines, inside))


def _take(row: Line, lines: Lines, known: Known) -> list[Line]:
    """A row and every row inside it, which are taken out of what is known."""
    found = [row]
    for each in lines.inside:
        for child in known[each.name].pop(row.id, ()):
            found += _take(child, each, known)
    return found


def number_rows(rows: Sequence[Line], model: type[Line]) -> set[UUID]:
    """Number the rows of each parent from 1 in the order they stand; returns the ids of those that moved."""
    places: dict[UUID, int] = {}
    moved: set[UUID] = set()
    for row in rows:
        parent = getattr(row, model.parent_column)
        places[parent] = places.get(parent, 0) + 1
        if row.position != places[parent]:
            row.position = places[parent]
            moved.add(row.id)
    return moved
