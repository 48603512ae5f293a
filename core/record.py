"""What every row of a workspace has, whatever it is a row of.

Tables are declared with SQLModel and never used through an ORM session: the engine reads them as JSON, the unit of
work writes them. A `Record` is a document or a thing with a life of its own (a client, a quote); a `Part` lives inside
one (a quote part), shares its `updated_at` and is written, versioned and deleted with it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, cast
from uuid import UUID

from pydantic_core import PydanticUndefined
from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Numeric,
    Text,
    func,
    literal_column,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

# The names PostgreSQL itself would give: `core.violations` finds the field of a broken constraint by them.
SQLModel.metadata.naming_convention = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s",
}


def moment(*, nullable: bool = False) -> Any:
    """Declare a UTC timestamp with microseconds."""
    return Field(default=None, sa_type=DateTime(timezone=True), nullable=nullable)


def text(*, default: Any = None, nullable: bool = False) -> Any:
    """Declare text of any length; the doors limit it, the table does not."""
    return Field(default=default, sa_type=Text, nullable=nullable)


def decimal(*, default: Any = None, nullable: bool = False) -> Any:
    """Declare a decimal that comes back as it was written: numeric without a scale (a CHECK keeps ≤ 6 decimals)."""
    return Field(default=default, sa_type=Numeric, nullable=nullable)


def words() -> Any:
    """Declare a list of short texts."""
    return Field(default_factory=list, sa_column_kwargs={"server_default": "{}"}, sa_type=ARRAY(Text), nullable=False)


def binary(*, nullable: bool = False) -> Any:
    """Declare bytes: a digest, or something encrypted."""
    return Field(default=None, sa_type=LargeBinary, nullable=nullable)


def document() -> Any:
    """Declare a JSON object whose shape the table does not know; empty by default."""
    return Field(default_factory=dict, sa_column_kwargs={"server_default": "{}"}, sa_type=JSONB, nullable=False)


class Stored(SQLModel):
    """A row of a table as a plain object: no ORM session ever tracks one, so nothing is recorded when it changes.

    What is not given is its default or None. Raises TypeError for a column the table does not have.
    """

    def __init__(self, **given: Any) -> None:
        constants, factories = _defaults(type(self))
        if unknown := given.keys() - constants.keys():
            raise TypeError(f"{type(self).__name__} has no {', '.join(sorted(unknown))}")
        values = self.__dict__
        values.update(constants)
        for name, make in factories.items():
            if name not in given:
                values[name] = make()
        values.update(given)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _defaults(type(self))[0]:
            self.__dict__[name] = value
        else:
            super().__setattr__(name, value)


@cache
def _defaults(model: type[Stored]) -> tuple[dict[str, Any], dict[str, Callable[[], Any]]]:
    """Return what columns begin with: constants (None where nothing is declared), and factories of fresh values."""
    constants = {
        name: None if declared.default is PydanticUndefined else declared.default
        for name, declared in model.model_fields.items()
    }
    factories = {
        name: cast("Callable[[], Any]", declared.default_factory)
        for name, declared in model.model_fields.items()
        if declared.default_factory is not None
    }
    return constants, factories


class Entity(Stored):
    """A row outside the workspaces (a company, a key): only `access` reaches it, by a role of its own."""

    tag: ClassVar[int]
    """The type tag in the ids of this table; see `models/__init__.py`."""

    id: UUID = Field(primary_key=True)
    created_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.now()},
        nullable=False,
    )


class Row(Stored):
    """A row of one workspace: its primary key is (workspace_id, id), so no reference can cross workspaces."""

    tag: ClassVar[int]
    """The type tag in the ids of this table; see `models/__init__.py`."""

    workspace_id: UUID = Field(default=None, primary_key=True)
    """Set by the unit of work, like `id` when it is not given."""
    id: UUID = Field(default=None, primary_key=True)


class Record(Row):
    """A row with a life of its own: it has events, a version and a place in the change feed."""

    series: ClassVar[str | None] = None
    """Documents only: the series their `number` is taken from, a column `next_<series>` of the workspace's clock."""
    prefix: ClassVar[str] = ""
    """What stands before the count in `number`."""

    created_at: datetime = moment()
    updated_at: datetime = moment()
    """Moves on every change of the row or of a row inside it; unique in the workspace, in commit order."""
    version: int = 1
    deleted_at: datetime | None = moment(nullable=True)
    created_by_id: UUID | None = None
    """The API key that made the row; None when Forge itself did."""


class Part(Row):
    """A row inside a `Record`: `position` orders it there (1, 2, 3, …)."""

    within: ClassVar[str]
    """The column that holds the id of the record it lives in."""

    position: int


def one_of(column: str, values: type[Any]) -> CheckConstraint:
    """Keep an enum column (text) to its values; enums are text so that the planner may use their indexes."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} in ({listed})", name=f"{column}_known")


def six_decimals(*columns: str) -> tuple[CheckConstraint, ...]:
    """Keep decimal columns to at most six decimals, NaN and infinity out."""
    return tuple(
        CheckConstraint(f"scale({column}) <= 6 and abs({column}) < 1e15", name=f"{column}_exact") for column in columns
    )


def belongs_to(column: str, table: str) -> ForeignKeyConstraint:
    """Refer to a row of the same workspace; the database itself refuses another workspace's row."""
    return ForeignKeyConstraint(["workspace_id", column], [f"{table}.workspace_id", f"{table}.id"])


def tagged(tag: int) -> CheckConstraint:
    """Keep the type tag in the ids of a table (see `core.ids`)."""
    bits = "(get_byte(uuid_send(id), 6) & 15) << 8 | get_byte(uuid_send(id), 7)"
    return CheckConstraint(f"({bits}) = {tag}", name="id_tag")


def nulls_last(name: str, column: str, beyond: str) -> Index:
    """Index a column that may be null for sorting and comparing; `beyond` is its kind's in `engine.kinds`.

    Written as PostgreSQL prints it, for migrations are compared with models by the text.
    """
    key = f"(\nCASE\n    WHEN {column} IS NULL THEN {beyond}\n    ELSE {column}\nEND)"
    return Index(name, "workspace_id", literal_column(key), "id")


def sync_order(table: str) -> tuple[Index, Index]:
    """Index the order every list can be synced in, and its tombstones in the same order."""
    columns = ("workspace_id", "updated_at", "id")
    tombstones = Index(f"{table}_deleted", *columns, postgresql_where=literal_column("deleted_at is not null"))
    return Index(f"{table}_sync", *columns), tombstones
