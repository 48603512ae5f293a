"""Quotes as a shop has them after two years: what `tests.benchmarks.lists` asks, and how fast they are written."""

from __future__ import annotations

import time
from typing import Any, Final
from uuid import UUID

import asyncpg

from tests.kit import many

CLIENTS: Final = 2_000
_NOUNS = [
    "Bracket",
    "Shaft",
    "Flange",
    "Housing",
    "Gear",
    "Plate",
    "Manifold",
    "Bushing",
    "Spacer",
    "Pin",
    "Rod",
]
_NOUNS += ["Cover", "Lid", "Hinge", "Clamp", "Fixture", "Jig", "Nozzle", "Valve", "Piston", "Rotor", "Stator", "Pulley"]
_NOUNS += ["Sprocket", "Coupling", "Adapter", "Fitting", "Standoff", "Panel", "Frame", "Rail", "Carriage", "Knob"]
_MATERIALS: Final = [
    "steel",
    "aluminium",
    "brass",
    "titanium",
    "nylon",
    "copper",
    "bronze",
    "inconel",
    "peek",
    "delrin",
]
_COLUMNS: Final = (
    "workspace_id, id, created_at, updated_at, version, number, revision, status, client_id, contact_id, title,"
    " customer_rfq_number, customer_po_number, currency, due_on, expires_on, sent_at, estimator, subtotal, tax, total,"
    " cost, tags, custom_fields"
)
BATCH, TURNS = 4_000, 6


def _die(name: str) -> str:
    """SQL of a number from 0 to 1 that a row always throws under this name."""
    return f"(('x'||substr(md5(n||'{name}'),1,7))::bit(28)::int/268435456.0)"


def _one_of(words: list[str], name: str) -> str:
    """SQL of one of some words, the first ones more often."""
    listed = ",".join(f"'{word}'" for word in words)
    return f"(array[{listed}])[1+floor({_die(name)}*{_die(name)}*{len(words)})::int]"


_OLD: Final = (
    f"case when {_die('s')}<.45 then 'converted' when {_die('s')}<.75 then 'lost' when {_die('s')}<.93 then 'expired'"
    f" when {_die('s')}<.985 then 'cancelled' when {_die('s')}<.995 then 'approved' else 'sent' end"
)
_NEW: Final = f"case when {_die('s')}<.3 then 'draft' when {_die('s')}<.9 then 'sent' else 'approved' end"
_ROWS: Final = f"""
select $1::uuid, {many.identity("n", "003")}, at, at + interval '20 days' * {_die("u")}, 1, 'Q-' || n, 1,
  case when age < .02 then 'draft' when age < .08 then {_NEW} else {_OLD} end,
  {many.identity(f"(1+floor({_die('c')}*{_die('c')}*{CLIENTS})::int)", "001")},
  case when {_die("k")} < .4 then {many.identity(f"(1+floor({_die('d')}*{CLIENTS})::int)", "002")} end,
  {_one_of(_NOUNS, "noun")} || ' ' || {_one_of(_MATERIALS, "of")} || ' ' || floor({_die("size")} * 20000)::int,
  case when {_die("r")} < .5 then 'RFQ-' || floor({_die("r")} * 400000)::int end,
  case when age > .05 and {_die("s")} < .45 then 'PO ' || floor({_die("p")} * 900000)::int end,
  case when {_die("m")} < .8 then 'USD' when {_die("m")} < .95 then 'EUR'
    when {_die("m")} < .998 then 'CAD' else 'CHF' end,
  case when {_die("due")} < .8 then (at + interval '30 days' * (1 + {_die("due")}))::date end,
  case when {_die("exp")} < .9 then (at + interval '60 days' * (1 + {_die("exp")}))::date end,
  case when age >= .02 then at + interval '3 days' end,
  case when {_die("e")} < .93 then 'Estimator ' || floor((1 - age) * 20)::int * 2 + floor({_die("w")} ^ 2 * 7)::int end,
  0, 0, round(exp({_die("t")} * 9)::numeric, 2),
  case when {_die("has cost")} < .7 then round(exp({_die("cost")} * 8)::numeric, 2) end,
  case when {_die("tag")} < .01 then '{{rush,hot}}'::text[] when {_die("tag")} < .2 then '{{late}}' else '{{}}' end,
  case when {_die("custom")} < .3 then jsonb_build_object('material', {_one_of(_MATERIALS, "made of")}) else '{{}}' end
from (
  select n, 1 - n::float / $2 as age, timestamptz '2024-01-01' + (n::float / $2) * interval '700 days' as at
  from generate_series($3::int, $4::int) n
) made
"""


def client(number: int) -> UUID:
    """The id of a client; the first ones have most quotes."""
    digits = f"{1_700_000_000_000 + number:012x}"
    return UUID(f"{digits}7001{'8000000000000001'}")


async def workspace(owner: asyncpg.Connection[Any], name: str, quotes: int) -> UUID:
    """Write a company with so many quotes in its workspace."""
    made = await many.workspace(owner, name, clients=0, quotes=0)
    await owner.execute("set session_replication_role = replica")
    await owner.execute(f"insert into quotes ({_COLUMNS}) {_ROWS}", made, quotes, 1, quotes, timeout=900)
    return made


async def sizes(owner: asyncpg.Connection[Any]) -> None:
    """Print how large the indexes are against the table, as they have grown and built anew."""
    await owner.execute("set maintenance_work_mem = '256MB'")
    for state in ("grown", "built anew"):
        told = await owner.fetchrow("select pg_table_size('quotes') as own, pg_indexes_size('quotes') as indexes")
        assert told is not None
        print(f"indexes, {state}: {told['indexes'] / told['own']:.2f} of the table of {told['own'] >> 20} MB")  # noqa: T201
        if state == "grown":
            await owner.execute("reindex table quotes")


async def writes(owner: asyncpg.Connection[Any], workspace_id: UUID, quotes: int) -> None:
    """Print how many quotes a second are written in bulk, and how much of the log each takes."""
    await owner.execute(f"create temp table batch as select {_COLUMNS} from quotes limit 0")
    began, log = 0.0, await owner.fetchval("select pg_current_wal_insert_lsn()::text")
    for turn in range(TURNS):
        first = quotes + 1 + turn * BATCH
        await owner.execute("truncate batch")
        await owner.execute(
            f"insert into batch {_ROWS}", workspace_id, quotes + TURNS * BATCH, first, first + BATCH - 1
        )
        at = time.perf_counter()
        await owner.execute(f"insert into quotes ({_COLUMNS}) select {_COLUMNS} from batch")
        began += time.perf_counter() - at
    at = time.perf_counter()
    await owner.execute("select gin_clean_pending_list('quotes_search')")
    began += time.perf_counter() - at
    used = await owner.fetchval("select pg_current_wal_insert_lsn() - $1::text::pg_lsn", log)
    count = TURNS * BATCH
    print(f"bulk: {count / began:,.0f} rows a second, {float(used) / count / 1000:.1f} kB of the log a row")  # noqa: T201
