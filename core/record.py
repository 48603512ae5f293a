"""What every row of a workspace has, whatever it is a row of.

Tables are declared with SQLModel and never used through an ORM session: the engine reads them as JSON, the unit of
work writes them. A `Record` is a document or a thing with a life of its own (a client, a quote); a `Line` lives inside
one (a quote part), shares its `updated_at` and is written, versioned and deleted with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Final, Self, cast
from uuid import UUID

from pydantic_core import PydanticUndefined
from sqlalchemy import DateTime, Table, func
from sqlmodel import Field, SQLModel

from core.facts import document, entries, moment, text, words
from core.values.checked import NOTE, REFERENCE
from core.values.custom import CUSTOM_FIELDS, SYSTEM

# The names PostgreSQL itself would give: `core.writing.violations` finds the field of a broken constraint by them.
SQLModel.metadata.naming_convention = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s",
}


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

    @classmethod
    def loaded(cls, values: dict[str, Any]) -> Self:
        """Return a row of values that name every column, as they are kept: nothing is checked or filled in."""
        made: Self = cls.__new__(cls)
        made.__dict__.update(values)
        return made

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


def defaults_of(model: type[Stored]) -> dict[str, Any]:
    """Return the values of a row of which nothing was given."""
    constants, factories = _defaults(model)
    return constants | {name: make() for name, make in factories.items()}


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
    id_prefix: ClassVar[str] = ""
    """What its ids begin with where a documented API says so: `wh` of `wh_…`; empty for the model's own name."""
    referred_to: ClassVar[bool] = True
    """Whether its ids are taken in anywhere: then a check keeps the tag in them."""
    written_beside: ClassVar[bool] = False
    """Whether what is shown of it also changes without a new version."""
    of_any: ClassVar[bool] = False
    """Whether its rows belong to records of any type: who may view the record may view them."""
    of_company: ClassVar[bool] = False
    """Whether its rows are the company's: they are in its live workspace, and keys of its sandbox read them, too."""

    workspace_id: UUID = Field(default=None, primary_key=True)
    """Set by the unit of work, like `id` when it is not given."""
    id: UUID = Field(default=None, primary_key=True)


class Record(Row):
    """A row with a life of its own: it has events, a version and a place in the change feed."""

    series: ClassVar[str | None] = None
    """Documents only: the series their `number` is taken from; the workspace's clock counts each."""
    prefix: ClassVar[str] = ""
    """What stands before the count in `number`."""
    unaudited: ClassVar[frozenset[str]] = frozenset()
    """Last words of events that leave no entry in the audit: of what changes by itself, such as progress."""
    lasting: ClassVar[bool] = False
    """Whether it is a setting of the workspace rather than data: in a sandbox it does not get too old."""
    busy: ClassVar[str] = "false"
    """SQL: whether the record `r` is at work; a sandbox is not purged of it as long as that is so."""
    orders: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Orders of lists by two or three columns, each served by an index: `("status", "due_on")`, `("status", "-total")`.

    A `-` runs against the others. Each order is offered as it is declared and the other way round.
    """

    created_at: datetime = moment(filterable=True, sortable=True)
    updated_at: datetime = moment(filterable=True, sortable=True)
    """Moves on every change of the row or of a row inside it; unique in the workspace, in commit order."""
    version: int = 1
    deleted_at: datetime | None = moment()
    created_by_id: UUID | None = None
    """The API key that made the row; None when Forge itself did."""
    tags: list[str] = words(REFERENCE, filterable=True, searchable=True)
    notes: str | None = text(NOTE, searchable=True)
    custom_fields: dict[str, Any] = document(CUSTOM_FIELDS, filterable=True)
    """Values of the fields that the workspace has defined for this type, by their keys."""
    external_ids: list[dict[str, str]] = entries({"system": SYSTEM, "external_id": REFERENCE}, most=20)
    """What other systems call it; `models.ExternalId` keeps each of them unique."""


WRITTEN_BY_CALLERS: Final = ("tags", "notes", "custom_fields", "external_ids")
"""Columns of every record that callers write."""


class Line(Row):
    """A row inside a `Record`: `position` orders it there (1, 2, 3, …)."""

    parent_column: ClassVar[str]
    """The column that holds the id of the record it lives in."""

    position: int


def model_of(table: Table) -> type[Row] | None:
    """Return the model of a table of workspaces' rows."""
    return next((each for each in _descendants(Row) if getattr(each, "__table__", None) is table), None)


@cache
def parent_of(model: type[Line]) -> type[Row]:
    """Return the model of the rows that a part lives in: its record, or another part."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    [key] = [
        each for each in table.foreign_key_constraints if set(each.column_keys) == {"workspace_id", model.parent_column}
    ]
    found = model_of(key.referred_table)
    assert found is not None
    return found


def _descendants(model: type[Row]) -> Iterator[type[Row]]:
    for each in model.__subclasses__():
        yield each
        yield from _descendants(each)


def leaves_tombstones(model: type[Row]) -> bool:
    """Whether rows that are deleted stay, marked so: records, and attachments."""
    return issubclass(model, Record) or model.of_any
