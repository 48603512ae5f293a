"""What follows from the facts of a model's columns: the checks, keys and indexes of its table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Numeric,
    Table,
    desc,
    literal_column,
)

from core.facts import Facts, facts_of
from core.record import Entity, Line, Record, Row
from core.searching import Served, served
from core.values.checked import LIMIT

_TENANT: Final = "workspace_id"
ALIVE: Final[Any] = literal_column("deleted_at is null")
"""What an index says that holds records which are not deleted alone."""
MAX_OFTEN: Final = 2
"""Columns of a table that are `filterable="often"`."""


_declared: Final[list[type[Row | Entity]]] = []


def declare(model: type[Row | Entity], tag: int) -> None:
    """Give a model the type tag of its ids, and its table what follows from the facts of its columns."""
    if any(other is not model and getattr(other, "tag", None) == tag for other in _declared):
        raise TypeError(f"{model.__name__}: the type tag {tag:#x} is another model's")
    _declared.append(model)
    model.tag = tag
    table: Table = model.__table__  # type: ignore[union-attr]  # sqlmodel adds it without a type
    if issubclass(model, Entity) or model.referred_to:
        table.append_constraint(tagged(tag))
    for column in table.columns:
        facts = facts_of(column)
        for check in _checks(column, facts):
            table.append_constraint(check)
        if facts.refers_to is not None:
            table.append_constraint(_key(column, facts.refers_to, facts.through))
        _index(table, column, facts)
    if sum(facts_of(column).filterable == "often" for column in table.columns) > MAX_OFTEN:
        raise TypeError(
            f'{model.__name__}: more than {MAX_OFTEN} columns are filterable="often"; each is paid by every write'
        )
    if issubclass(model, Record):
        _sync(table)
        for order in model.orders:
            _order(table, order)
    if issubclass(model, Line):
        Index(f"{table.name}_{model.parent_column}", *_columns(table, model.parent_column, "position", "id"))


def tagged(tag: int) -> CheckConstraint:
    """Keep the type tag in the ids of a table (see `core.values.ids`)."""
    bits = "(get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)"
    return CheckConstraint(f"({bits}) = {tag}", name="id_tag")


def _checks(column: Column[Any], facts: Facts) -> Iterator[CheckConstraint]:
    if facts.choices is not None:
        listed = ", ".join(f"'{value}'" for value in facts.choices)
        yield CheckConstraint(f"{column.name} in ({listed})", name=f"{column.name}_known")
    if isinstance(column.type, Numeric):
        limit = f"1e{LIMIT.adjusted()}"
        test = f"scale({column.name}) <= 6 and abs({column.name}) < {limit}"
        yield CheckConstraint(test, name=f"{column.name}_exact")


def _key(column: Column[Any], to: str, through: str | None) -> ForeignKeyConstraint:
    """Refer to a row of the same workspace: the database itself refuses another workspace's row."""
    shared = [_TENANT, *([through] if through else [])]
    return ForeignKeyConstraint([*shared, column.name], [f"{to}.{name}" for name in (*shared, "id")])


def _index(table: Table, column: Column[Any], facts: Facts) -> None:
    """Index a column for what is promised of it, by the shape that serves it (docs/decisions/0050)."""
    name = f"{table.name}_{column.name}"
    if facts.unindexed:
        return
    if facts.unique_with is not None:
        Index(name, *_columns(table, column.name, *facts.unique_with), unique=True)
    elif facts.unique_alive:
        alive: Any = ALIVE
        Index(name, *_columns(table, column.name), unique=True, postgresql_where=alive)
    elif (how := served(column)) is Served.ORDER:
        Index(_ORDERS.get(column.name, "{0}_{1}").format(table.name, column.name), *_columns(table, column.name, "id"))
    elif how is Served.NEWEST:
        Index(name, *_columns(table, column.name, "updated_at", "id"))


def _order(table: Table, order: tuple[str, ...]) -> None:
    """Index an order by several columns; the id runs as the last of them."""
    names = [each.removeprefix("-") for each in order]
    keys: list[Any] = [table.c[name] for name in names]
    runs = [each.startswith("-") for each in order]
    keys = [desc(key) if down else key for key, down in zip([*keys, table.c.id], [*runs, runs[-1]], strict=True)]
    Index(f"{table.name}_{'_'.join(names)}", table.c[_TENANT], *keys)


_ORDERS: Final = {"created_at": "{0}_created", "updated_at": "{0}_sync"}


def _sync(table: Table) -> None:
    """Index tombstones in the order that lists are synced in."""
    tombstones: Any = literal_column("deleted_at is not null")
    Index(f"{table.name}_deleted", *_columns(table, "updated_at", "id"), postgresql_where=tombstones)


def _columns(table: Table, *names: str) -> list[Column[Any]]:
    return [table.c[name] for name in (_TENANT, *names)]
