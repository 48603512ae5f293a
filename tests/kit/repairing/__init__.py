"""Repair orders as the kit makes them: three levels, moves, a derived state, arrivals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlmodel import SQLModel


@contextmanager
def declared() -> Iterator[list[str]]:
    """Have the tables among the models for a while; yields their names."""
    from tests.kit.repairing import model  # noqa: PLC0415  # importing it is what declares them

    tables: list[Any] = [each.__table__ for each in model.MODELS]  # type: ignore[union-attr]
    for table in tables:
        if table.name not in SQLModel.metadata.tables:
            SQLModel.metadata._add_table(table.name, table.schema, table)
    try:
        yield [table.name for table in tables]
    finally:
        for table in tables:
            SQLModel.metadata.remove(table)
