"""The statements a command ends with, put together from the parts in `core.writing.writes` and kept by their shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from core.record import Row
from core.writing.audit import Entries
from core.writing.audit_rows import Author, audited
from core.writing.claim import LONGEST_BODY, Claim, Render
from core.writing.columns import columns_of
from core.writing.staging import Staging
from core.writing.writes import Cte, Delete, Events, Insert, Projection, Update, written_by

_MAX_KEPT: Final = 2_000
_kept: dict[object, str] = {}
"""SQL text by shape; emptied when it is full, which only documents made by a program can bring about."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What a finished command answers, beside its body."""

    status: int
    location: str | None
    record_id: UUID | None


class Numbered:
    """Counts the parameters of a statement while its text is made."""

    def __init__(self, after: int) -> None:
        self.count = after

    def __call__(self, kind: str) -> str:
        """Reserve the next parameter."""
        self.count += 1
        return f"${self.count}::{kind}"


def ctes_of(staging: Staging, projections: Mapping[type[Any], Projection], author: Author) -> list[Cte]:
    """Return the CTEs that write what is staged, its events and the entries of the audit."""
    staging.check()
    total = len(staging.events)
    taken = staging.series
    inserts = [Insert(model, list(rows.values()), total, taken) for model, rows in staging.inserts.items() if rows]
    updates = [Update(model, list(rows.values()), total) for model, rows in staging.updates.items() if rows]
    deletes = [Delete(model, list(rows.values())) for model, rows in staging.deletes.items() if rows]
    parts: list[Cte] = [*inserts, *updates, *deletes]
    writes: list[Insert | Update] = [*inserts, *updates]
    entries = Entries(staging)
    for write in writes:
        ids = {staged.row.id for staged in write.staged}
        if events := [e for e in staging.events if type(e.record) is write.model and e.record.id in ids]:
            parts.append(Events(write.name, events, total, projections[write.model], author.origin.request_id))
            parts += audited(write, entries, total, author)
    return parts


def whole(parts: Sequence[Cte], staging: Staging, claim: Claim | None, render: Render) -> str:
    """Form A: claim, queue, tick, rows, events, answer and record in one statement (`enter_args` + parts + render)."""

    def write() -> str:
        take = Numbered(0)
        entered = ", ".join(take(kind) for kind in ("uuid", "bigint", "text", "bytea", "integer"))
        ctes = [f"t as materialized (select * from enter({entered}{_takes(staging, take)}))"]
        recorded = [take(kind) for kind in _RECORDED] if claim else []
        ctes += [part.sql(take) for part in parts]
        body = render.expression(_written(staging.inserts), take.count + 1)
        ctes.append(f"d as materialized (select case when t.state = 'go' then ({body}) end as body, t.clock from t)")
        if claim:
            ctes.append(f"i as ({_record('$3', '$4', recorded)} from t, d where t.state = 'go')")
        return (
            f"with {', '.join(ctes)} select t.state, t.status, t.location, t.scopes, t.record_id,"
            " convert_to(coalesce(d.body, t.body), 'UTF8') as body from t, d"
        )

    return _keep(
        ("whole", min(len(staging.series), 2), claim is None, render.key, *(part.shape for part in parts)), write
    )


def ticking(parts: Sequence[Cte], staging: Staging) -> str:
    """Form B, first: queue, tick, rows and events (`$1` workspace, `$2` epoch, `$3` events, series, parts)."""

    def write() -> str:
        take = Numbered(0)
        ticked = ", ".join(take(kind) for kind in ("uuid", "bigint", "integer"))
        ctes = [f"t as materialized (select * from tick({ticked}{_takes(staging, take)}))"]
        ctes += [part.sql(take) for part in parts]
        return f"with {', '.join(ctes)} select t.state, {_changed(parts)} as changed from t"

    return _keep(("ticking", _series(staging), *(part.shape for part in parts)), write)


def ticking_and_rendering(parts: Sequence[Cte], staging: Staging, claim: Claim | None, render: Render) -> str:
    """Form B in one: queue, tick, rows, events, the answer and its record.

    `$1` workspace, `$2` epoch, `$3` events, series, parts, then the claim and its record, then the answer's own. The
    answer reads tables as they were before the statement, so each that is written is put together with its changes.
    """

    def write() -> str:
        take = Numbered(0)
        ticked = ", ".join(take(kind) for kind in ("uuid", "bigint", "integer"))
        ctes = [f"t as materialized (select * from tick({ticked}{_takes(staging, take)}))"]
        ctes += [part.sql(take) for part in parts]
        claimed = (take("text"), take("bytea"), [take(kind) for kind in _RECORDED]) if claim else None
        body = render.expression(_merged(parts), take.count + 1)
        ctes.append(f"d as materialized (select case when t.state = 'go' then ({body}) end as body, t.clock from t)")
        if claimed is not None:
            ctes.append(f"i as ({_record(*claimed)} from t, d where t.state = 'go')")
        return (
            f"with {', '.join(ctes)} select t.state, {_changed(parts)} as changed,"
            " convert_to(d.body, 'UTF8') as body from t, d"
        )

    shapes = tuple(part.shape for part in parts)
    return _keep(("ticking and rendering", _series(staging), claim is None, render.key, *shapes), write)


