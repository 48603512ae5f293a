"""Selections: what a caller wants of a row, as a tree that knows no door.

GraphQL documents and REST routes both become these; the compiler knows nothing else. Keys are what the caller will see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.declare.catalogue import Column, Computed, One, TypeSpec


@dataclass(frozen=True, slots=True)
class Literal:
    """A key whose JSON is known beforehand: `__typename`, or null for a field the key may not see."""

    key: str
    json: str


@dataclass(frozen=True, slots=True)
class Value:
    """A column; `lower` spells enums as REST does."""

    key: str
    column: Column
    lower: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """The row referred to."""

    key: str
    one: One
    object: Object


@dataclass(frozen=True, slots=True)
class Hole:
    """A field for Python to fill; `details` are graphql-core's nodes for it, `complete` makes its value JSON.

    Without `complete` only graphql-core can.
    """

    key: str
    computed: Computed
    details: list[Any]
    complete: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class Children:
    """A page of the rows that refer to this one; `source` says which of the plan's `Rows` they are."""

    key: str
    column: str
    source: int
    page: PageOf
    nullable: bool = False


@dataclass(slots=True)
class Object:
    """What is wanted of one row of a type."""

    type: TypeSpec
    entries: list[Literal | Value | Edge | Hole | Children] = field(default_factory=list)

    def holes(self) -> list[Hole]:
        """The fields of this very object that Python fills."""
        return [entry for entry in self.entries if isinstance(entry, Hole)]

    def needs(self) -> list[str]:
        """The columns that the holes of this object read, sorted."""
        return sorted({column for hole in self.holes() for column in hole.computed.needs})


@dataclass(frozen=True, slots=True)
class Nodes:
    """The rows of a page as a list."""

    key: str
    object: Object


@dataclass(frozen=True, slots=True)
class Edges:
    """The rows of a page as edges: entries are ("cursor", key), ("node", key, Object) or ("typename", key)."""

    key: str
    entries: list[tuple[str, str, Object | None]]


@dataclass(frozen=True, slots=True)
class PageFact:
    """Something about the page itself; `fact` is `hasNextPage`, `startCursor`, …, or `nextCursor` (null at the end)."""

    key: str
    fact: str


@dataclass(frozen=True, slots=True)
class Facts:
    """An object of facts about the page (`pageInfo`)."""

    key: str
    entries: list[PageFact | Literal]


@dataclass(frozen=True, slots=True)
class Total:
    """How many rows the list has; counted to the end only if `exact`."""

    key: str
    exact: bool


@dataclass(slots=True)
class PageOf:
    """What is wanted of a page.

    `bare` writes the rows alone, as a JSON list; and with `more` after it, under this key, whether rows follow.
    """

    type: TypeSpec
    entries: list[Nodes | Edges | Facts | PageFact | Total | Literal] = field(default_factory=list)
    bare: bool = False
    more: str | None = None

    def objects(self) -> Iterator[Object]:
        """Every object wanted of the page's rows."""
        for entry in self.entries:
            if isinstance(entry, Nodes):
                yield entry.object
            elif isinstance(entry, Edges):
                yield from (wanted for _, _, wanted in entry.entries if wanted is not None)

    def facts(self) -> set[str]:
        """Every fact about the page that is wanted."""
        found: set[str] = set() if self.more is None else {"hasNextPage"}
        for entry in self.entries:
            if isinstance(entry, PageFact):
                found.add(entry.fact)
            elif isinstance(entry, Facts):
                found.update(fact.fact for fact in entry.entries if isinstance(fact, PageFact))
        return found


def has_holes(wanted: Object | PageOf) -> bool:
    """Whether anything in the tree is left for Python to fill."""
    if isinstance(wanted, PageOf):
        return any(has_holes(inner) for inner in wanted.objects())
    return any(
        isinstance(entry, Hole)
        or (isinstance(entry, Edge) and has_holes(entry.object))
        or (isinstance(entry, Children) and has_holes(entry.page))
        for entry in wanted.entries
    )
