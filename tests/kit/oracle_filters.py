"""What a filter lets through, worked out row by row in Python: the oracle's idea of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

EDGES = {
    ("Quote", "client"): ("Client", "client_id"),
    ("Quote", "contact"): ("Contact", "contact_id"),
}
"""Edges that lists are filtered through: where they lead, by which column."""
Look = Callable[[str, Any], dict[str, Any] | None]
"""Finds the live row of a type by its id."""
SEARCHED = {
    "Client": ("name", "code"),
    "Quote": ("number", "title", "customer_rfq_number", "customer_po_number"),
}


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def names_of(kind: str, wanted: dict[str, Any] | None) -> list[tuple[str, str]]:
    """Every field that a filter names, with the type it is a field of."""
    found = []
    for key, value in (wanted or {}).items():
        branches = value if key in {"and", "or"} else [value] if key == "not" else None
        if branches is not None:
            found += [name for each in branches for name in names_of(kind, each)]
        else:
            found.append((kind, key))
            if (kind, key) in EDGES:
                found += names_of(EDGES[kind, key][0], value)
    return found


def is_listed(row: dict[str, Any], wanted: dict[str, Any] | None) -> bool:
    """Whether a list shows it, deleted as it may be."""
    deleted = (wanted or {}).get("deleted", "EXCLUDE")
    return bool(deleted == "INCLUDE" or (row.get("deleted_at") is not None) == (deleted == "ONLY"))


def matches(row: dict[str, Any], wanted: dict[str, Any] | None, look: Look) -> bool:
    return all(_matches_one(row, key, value, look) for key, value in (wanted or {}).items())


def _matches_one(row: dict[str, Any], key: str, value: Any, look: Look) -> bool:
    if key in {"and", "or"}:
        found = [matches(row, each, look) for each in value]
        return all(found) if key == "and" else any(found)
    if key == "not":
        return not matches(row, value, look)
    if (row["_type"], key) in EDGES:
        kind, column = EDGES[row["_type"], key]
        target = look(kind, row[column])
        return value == {} or (target is not None and matches(target, value, look))
    if key == "deleted":
        return True
    if key == "search":
        return all(_found(row, word) for word in re.findall(r"[^\W_]+", value))
    return all(_holds(row[snake(key)], operator, operand) for operator, operand in value.items())


def _found(row: dict[str, Any], word: str) -> bool:
    """Whether a word is found at the beginning of a word."""
    searched = [row[column] or "" for column in (*SEARCHED[row["_type"]], "notes")]
    text = "\n".join([*searched, *row["tags"]]).lower()
    return any(each.startswith(word.lower()) for each in re.findall(r"[^\W_]+", text))


def _holds(have: Any, operator: str, operand: Any) -> bool:
    if operator == "isNull":
        return bool((have is None) == operand)
    if have is None:
        return False
    want: Any = [_like(have, each) for each in operand] if operator in {"in", "notIn"} else _like(have, operand)
    holds: dict[str, Callable[[], bool]] = {
        "eq": lambda: bool(have == want),
        "ne": lambda: bool(have != want),
        "in": lambda: have in want,
        "notIn": lambda: have not in want,
        "lt": lambda: bool(have < want),
        "lte": lambda: bool(have <= want),
        "gt": lambda: bool(have > want),
        "gte": lambda: bool(have >= want),
        "contains": lambda: str(want).lower() in have.lower(),
        "startsWith": lambda: bool(have.startswith(want)),
    }
    return holds[operator]()


def _like(have: Any, operand: Any) -> Any:
    """Read an operand as the kind of value it is compared with."""
    if isinstance(have, Decimal):
        return Decimal(operand)
    if isinstance(have, datetime):
        return datetime.fromisoformat(operand)
    if isinstance(have, date):
        return date.fromisoformat(operand)
    if isinstance(have, UUID):
        return UUID(operand)
    return (
        operand.lower() if isinstance(operand, str) and operand in {"DRAFT", "SENT", "ACTIVE", "INACTIVE"} else operand
    )
