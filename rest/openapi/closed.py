"""Operations of the contracts that name every field: their parameters, bodies and answers, from the faces of types."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from engine.declare.catalogue import Catalogue, Column
from engine.declare.inputs import adapter, bare
from engine.declare.kinds import ID, MOMENT
from engine.declare.names import pascal
from engine.sql.cursors import CURSOR_PATTERN
from rest.bodies import keys_of
from rest.closed_lists import ORDER, ORDERS, ClosedList
from rest.contract import Contract
from rest.faces import FaceReader, Member, around_row, prefix_of, rows_key
from rest.openapi.answers import READ, Answers
from rest.openapi.bodies import Bodies, told
from rest.openapi.components import Schema
from rest.openapi.filters import parameter
from rest.openapi.parameters import Parameters
from rest.openapi.rows import Rows
from rest.routes import Action, Route

_TEXT: Final[Schema] = {"type": "string"}
_ID: Final = "What names it."
_SINCE: Final = "In milliseconds since 1970."
_MILLISECONDS: Final[Schema] = {"type": "integer", "format": "int64"}


class Closed:
    """Describes the routes of one contract."""

    def __init__(
        self, catalogue: Catalogue, contract: Contract, parameters: Parameters, bodies: Bodies, rows: Rows
    ) -> None:
        self._parameters, components = parameters, parameters.components
        self._catalogue, self._contract, self._components = catalogue, contract, components
        self._bodies, self._rows = bodies, rows
        self.answers = Answers(components, contract)

    def row_id(self, route: Route) -> Schema:
        """The id in a path."""
        assert route.record is not None
        name = f"{self.answers.prefix}{pascal(prefix_of(route.record.model))}Id"
        made = parameter("id", "path", "The id.", self._id(prefix_of(route.record.model)), required=True)
        return self._components.parameter(name, made)

    def parameters(self, route: Route) -> list[Schema]:
        """The parameters of a route, without the id in its path."""
        if route.action is Action.LIST:
            return self._of_list(route)
        if not route.is_command:
            return [self._parameters.known()]
        found = self._parameters.command(versioned=False)
        if "expected_version" in route.root.operation.parameters():
            about = f"The `ETag` you saw, or several: {self._contract.stale} when it has changed since."
            made = parameter("If-Match", "header", about, self._parameters.tags())
            found.append(self._components.parameter("ClosedIfMatch", made))
        return found

    def body(self, route: Route) -> Schema | None:
        """The body that a route takes, if it takes one."""
        _, cls = route.root.binding.input()
        if cls is None or route.face is None:
            return None
        keys = keys_of(cls, self._contract.spell, route.face.takes)
        base = f"{self.answers.prefix}Writable{pascal(route.face.name)}"
        schema = self._bodies.of_closed(f"{self.answers.prefix}{cls.__name__}", base, cls, route.spec, keys)
        content: Schema = {"application/json": {"schema": schema}}
        if route.method == "PATCH":
            content["application/merge-patch+json"] = content["application/json"]
        return {"required": True, "content": content}

    def responses(self, route: Route) -> Schema:
        """Every answer of a route."""
        if route.action is Action.LIST:
            found = {"200": self._page(route)}
        elif route.action is Action.DELETE:
            schema = self._components.schema(f"{self.answers.prefix}Deleted", self._deleted())
            found = {"200": self.answers.answer("Deleted", "It was deleted.", schema, "Idempotent-Replayed")}
        else:
            found = {str(int(route.status)): self._row(route)}
        if route.action is Action.ITEM:
            found["304"] = self.answers.not_modified()
        return found | self.answers.errors()

    def _of_list(self, route: Route) -> list[Schema]:
        found: list[Schema] = []
        assert route.face is not None
        if route.face.paged:
            size, cursor = self._contract.size, self._contract.envelope.cursor
            limit = {"type": "integer", "minimum": 1, "maximum": size.largest, "default": size.default}
            found.append(parameter("limit", "query", "Rows on a page.", limit))
            about = f"The `{cursor}` of the page before."
            found.append(parameter("cursor", "query", about, {"type": "string", "pattern": CURSOR_PATTERN}))
            if self._contract.ordered:
                words = {"type": "string", "enum": [*ORDERS], "default": ORDERS[1]}
                found.append(parameter(ORDER, "query", "The oldest first, or the newest.", words))
        lists = ClosedList(self._catalogue, self._contract, route)
        for name, column in lists.filters.items():
            schema = _TEXT if column.kind is ID else self._rows.value(column)
            found.append(parameter(name, "query", f"Only those with this one: {column.description}", schema))
        for name, each in lists.values.items():
            hint = bare(each.annotation)
            about = route.root.operation.descriptions().get(each.name, "")
            found.append(parameter(lists.spell(name), "query", about, adapter(hint).json_schema()))
        return found

    def _page(self, route: Route) -> Schema:
        assert route.face is not None
        envelope, rows = self._contract.envelope, rows_key(self._contract, route)
        properties = self._first() | {rows: {"type": "array", "items": self._object(route)}}
        if route.face.paged:
            about = "Pass it as `cursor` to get the next page; null at the end."
            properties[envelope.cursor] = {"type": ["string", "null"], "description": about}
            if envelope.more is not None:
                properties[envelope.more] = {"type": "boolean", "description": "Whether there is a next page."}
        name = f"{pascal(route.face.name)}Page"
        schema = self._components.schema(f"{self.answers.prefix}{name}", _closed(properties))
        return self.answers.answer(name, "A page.", schema, "Link", *READ)

    def _row(self, route: Route) -> Schema:
        assert route.face is not None
        schema = self._object(route)
        before, _ = around_row(self._contract, route)
        name = pascal(route.face.name)
        if before:
            member = before.rpartition('"')[0].rpartition('"')[2]
            schema = self._components.schema(
                f"{self.answers.prefix}{name}Answer", _closed(self._first() | {member: schema})
            )
        return self.answers.answer(name, "It.", schema, "ETag", "Location", "Idempotent-Replayed", *READ)

    def _deleted(self) -> Schema:
        flags = {key: {"type": "boolean", "enum": [json == "true"]} for key, json in self._contract.deleted}
        return _closed(self._first() | {"id": _TEXT | {"description": _ID}} | flags)

    def _first(self) -> Schema:
        return {key: {"type": "boolean", "enum": [json == "true"]} for key, json in self._contract.envelope.first}

    def _object(self, route: Route) -> Schema:
        """A reference to the schema of what is shown."""
        assert route.face is not None
        members = FaceReader(self._catalogue, self._contract, route.spec, route.face).members
        properties = {each.key: self._member(each) for each in members}
        always = [each.key for each in members if each.holds.scope is None and isinstance(each.holds, Column)]
        made = _closed(properties, always) | {"description": route.spec.description}
        return self._components.schema(f"{self.answers.prefix}{pascal(route.face.name)}", made)

    def _member(self, member: Member) -> Schema:
        held = member.holds
        if not isinstance(held, Column):
            return {"type": ["object", "string", "null"]} | told(held.description, held.scope)
        if member.prefix is not None:
            return _nullable(self._id(member.prefix), replace(held, description=_ID) if held.column == "id" else held)
        if held.kind is self._contract.moment and held.kind is not MOMENT:
            return _nullable(_MILLISECONDS, replace(held, description=f"{held.description} {_SINCE}"))
        return self._rows.shown(held)

    def _id(self, prefix: str) -> Schema:
        pattern = self._contract.ids.pattern(prefix)
        return _TEXT | ({"format": "uuid"} if pattern is None else {"pattern": pattern})


def _nullable(schema: Schema, column: Column) -> Schema:
    kind: Any = [schema["type"], "null"] if column.nullable else schema["type"]
    return schema | {"type": kind} | told(column.description, column.scope)


def _closed(properties: Schema, required: list[str] | None = None) -> Schema:
    always = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": always, "additionalProperties": False}
