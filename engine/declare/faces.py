"""Faces: what a documented API other than Forge MRP shows of a type, takes of its inputs, and lists by.

    WEBHOOK = Face("webhook", ("id", "url", "events", Is("enabled", "status", EndpointStatus.ENABLED), "created_at"))

Forge MRP shows, takes and filters everything. The other two document closed objects, so each of their fields is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Renamed:
    """A field under another key: `title` that mirrors `name`."""

    key: str
    field: str


@dataclass(frozen=True, slots=True)
class Is:
    """Whether a column has this value, as true or false."""

    key: str
    column: str
    value: StrEnum
    description: str = ""


Shown = str | Renamed | Is


@dataclass(frozen=True, slots=True)
class Face:
    """A type as one documented API has it, which calls it `name`; names are those of its fields in Python.

    `shows` are the members of its object: columns, ids of rows referred to (`folder_id`), and fields that Python
    computes, which only answers to reads have. `takes` are the fields of bodies, all of the input's if None. `filters`
    are the fields that lists can be filtered by, each by one value. A list that is not `paged` is answered whole;
    one that says no `order`, which is a column, begins with what is newest.
    """

    name: str
    shows: tuple[Shown, ...]
    takes: tuple[str, ...] | None = None
    filters: tuple[str, ...] = ()
    paged: bool = True
    order: str = ""
