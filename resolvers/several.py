"""Several records at once: one lock statement, one read for each list, one settle each, one flush for all.

rows = await upsert(ctx, CLIENTS, "code", inputs)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from core.absent import given_fields
from core.errors import Invalid, placed
from core.facts import facts_of
from core.problems import invalid
from core.record import Record
from core.writing.columns import table_of
from engine.declare.inputs import MAX_AT_ONCE
from engine.declare.rows import Rows
from engine.run.context import Command
from resolvers.aggregate import Aggregate
from resolvers.lines import Inside, Lines, load_rows

R = TypeVar("R", bound=Record)


async def upsert(ctx: Command, of: Aggregate[R], by: str, inputs: Sequence[Any]) -> list[Rows[R]]:
    """Make or change several records: an input changes the live record that has its value of `by`, else it makes one.

    `inputs` are those of the aggregate's create, of 1,000 records at most, and `by` is a column that is unique among
    live records. A record that is changed becomes what its input says, lists included; what is fixed when a record is
    made must be as it is. All of it is written, or nothing: Invalid names the input that is wrong by its place,
    `inputs.3.name`.
    """
    if len(inputs) > MAX_AT_ONCE:
        raise Invalid(f"inputs: at most {MAX_AT_ONCE:,} at once", field="inputs")
    keys = [getattr(each, by) for each in inputs]
    places: dict[Any, int] = {}
    for place, key in enumerate(keys):
        if key is not None and places.setdefault(key, place) != place:
            where = f"inputs.{place}.{by}"
            raise Invalid(f"{where}: stands twice, first in input {places[key]}", field=where)
    known = await _lock(ctx, of, by, list(places))
    inside = await load_inside(ctx, of, [record.id for record in known.values()])
    rows = []
    for place, (key, given) in enumerate(zip(keys, inputs, strict=True)):
        try:
            record = known.get(key)
            if record is None:
                rows.append(await of.make(ctx, given))
            else:
                of.check_editable(record)
                check_fixed(record, given_fields(given))
                rows.append(await of.change(ctx, record, given, inside[record.id]))
        except Invalid as error:
            raise invalid(placed(f"inputs.{place}", each) for each in error.details) from error
    return rows


async def _lock(ctx: Command, of: Aggregate[R], by: str, keys: list[Any]) -> dict[Any, R]:
    if not keys:
        return {}
    found = await ctx.unit.find(of.model, **{by: keys, "deleted_at": None})
    locked = await ctx.unit.lock(of.model, [record.id for record in found]) if found else []
    return {getattr(record, by): record for record in locked if record.deleted_at is None}


def check_fixed(record: Record, given: Mapping[str, Any]) -> None:
    """Raise Invalid for a field that is fixed when a record is made, and is given another value."""
    for column in table_of(type(record)).columns:
        name = column.name
        if facts_of(column).fixed and given.get(name) not in {None, getattr(record, name)}:
            raise Invalid(f"{name}: is {str(getattr(record, name))[:100]} and cannot be changed", field=name)


async def load_inside(ctx: Command, of: Aggregate[R], ids: Sequence[UUID]) -> dict[UUID, Inside]:
    """Read what is inside records, each list in one statement."""
    found: dict[UUID, Inside] = {one: {each.name: [] for lines in of.lines for each in lines.all()} for one in ids}
    for lines in of.lines if ids else ():
        rows: Inside = {}
        await load_rows(ctx, lines, ids, rows)
        _share(lines, {one: one for one in ids}, rows, found)
    return found


def _share(lines: Lines, root: dict[UUID, UUID], rows: Inside, found: dict[UUID, Inside]) -> None:
    """Give each record its rows of a list and of those inside it; `root` is whose each possible parent is."""
    below: dict[UUID, UUID] = {}
    shared: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows[lines.name]:
        below[row.id] = owner = root[getattr(row, lines.model.parent_column)]
        shared[owner].append(row)
    for owner, own in shared.items():
        found[owner][lines.name] = own
    for each in lines.inside:
        _share(each, below, rows, found)
