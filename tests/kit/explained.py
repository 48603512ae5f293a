"""The statement of a page, and what PostgreSQL did to answer it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from engine.declare.catalogue import Catalogue, TypeSpec
from engine.declare.rows import Rows
from engine.sql.pages import settle
from engine.sql.plans import Filled, Plan, Selection
from engine.sql.selection import Nodes, Object, PageFact, PageOf, Value
from schema.assembly import graph


@dataclass(frozen=True)
class Explained:
    """What a statement did: tables read from end to end, pages touched, rows thrown away, rows in the page."""

    scanned: set[str]
    buffers: int
    removed: int
    rows: int


def statement(rows: Rows[Any], spec: TypeSpec, catalogue: Catalogue | None = None) -> tuple[str, tuple[Any, ...]]:
    """The statement of a page of ids, and its values, less the workspace; `catalogue` is that of another graph."""
    wanted = PageOf(spec, [Nodes("data", Object(spec, [Value("id", spec.column("id"))])), PageFact("n", "nextCursor")])
    pieces = [Filled(Selection(spec, wanted), (settle(rows, spec),))]
    plan = Plan(catalogue or graph().catalogue, pieces)
    return plan.sql, plan.values(pieces)


async def explain(connection: Any, workspace: UUID, rows: Rows[Any], spec: TypeSpec) -> Explained:
    """Run a page's statement and return what PostgreSQL says that it did."""
    sql, values = statement(rows, spec)
    told = await connection.fetchval(f"explain (analyze, buffers, format json) {sql}", workspace, *values)
    whole = orjson.loads(told)[0]["Plan"]
    nodes = [node for node in _nodes(whole) if node["Actual Loops"]]
    removed = sum(
        node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0) for node in nodes
    )
    scanned = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
    buffers = whole["Shared Hit Blocks"] + whole["Shared Read Blocks"]
    page = orjson.loads(await connection.fetchval(sql, workspace, *values))
    return Explained(scanned, buffers, removed, len(page["data"]) + (page["n"] is not None))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", ()):
        yield from _nodes(inner)
