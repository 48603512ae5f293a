"""Changes as the graph tells them: events of the resources that a key may view, their data cut to its scopes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

import orjson

from access.principal import Principal
from core.errors import Invalid
from core.feed import Cursor, Event
from engine.declare.catalogue import Catalogue
from engine.declare.names import snake
from engine.sql.projection import guarded_tables, without

DELETED: Final = ".deleted"
"""How the event of a deletion ends."""
LONGEST_WAIT: Final = 30
"""Seconds that a request may wait for a change."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of record that changes are told of, by the name its events begin with."""

    name: str
    table: str
    scope: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One committed change as one key may see it."""

    event: Event
    told: Resource
    scopes: frozenset[str]

    @property
    def cursor(self) -> str:
        """The place after this change."""
        return self.event.cursor

    @property
    def type(self) -> str:
        """The event's name."""
        return self.event.type

    @property
    def resource(self) -> str:
        """What kind of record changed."""
        return self.told.name

    @property
    def record_id(self) -> UUID:
        """The record that changed."""
        return self.event.record_id

    @property
    def at(self) -> datetime:
        """The `updated_at` that the change gave it."""
        return self.event.at

    @property
    def deleted(self) -> bool:
        """Whether the record was deleted."""
        return self.event.type.endswith(DELETED)

    @property
    def data(self) -> orjson.Fragment:
        """The record as REST showed it at the commit; fields whose scope is missing are left out."""
        return orjson.Fragment(without(self.event.data, self.told.fields, self.scopes) or self.event.data)


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Some changes in order; `next_cursor` goes on from here, `latest_cursor` from where the feed ends now."""

    nodes: list[Change]
    next_cursor: str
    latest_cursor: str
    has_more: bool


@dataclass(frozen=True, slots=True)
class Followed:
    """What a subscription follows: the feed after a cursor (None: from now on), for some tables, or for one record."""

    after: Cursor | None
    tables: frozenset[str]
    record_id: UUID | None = None

    def wants(self, event: Event) -> bool:
        """Whether an event is one to be told."""
        return event.table in self.tables and (self.record_id is None or event.record_id == self.record_id)


class Resources:
    """The records of a catalogue that changes are told of."""

    def __init__(self, catalogue: Catalogue) -> None:
        guarded = guarded_tables(catalogue)
        specs = [spec for spec in catalogue.types.values() if spec.has_life]
        made = [Resource(snake(each.name), each.table, each.scope, guarded[each.table].fields) for each in specs]
        self.by_table: Mapping[str, Resource] = {each.table: each for each in made}
        self.by_name: Mapping[str, Resource] = {each.name: each for each in made}

    def tables(self, principal: Principal, asked: Sequence[str] | None) -> frozenset[str]:
        """The tables of the resources asked for; of all that the key may view when none are named.

        Raises Invalid for an unknown resource, InsufficientScope for one that the key may not view.
        """
        if asked is None:
            return frozenset(each.table for each in self.by_table.values() if each.scope in principal.scopes)
        self.check(asked)
        for name in asked:
            principal.require(self.by_name[name].scope, field="resources")
        return frozenset(self.by_name[name].table for name in asked)

    def check(self, asked: Sequence[str]) -> None:
        """Raise Invalid for an unknown resource."""
        if not self.by_name.keys() >= set(asked):
            raise Invalid(f"resources: one of {', '.join(sorted(self.by_name))}", field="resources")

    def change(self, event: Event, scopes: frozenset[str]) -> Change:
        """An event as a key of these scopes may see it."""
        return Change(event, self.by_table[event.table], scopes)


@cache
def resources_of(catalogue: Catalogue) -> Resources:
    """The records of this catalogue that changes are told of."""
    return Resources(catalogue)
