"""What a column is, said once where the model declares it: its limits, what it refers to, what lists do with it.

    class Quote(Record, table=True):
        number: str = text(REFERENCE, filterable=True, searchable=True, unique_with=("revision",))
        status: str = choice(QuoteStatus, QuoteStatus.DRAFT, filterable=True)
        client_id: UUID = reference("clients", filterable=True)
        due_on: date | None = day(filterable=True, sortable=True)

The annotation says whether it may be null. The table's checks, keys and indexes (`core.declaring`), and the filters and
orders of lists (`engine.declare.catalogue`) follow from these facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal

from sqlalchemy import Column, DateTime, LargeBinary, Numeric, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from core.values.checked import Check

_INFO: Final = "facts"


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one column.

    `filterable` and `sortable` promise an index (`core.searching` says which), `searchable` a place in `search`, and
    `contains` that parts of words are found in it, which costs more than every other index. A column that is
    `filterable="often"` has an index of its own; a table has two of them at most. One that is `unindexed` is filterable
    without an index that follows from that: the model has another. `unique_with` makes it unique
    together with these columns, `unique_alive` among live records. `refers_to` is a table, and `through` the column
    that the row referred to must share: a contact of this very client.
    A caller writes a column unless it is `derived`: by the record's moves, or from what else it holds; one that is
    `fixed` only when the row is made. `filled` says that a new row may come without it, and is given it.
    """

    rule: Check | None = None
    filterable: bool | Literal["often"] = False
    sortable: bool = False
    searchable: bool = False
    contains: bool = False
    unindexed: bool = False
    choices: type[StrEnum] | None = None
    unique_with: tuple[str, ...] | None = None
    unique_alive: bool = False
    refers_to: str | None = None
    through: str | None = None
    derived: bool = False
    fixed: bool = False
    filled: bool = False
    length: tuple[int, int] = (0, 50)
    """How many entries a list has: at least, at most."""
    distinct: bool = False
    """Whether no entry may stand in it twice; who writes the column refuses that."""
    ids_of: str | None = None
    """Of a list of ids: the table of the rows they are of, which nothing keeps from being taken away."""
    members: Mapping[str, Check] | None = None
    """Of a list of small objects: the rule of each member."""


NO_FACTS: Final = Facts()


def facts_of(column: Column[Any]) -> Facts:
    """Return the facts of a column of a table."""
    found: Facts = column.info.get(_INFO, NO_FACTS)
    return found


def text(rule: Check | None = None, *, default: Any = None, **facts: Any) -> Any:
    """Declare text; the doors limit it by `rule`, the table does not."""
    return _column(Text, default, rule=rule, **facts)


def choice(choices: type[StrEnum], default: StrEnum | None = None, **facts: Any) -> Any:
    """Declare one of some words: text with a check, so that the planner may use its indexes."""
    return _column(Text, default, choices=choices, **facts)


def decimal(rule: Check | None = None, *, default: Any = None, **facts: Any) -> Any:
    """Declare a decimal that comes back as it was written: numeric without a scale; a check keeps six decimals."""
    return _column(Numeric, default, rule=rule, **facts)


def whole(rule: Check | None = None, *, default: int | None = None, **facts: Any) -> Any:
    """Declare a whole number of 32 bits."""
    return _column(None, default, rule=rule, **facts)


def flag(*, default: bool = False, **facts: Any) -> Any:
    """Declare true or false."""
    return _column(None, default, **facts)


def day(**facts: Any) -> Any:
    """Declare a calendar day."""
    return _column(None, None, **facts)


def moment(**facts: Any) -> Any:
    """Declare a UTC timestamp with microseconds; `in_key` makes it a part of the primary key."""
    return _column(DateTime(timezone=True), None, **facts)


def identifier(**facts: Any) -> Any:
    """Declare the id of a row of any table, or of none: nothing keeps it from being taken away."""
    return _column(None, None, **facts)


def reference(to: str, *, through: str | None = None, **facts: Any) -> Any:
    """Declare the id of a row of another table of the workspace."""
    return _column(None, None, refers_to=to, through=through, **facts)


def words(rule: Check | None = None, *, length: tuple[int, int] = (0, 50), **facts: Any) -> Any:
    """Declare a list of short texts, of so many entries at least and at most."""
    kwargs = {"server_default": "{}", "info": {_INFO: Facts(rule, length=length, **facts)}}
    return Field(default_factory=list, sa_column_kwargs=kwargs, sa_type=ARRAY(Text), nullable=False)


def binary() -> Any:
    """Declare bytes: a digest, or something encrypted."""
    return _column(LargeBinary, None, derived=True)


def document(rule: Check | None = None, **facts: Any) -> Any:
    """Declare a JSON object whose shape the table does not know; empty by default. With a rule callers write it."""
    kwargs = {"server_default": "{}", "info": {_INFO: Facts(rule, derived=rule is None, **facts)}}
    return Field(default_factory=dict, sa_column_kwargs=kwargs, sa_type=JSONB, nullable=False)


def entries(entry: Mapping[str, Check], *, most: int) -> Any:
    """Declare a JSON list of small objects: what each member must be, and how many there may be; empty by default."""
    kwargs = {"server_default": "[]", "info": {_INFO: Facts(members=entry, length=(0, most), distinct=True)}}
    return Field(default_factory=list, sa_column_kwargs=kwargs, sa_type=JSONB, nullable=False)


def _column(kind: Any, default: Any, *, server_default: str | None = None, in_key: bool = False, **facts: Any) -> Any:
    if facts.get("unique_alive") and facts.get("unique_with") is not None:
        raise TypeError("unique_alive or unique_with, not both: deleted records count for the second")
    given: dict[str, Any] = {} if kind is None else {"sa_type": kind}
    kwargs: dict[str, Any] = {"info": {_INFO: Facts(**facts)}}
    kwargs |= {} if server_default is None else {"server_default": server_default}
    kwargs |= {"primary_key": True} if in_key else {}
    return Field(default=default, sa_column_kwargs=kwargs, **given)
