"""Faces on the way out: rows as a documented API with closed objects shows them, and what stands around any rows.

Names, ids and moments are spelled in the statement itself, so that its text is the body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from sqlmodel import SQLModel

from core.facts import facts_of
from core.record import Row, model_of
from core.values.id_codecs import id_list
from engine.declare.catalogue import Catalogue, Column, Computed, Field, One, TypeSpec
from engine.declare.checks import BadDeclaration
from engine.declare.faces import Face, Is, Renamed, Shown
from engine.declare.kinds import ID, MOMENT, Kind
from engine.declare.names import camel, snake
from engine.sql.projection import hole
from engine.sql.selection import Literal, Nodes, Object, PageFact, Value
from rest.contract import Contract
from rest.routes import Action, Route

VERSION: Final = "~version"
"""Under which a row's version stands last in its object until the entity tag is made of it."""
_MARKED: Final = re.compile(rb',"~version":(\d+)(?=\}+\Z)')


def prefix_of(model: type[Row]) -> str:
    """What the ids of a model begin with where the contract says so: `wh` of `wh_…`."""
    return model.id_prefix or snake(model.__name__)


def around_row(contract: Contract, route: Route) -> tuple[str, str]:
    """What stands before and after the one row of an answer."""
    row = contract.envelope.row
    if row == "" or (route.face is not None and route.action is Action.DELETE):
        return "", ""
    first = "".join(f'"{key}":{json},' for key, json in contract.envelope.first)
    name = row or contract.spell(called(route))
    return f'{{{first}"{name}":', "}"


def called(route: Route) -> str:
    """What the contract of a route calls the thing that it answers: `webhook`."""
    return snake(route.spec.name) if route.face is None else route.face.name


def rows_key(contract: Contract, route: Route) -> str:
    """The member of a list's answer that holds the rows."""
    return contract.envelope.rows or camel(snake(route.path.rpartition("/")[2].replace("-", "_")))


def page_entries(contract: Contract, route: Route, wanted: Object) -> list[Literal | Nodes | PageFact]:
    """What the answer of a list consists of."""
    envelope = contract.envelope
    found: list[Literal | Nodes | PageFact] = [Literal(*each) for each in envelope.first]
    found.append(Nodes(rows_key(contract, route), wanted))
    if route.face is not None and not route.face.paged:
        return found
    found.append(PageFact(envelope.cursor, "nextCursor"))
    return found if envelope.more is None else [*found, PageFact(envelope.more, "hasNextPage")]


def unmarked(body: bytes) -> tuple[bytes, bytes | None]:
    """Take the version out of the answer of one row: the answer as it is sent, and the version."""
    found = _MARKED.search(body, max(0, len(body) - 48))
    return (body, None) if found is None else (body[: found.start()] + body[found.end() :], found[1])


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the object that a face shows: its key, what it holds, and of an id what that begins with."""

    key: str
    holds: Column | Computed
    prefix: str | None = None

    def is_shown(self, route: Route, missing: frozenset[str]) -> bool:
        """Whether the answers of a route have it; what Python computes, those to reads alone."""
        return self.holds.scope not in missing and (isinstance(self.holds, Column) or not route.is_command)


class FaceReader:
    """Reads the face of one type, and makes of it what a statement shows."""

    def __init__(self, catalogue: Catalogue, contract: Contract, spec: TypeSpec, face: Face) -> None:
        self._catalogue, self._contract, self._spec = catalogue, contract, spec
        self.members = [self._member(each) for each in face.shows]
        self.scopes = frozenset(str(each.holds.scope) for each in self.members if each.holds.scope)

    def object(self, route: Route, missing: frozenset[str]) -> Object:
        """What the answer of a route shows of a row, to a key that lacks these scopes."""
        wanted = Object(self._spec)
        if route.action is Action.DELETE:
            wanted.entries += [Literal(*each) for each in self._contract.envelope.first]
            wanted.entries.append(Value("id", self._id(self._spec.column("id"), prefix_of(self._spec.model))))
            wanted.entries += [Literal(*each) for each in self._contract.deleted]
            return wanted
        for each in self.members:
            if each.is_shown(route, missing):
                held = each.holds
                wanted.entries.append(
                    Value(each.key, held, lower=True) if isinstance(held, Column) else hole(held, each.key)
                )
        if self._spec.has_life and route.action is not Action.LIST:
            wanted.entries.append(Value(VERSION, self._spec.column("version")))
        return wanted

    def _member(self, shown: Shown) -> Member:
        if isinstance(shown, Is):
            column = replace(self._spec.column(shown.column), kind=_is(shown), nullable=False, choices=None)
            return Member(self._contract.spell(shown.key), replace(column, description=shown.description))
        if isinstance(shown, Renamed):
            found = self._member(shown.field)
            return replace(found, key=self._contract.spell(shown.key))
        return self._spelled(self._contract.spell(shown), self._named(shown))

    def _named(self, name: str) -> Field:
        fields = self._spec.fields.values()
        found = next((each for each in fields if name in {each.name, _id_of(each)}), None)
        if found is None:
            raise BadDeclaration(f"{self._spec.name}: a face shows {name}, which is no field")
        return found

    def _spelled(self, key: str, found: Field) -> Member:
        """A field with its values spelled as the contract spells them."""
        if isinstance(found, One):
            prefix = prefix_of(self._catalogue.types[found.target].model)
            return Member(key, self._id(found.reference, prefix), prefix)
        if isinstance(found, Computed):
            return Member(key, found if found.plain is None else found.plain)
        if not isinstance(found, Column):
            raise BadDeclaration(f"{self._spec.name}.{found.name}: a face shows no lists of rows")
        if found.column == "id":
            prefix = prefix_of(self._spec.model)
            return Member(key, self._id(found, prefix), prefix)
        if (of := self._listed(found)) is not None:
            return Member(key, self._ids(found, prefix_of(of)))
        return Member(key, replace(found, kind=self._contract.moment) if found.kind is MOMENT else found)

    def _listed(self, column: Column) -> type[Row] | None:
        """The model of the rows whose ids a column lists."""
        of = facts_of(self._spec.model.__table__.columns[column.column]).ids_of  # type: ignore[attr-defined]
        return None if of is None else model_of(SQLModel.metadata.tables[of])

    def _ids(self, column: Column, prefix: str) -> Column:
        """A list of ids, each spelled as the contract spells one."""
        json = partial(id_list, lambda each: self._contract.ids.sql(each, prefix))
        return replace(column, kind=replace(column.kind, json=json))

    def _id(self, column: Column, prefix: str) -> Column:
        return replace(column, kind=replace(ID, json=lambda name: self._contract.ids.sql(name, prefix)))


def _id_of(found: Field) -> str | None:
    return found.reference.name if isinstance(found, One) else None


def _is(test: Is) -> Kind:
    return Kind("boolean", "bool", lambda column: f"({column}='{test.value}')::text", False, (), str)
