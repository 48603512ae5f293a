"""How the rows of a model travel to PostgreSQL and back: column names, SQL types, values as parameters or as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import ARRAY, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

from core.record import Row

_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


@dataclass(frozen=True)
class Columns:
    """The columns of one model, in the order of its table."""

    table: str
    types: Mapping[str, str]
    """Column name → SQL type."""
    documents: frozenset[str]
    """Columns of JSON: asyncpg takes and gives them as text."""
    mutable: tuple[str, ...]
    """Columns whose values can be changed in place: JSON and lists."""

    @property
    def names(self) -> str:
        """Return a select list."""
        return ", ".join(self.types)

    def parameters(self, row: Row, names: Sequence[str]) -> list[Any]:
        """Return the values of these columns as asyncpg takes them."""
        values = row.__dict__
        if not self.documents:
            return [values[name] for name in names]
        return [_text(values[name]) if name in self.documents else values[name] for name in names]

    def as_json(self, row: Row, names: Sequence[str]) -> dict[str, Any]:
        """Return the values of these columns as `json_to_recordset` reads them (after `dumps`)."""
        values = row.__dict__
        return {name: values[name] for name in names}

    def values(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return a database record as the attributes of a row: a dict is changed and returned."""
        values = record if isinstance(record, dict) else dict(record)
        for name in self.documents:
            text = values.get(name)
            if isinstance(text, str):
                values[name] = {} if text == "{}" else [] if text == "[]" else orjson.loads(text)
        return values

    def snapshot(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values of a row as they are now, whatever is done to the row later."""
        found = dict(values)
        for name in self.mutable:
            value = found[name]
            if value is not None:
                found[name] = _copied(value)
        return found


def _copied(value: Any) -> Any:
    """Copy a list or a JSON object; lists of texts and of small objects, which most are, without looking further."""
    if not value:
        return value.copy()
    if isinstance(value, list):
        return [each if isinstance(each, str) else dict(each) if _is_flat(each) else deepcopy(each) for each in value]
    return deepcopy(value)


def _is_flat(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def table_of(model: type[Row]) -> Table:
    """Return the table a model declares."""
    return model.__table__  # type: ignore[attr-defined,no-any-return]  # sqlmodel adds it without a type


@cache
def columns_of(model: type[Row]) -> Columns:
    """Return the columns of a model."""
    columns = table_of(model).columns
    return Columns(
        table=table_of(model).name,
        types={column.name: column.type.compile(dialect=_DIALECT).lower() for column in columns},
        documents=frozenset(column.name for column in columns if isinstance(column.type, JSONB)),
        mutable=tuple(column.name for column in columns if isinstance(column.type, (JSONB, ARRAY))),
    )


def dumps(rows: Sequence[Mapping[str, Any]]) -> str:
    """Write rows as the JSON text that `json_to_recordset` reads: decimals as text keep their digits."""
    return orjson.dumps(rows, default=_plain).decode()


def _plain(value: object) -> str:
    if isinstance(value, Decimal | UUID):  # asyncpg's own UUIDs are a subclass, which orjson passes by
        return str(value)
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"cannot write {type(value).__name__} to the database")


def _text(value: object) -> str | None:
    return None if value is None else orjson.dumps(value, default=_plain).decode()
