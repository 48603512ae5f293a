"""Changing a record that a bulk command found: nothing is staged where nothing differs."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, TypeVar
from uuid import UUID

from core.absent import ABSENT, given_fields
from core.errors import ForgeError
from core.record import Line, Record
from engine.run.context import Command
from resolvers.aggregate import Aggregate
from resolvers.lines import Inside, Lines, replace_lines
from resolvers.several import check_fixed

R = TypeVar("R", bound=Record)


async def change_record(ctx: Command, of: Aggregate[R], record: R, sent_input: Any, inside: Inside) -> bool:
    """Stage what an input changes of a record that is there; False when that is nothing."""
    before = dict(vars(record))
    lines_before = {each.id: dict(vars(each)) for rows in inside.values() for each in rows}
    given = given_fields(sent_input)
    given.pop("id", None)
    check_fixed(record, given)
    sent = {each: given.pop(each.name) for each in of.lines if each.name in given}
    if "external_ids" in given:
        given["external_ids"] = _with_those_of(record, given["external_ids"])
    restored = record.deleted_at is not None
    if restored:
        if of.admit is not None:
            await of.admit(ctx)
        record.deleted_at = None
    try:
        await of.set_columns(ctx, record, given)
        gone: list[Line] = []
        for lines, wanted in sent.items():
            replace_lines(lines, record.id, _in_place(lines, record.id, wanted, inside), inside, gone)
        if of.settle is not None:
            of.settle(record, inside)
        touched = {each.id for rows in inside.values() for each in rows if vars(each) != lines_before.get(each.id)}
        if not touched and not gone and vars(record) == before:
            return False
        if not restored or len(touched) + len(gone) or vars(record) != before | {"deleted_at": None}:
            of.check_editable(record)
        await of.stage(ctx, record, inside, touched, gone, event="restored" if restored else "updated")
    except ForgeError:
        vars(record).clear()
        vars(record).update(before)
        raise
    return True


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
