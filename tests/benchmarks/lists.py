"""Filtered lists on 500,000 quotes of one workspace, and what the indexes cost: `python -m tests.benchmarks.lists`.

The data is correlated as a shop's is: old quotes are converted or lost, new ones drafts; estimators come and go; dates
follow each other. Random combinations of one to three filters in every order are asked as the API asks them, as its
role, each several times. Printed are the slowest, and how the combinations are spread, in milliseconds of CPU of
PostgreSQL's process: all data is in memory, and other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import asyncpg

from app.embedded import throw_away
from app.migrations import upgrade
from core.database.database import Database
from engine.declare.rows import Condition, Filter, Page, Rows
from engine.sql.comparisons import condition, custom
from engine.sql.filters import search
from engine.sql.orders import offered
from engine.sql.pages import settle
from engine.sql.plans import Filled, Piece, Plan, Selection
from engine.sql.selection import Nodes, Object, PageFact, PageOf, Value
from models.quote import QuoteStatus
from schema.assembly import graph
from tests.benchmarks import lists_data as data
from tests.kit import many

SPEC: Final = graph().catalogue.types["Quote"]
SIZE, TURNS, OTHERS, OTHER = 50, 8, 200, 200
ORDERS: Final = list(offered(SPEC))
START: Final = datetime(2024, 1, 1, tzinfo=UTC)
DAYS: Final = (10, 200, 400, 600, 690, 740, 780)
WORDS: Final = ("bracket", "steel", "gear br", "shaft titanium", "1234", "q-77", "po 12", "zzz")


@dataclass
class Measured:
    """One combination: the slowest of its turns and the median, in milliseconds, and what it was."""

    slowest: float
    median: float
    asked: str


def drawn(dice: random.Random) -> tuple[str, Condition]:
    """Draw a filter, and say what it is."""
    kind = dice.choice(["equal"] * 4 + ["null", "range", "range", "client", "search", "text", "tag", "custom"])
    if kind == "search":
        words = dice.choice(WORDS)
        return f"search {words}", search(SPEC, words, "search")
    if kind == "custom":
        return "custom material", custom(
            SPEC.documents()["customFields"], "material", dice.choice(["steel", "brass"]), "x"
        )
    column, operator, value = _compared(kind, dice)
    return f"{column} {operator} {value}", condition(SPEC.filters()[column], operator, value, column)


def _compared(kind: str, dice: random.Random) -> tuple[str, str, Any]:
    if kind == "equal":
        compared: list[tuple[str, list[Any]]] = [
            ("status", list(QuoteStatus)),
            ("currency", ["USD", "EUR", "CAD", "CHF", "XAF"]),
            ("estimator", [f"Estimator {number}" for number in range(0, 46, 3)]),
        ]
        column, values = dice.choice(compared)
        several = dice.random() < 0.2
        return column, "in" if several else "eq", dice.sample(values, 2) if several else dice.choice(values)
    if kind == "null":
        nullable = [key for key, each in SPEC.filters().items() if each.answer.null_token]
        return dice.choice(nullable), "is_null", dice.random() < 0.7
    if kind == "client":
        return "clientId", "eq", data.client(dice.choice([1, 2, 5, 50, 500, 1900]))
    if kind == "text":
        return "title", dice.choice(["eq", "starts_with"]), dice.choice(["Bracket steel 777", "Rod", "Collar ce"])
    if kind == "tag":
        return "tags", "has", dice.choice(["rush", "hot", "late"])
    column = dice.choice(["total", "cost", "dueOn", "expiresOn", "sentAt", "createdAt", "updatedAt"])
    day = START + timedelta(days=dice.choice(DAYS))
    value: Any = {"total": dice.choice([5, 50, 500, 4000, 7900]), "cost": dice.choice([5, 50, 500, 2900])}.get(column)
    if value is None:
        value = date.fromisoformat(day.date().isoformat()) if column.endswith("On") else day
    return column, dice.choice(["gte", "lte"]), value


def statement(rows: Rows[Any]) -> tuple[str, tuple[Any, ...]]:
    """The statement of a page with every column of its rows, and its values."""
    shown = Object(SPEC, [Value(column.name, column) for column in SPEC.columns()])
    wanted = PageOf(SPEC, [Nodes("data", shown), PageFact("next", "nextCursor")])
    pieces: list[Piece] = [Filled(Selection(SPEC, wanted), (settle(rows, SPEC),))]
    plan = Plan(graph().catalogue, pieces)
    return plan.sql, plan.values(pieces)


def used(process: int) -> int:
    """Nanoseconds of CPU that a process has used."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0])


async def measured(database: Database, process: int, workspace: UUID, dice: random.Random) -> Measured:
    """Ask for one combination several times."""
    filters = dict(drawn(dice) for _ in range(dice.choice([1, 2, 2, 3])))
    order = dice.choice(ORDERS)
    page = Page(SIZE, order=offered(SPEC)[order], backward=False)
    rows: Rows[Any] = Rows(SPEC.model).filter(Filter(tuple(filters.values()))).page(page)
    sql, values = statement(rows)
    times = []
    for _ in range(TURNS):
        began = used(process)
        await database.reads.text(sql, (workspace, *values))
        times.append((used(process) - began) / 1e6)
    times = sorted(times[2:])
    return Measured(times[-1], statistics.median(times), f"{' & '.join(filters)} by {'+'.join(order)}")


def told(name: str, found: list[Measured]) -> None:
    """Print how the combinations of a workspace are spread, and the slowest."""
    found.sort(key=lambda each: each.slowest, reverse=True)
    slowest = [each.slowest for each in found]
    at = {f"p{share}": round(slowest[len(slowest) * (100 - share) // 100], 1) for share in (50, 90, 95, 99)}
    over = sum(each > 25 for each in slowest)
    print(name, len(found), "combinations, ms:", at, "most", round(slowest[0], 1), "above 25 ms:", over)  # noqa: T201
    for each in found[:10]:
        print(f"    {each.median:7.1f} {each.slowest:7.1f}  {each.asked}")  # noqa: T201


async def main(quotes: int, combinations: int) -> None:
    with throw_away({"shared_buffers": "1GB"}) as servers:  # what is measured is warm
        await upgrade(servers.database_url)
        owner = await asyncpg.connect(servers.database_url)
        small = [await data.workspace(owner, f"Small {number}", OTHER) for number in range(OTHERS)]
        large = await data.workspace(owner, "Large", quotes)
        await owner.execute("vacuum analyze quotes")
        await data.sizes(owner)
        await data.writes(owner, large, quotes)
        await owner.execute("vacuum analyze quotes")
        await many.settle(owner)
        database = await Database.open(servers.database_url, size=1)
        process = int(await database.reads.text("select pg_backend_pid()::text", ()) or 0)
        dice = random.Random(7)  # the same combinations each time
        told("large", [await measured(database, process, large, dice) for _ in range(combinations)])
        told("small", [await measured(database, process, small[0], dice) for _ in range(combinations // 4)])
        await database.close()
        await owner.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.lists", description=__doc__)
    parser.add_argument("--quotes", type=int, default=500_000, help="quotes of the large workspace (default 500,000)")
    parser.add_argument("--combinations", type=int, default=400, help="combinations of filters (default 400)")
    asked = parser.parse_args()
    asyncio.run(main(asked.quotes, asked.combinations))
