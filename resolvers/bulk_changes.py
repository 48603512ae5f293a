"""Changing a record that a bulk command found: nothing is staged where nothing differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, TypeVar
from uuid import UUID

from core.absent import ABSENT, given_fields
from core.errors import ForgeError
from core.record import Line, Record
from engine.run.context import Command
from resolvers.aggregate import Aggregate
from resolvers.lines import Inside, Lines, replace_lines, written_in
from resolvers.several import check_fixed

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Scopes:
    """The scopes that it takes to change a record, and to bring one back; None: those of the command itself."""

    edit: str | None
    restore: str | None


async def change_record(
    ctx: Command, of: Aggregate[R], record: R, sent_input: Any, inside: Inside, edit: str | None, restore: str | None
) -> bool:
    """Stage what an input changes of a record that is there; False when that is nothing.

    `edit` is the scope that it takes to change one, `restore` to bring a deleted one back. Whether a field is so
    already is not told to a key that may not see it: naming one counts as a change.
    """
    before = dict(vars(record))
    loaded = {name: list(rows) for name, rows in inside.items()}
    lines_before = {each.id: dict(vars(each)) for rows in inside.values() for each in rows}
    given = given_fields(sent_input)
    given.pop("id", None)
    check_fixed(record, given)
    sent = {each: given.pop(each.name) for each in of.lines if each.name in given}
    if "external_ids" in given:
        given["external_ids"] = _with_those_of(record, given["external_ids"])
    unseen = _names_unseen(ctx, record, given, sent)
    restored = record.deleted_at is not None
    if restored:
        await _bring_back(ctx, of, record, restore)
    try:
        wrong = await of.set_columns(ctx, record, given)
        gone: list[Line] = []
        for lines, wanted in sent.items():
            replace_lines(lines, record.id, _in_place(lines, record.id, wanted, inside), inside, gone, wrong)
        wrong.check()
        await of.fit_rows(ctx, record, written_in(of.lines, inside, _touched(inside, lines_before)))
        if of.settle is not None:
            of.settle(record, inside)
        touched = _touched(inside, lines_before)
        changed = {name for name, value in vars(record).items() if value != before[name]} - {"deleted_at"}
        lines_differ = bool(touched or gone)
        differs = lines_differ or unseen or bool(changed)
        if differs:
            _check_allowed(ctx, of, record, edit, content=lines_differ or of.is_content(changed))
        if differs or restored:
            await of.stage(ctx, record, inside, touched, gone, event="restored" if restored else "updated")
    except ForgeError:
        _put_back(record, before)
        for rows in loaded.values():
            for each in rows:
                _put_back(each, lines_before[each.id])
        raise
    return differs or restored


def _touched(inside: Inside, before: dict[UUID, dict[str, Any]]) -> set[UUID]:
    """The rows that are new, or other than before."""
    return {each.id for rows in inside.values() for each in rows if vars(each) != before.get(each.id)}


def _check_allowed(ctx: Command, of: Aggregate[R], record: R, scope: str | None, *, content: bool) -> None:
    if scope is not None:
        ctx.principal.require(scope)
    of.check_editable(record, content=content)


async def _bring_back(ctx: Command, of: Aggregate[R], record: R, scope: str | None) -> None:
    if scope is not None:
        ctx.principal.require(scope)
    await of.bring_back(ctx, record)


def _put_back(row: Record | Line, values: dict[str, Any]) -> None:
    vars(row).clear()
    vars(row).update(values)


def _names_unseen(ctx: Command, record: Record, given: dict[str, Any], sent: dict[Lines, Any]) -> bool:
    """Whether an input names a field that the key may not see, of the record or of a line."""
    names = _unseen(ctx, type(record))
    if not names.isdisjoint(given):
        return True
    for lines, wanted in sent.items():
        hidden = _unseen(ctx, lines.model)
        if any(not hidden.isdisjoint(given_fields(each)) for each in wanted if hidden):
            return True
    return False


def _unseen(ctx: Command, model: type[Record | Line]) -> frozenset[str]:
    columns = ctx.spec_of(model).columns()
    return frozenset(each.column for each in columns if each.scope and each.scope not in ctx.principal.scopes)


def _in_place(lines: Lines, parent: UUID, sent: Sequence[Any], inside: Inside) -> list[Any]:
    """Give lines without an id that of the line at their place, so that what is sent again changes nothing."""
    column = lines.model.parent_column
    there = [each for each in inside[lines.name] if getattr(each, column) == parent]
    named = {each.id for each in sent if each.id is not None}
    for one, line in zip(sent, there, strict=False):
        if one.id is None and line.id not in named:
            one.id = line.id
            for each in lines.inside:
                if (below := getattr(one, each.name)) is not ABSENT:
                    setattr(one, each.name, _in_place(each, line.id, below, inside))
    return list(sent)


def _with_those_of(record: Record, given: Sequence[Any]) -> list[Any]:
    """The external ids that a record has, and those that an input adds: none is taken away."""
    there = [(each["system"], each["external_id"]) for each in record.external_ids]
    kept = [SimpleNamespace(system=system, external_id=external_id) for system, external_id in there]
    return [*kept, *(each for each in given if (each.system, each.external_id) not in there)]
