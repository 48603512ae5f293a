"""Rows inside a document: a list that is sent whole replaces the list that was there, keeping rows named by id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from core.errors import Invalid
from core.record import Part, Record
from engine.context import Context

MOST_INSIDE: Final = 1_000
"""How many rows one document may hold."""


def put_inside(
    ctx: Context, row: Record, wanted: Sequence[Part], sent: Sequence[Any], *, field: str, now: Sequence[Part] = ()
) -> None:
    """Stage the changes that turn the rows `now` inside `row` into the ones wanted.

    `sent` are the inputs the wanted rows were made from, in the same order: one that names an `id` keeps that row, and
    is Invalid when the document does not hold it (or names it twice).
    """
    known = {each.id: each for each in now}
    seen = set()
    for place, (line, each) in enumerate(zip(sent, wanted, strict=True)):
        if line.id is not None and (line.id not in known or line.id in seen):
            message = f"{field}.{place}.id: {'named twice' if line.id in seen else 'not in this document'}"
            raise Invalid(message, field=f"{field}.{place}.id")
        seen.add(each.id)
    for each in wanted:
        if each.id in known:
            known[each.id].sqlmodel_update(each.model_dump(exclude={"workspace_id"}))
    put = [known.get(each.id, each) for each in wanted]
    ctx.inside(row, put=put, remove=[each for each in now if each.id not in seen])