def _changed(parts: Sequence[Cte]) -> str:
    counts = [f"(select count(*) from {part.name})" for part in parts if isinstance(part, Update | Delete)]
    return " + ".join(counts) or "0"


def _merged(parts: Sequence[Cte]) -> dict[str, str]:
    """SQL text of all rows of each table that is written, as they will be."""
    found: dict[str, str] = {}
    for table in {part.columns.table for part in parts if isinstance(part, Insert | Update | Delete)}:
        here = [part for part in parts if isinstance(part, Insert | Update | Delete) and part.columns.table == table]
        old = [f"select id from {part.name}" for part in here if not isinstance(part, Insert)]
        new = [f" union all select * from {part.name}" for part in here if not isinstance(part, Delete)]
        kept = f" where id not in ({' union all '.join(old)})" if old else ""
        found[table] = f"(select * from {table}{kept}{''.join(new)})"
    return found


def rendering(claim: Claim | None, render: Render) -> str:
    """Form B, second: the answer, on a snapshot that has the rows, and its record."""

    def write() -> str:
        take = Numbered(1)
        if claim is None:
            body = render.expression({}, 2)  # which may be literal text: then nothing else says what `$1` is
            return f"select convert_to(({body}), 'UTF8') as body where $1::uuid is not null"
        key, fingerprint = take("text"), take("bytea")
        recorded = [take(kind) for kind in _RECORDED]
        body = render.expression({}, take.count + 1)
        return (
            f"with d as materialized (select ({body}) as body, clock_timestamp() as clock),"
            f" i as ({_record(key, fingerprint, recorded)} from d)"
            " select convert_to(body, 'UTF8') as body from d"
        )

    return _keep(("rendering", claim is None, render.key), write)


def record() -> str:
    """Form B, second, when the answer is made already: its record (`recorded_args` and the body follow the claim)."""
    take = Numbered(1)
    key, fingerprint = take("text"), take("bytea")
    recorded = [take(kind) for kind in _RECORDED]
    return f"{_record(key, fingerprint, recorded)} from (select {take('text')} as body, clock_timestamp() as clock) d"


def recorded_args(claim: Claim | None, ending: Ending) -> list[Any]:
    """Return the parameters of an idempotency record, without key and fingerprint."""
    return [] if claim is None else [ending.status, ending.location, list(claim.scopes), ending.record_id]


_RECORDED: Final = ("smallint", "text", "text[]", "uuid")


def _record(key: str, fingerprint: str, recorded: Sequence[str]) -> str:
    """Return a plain insert: DO NOTHING would keep the effect and drop the record."""
    status, location, scopes, record_id = recorded
    return (
        "insert into idempotency"
        " (workspace_id, key, fingerprint, status, location, scopes, record_id, body, created_at)"
        f" select $1::uuid, {key}, {fingerprint}, {status}, {location}, {scopes}, {record_id},"
        f" case when octet_length(d.body) <= {LONGEST_BODY} or {record_id} is null then d.body end, d.clock"
    )


def taken(staging: Staging) -> list[Any]:
    """Return the parameters that say how many numbers of which series are taken: of one, or of several as JSON."""
    if len(staging.series) > 1:
        return [orjson.dumps(staging.series).decode()]
    return [each for pair in staging.series.items() for each in pair]


def _series(staging: Staging) -> int:
    """Return what of the series decides the text: none, one or several."""
    return min(len(staging.series), 2)


def _takes(staging: Staging, take: Numbered) -> str:
    if len(staging.series) > 1:
        return f", takes => {take('jsonb')}"
    return f", series => {take('text')}, taken => {take('integer')}" if staging.series else ""


def _written(inserts: Mapping[type[Row], Any]) -> dict[str, str]:
    return {columns_of(model).table: written_by(model) for model, rows in inserts.items() if rows}


def _keep(shape: object, write: Callable[[], str]) -> str:
    sql = _kept.get(shape)
    if sql is None:
        if len(_kept) >= _MAX_KEPT:
            _kept.clear()
        sql = _kept[shape] = write()
    return sql
