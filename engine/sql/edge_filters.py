"""Filters through an edge: lists by a field of the row that each row refers to.

    filter: {client: {name: {startsWith: "Ac"}}}        ?client.name[starts_with]=Ac

The rows referred to are found first, through their own index, and only live ones; there may be 500 of them. Then a list
is narrowed by the index of the column that refers. One statement does both: docs/decisions/0052-edges-in-filters.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.declare.catalogue import Through
from engine.declare.rows import Condition, alive, tenant

MAX_IDS: Final = 500
"""Rows that an edge may lead to."""


def through(edge: Through, conditions: Sequence[Condition], field: str) -> Condition:
    """Rows whose edge leads to a live row for which all of these hold (`@.` in them stands for that row).

    Scopes are those of the area the edge leads to, and of the fields named. When more than `MAX_IDS` rows match, the
    statement fails: `engine.sql.refused` makes of it an Invalid that names `field`.
    """
    one, target = edge.one, edge.target
    scopes = frozenset({one.scope} if one.scope else ()).union(*(each.scopes for each in conditions))
    if not conditions:
        return Condition("true", (), scopes)
    conditions = [conditions[0].alone] if len(conditions) == 1 else conditions
    tests = [f"e.workspace_id={tenant(target.model)}", *(each.sql.replace("@.", "e.") for each in conditions)]
    tests.append(alive(target.model, "e"))
    told = f"{field}: more than {MAX_IDS} {target.table} match; name more of their fields, or narrower values"
    found = f"select e.id from @({target.table}) e where {' and '.join(tests)} limit {MAX_IDS + 1}"
    ids = (
        f"(select case when count(*)<={MAX_IDS} then coalesce(array_agg(f.id),'{{}}') else too_many(?::text) end"
        f" from ({found}) f)::uuid[]"
    )
    values = (told, *(value for each in conditions for value in each.values))
    return Condition(f"@.{one.column}=any({ids})", values, scopes, through=one.column)
