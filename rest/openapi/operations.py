"""Operations: one for each route, with its parameters, its body and every answer it can give."""

from __future__ import annotations

from typing import Final, get_type_hints

from core.http import LARGEST_BODY
from core.values.scalars import exact
from engine.declare.catalogue import TypeSpec
from engine.declare.inputs import adapter, bare
from engine.graph.graph import Graph
from engine.graph.operations import Operation
from rest.bodies import values_of
from rest.contract import CONTRACTS, Contract
from rest.openapi.answers import READ, Answers
from rest.openapi.bodies import Bodies
from rest.openapi.closed import Closed
from rest.openapi.components import SCHEMAS, Components, Schema, ref
from rest.openapi.filters import Filters, parameter
from rest.openapi.names import Tags, operation_id
from rest.openapi.parameters import Parameters
from rest.openapi.rows import Rows, with_edges
from rest.routes import Action, Route

_DELETED: Final[Schema] = {
    "type": "object",
    "description": "What is told of a row that was deleted.",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "deleted_at": {"type": "string", "format": "date-time"},
        "version": {"type": "integer", "format": "int32"},
    },
    "required": ["id", "deleted_at", "version"],
}
_MEBIBYTE: Final = 1_048_576


class Operations:
    """Describes the routes of a graph; what operations share is in the components."""

    def __init__(self, graph: Graph, contract: Contract, routes: list[Route]) -> None:
        catalogue = graph.catalogue
        self.components = Components()
        self._contract, self.tags = contract, Tags(graph)
        self._bodies = Bodies(catalogue, self.components)
        rows = Rows(catalogue, self.components, self._bodies)
        self._filters = Filters(self.components, rows)
        self.parameters = Parameters(catalogue, contract, self.components)
        self.answers = Answers(self.components)
        self._rows = rows
        self.closed = {
            each.name: Closed(catalogue, each, self.parameters, self._bodies, rows)
            for each in CONTRACTS
            if not each.is_open
        }
        """What describes the routes of a contract that names every field, by its name."""
        shown = [route.spec.name for route in routes if route.contract.is_open]
        self._shown = with_edges(catalogue, shown)
        self._polled = {route.spec.name for route in routes if route.root.operation.polled is not None}

    def of(self, route: Route) -> Schema:
        """The operation of a route."""
        declared, target = route.root.operation, route.spec
        summary, _, more = declared.documentation.partition("\n")
        about = (more.strip(), _largest(declared) if route.is_command else "")
        found = self.begun(operation_id(route), self.tags.of(route), summary, about, declared.scope)
        closed = self.closed.get(route.contract.name)
        if closed is not None:
            found["parameters"] = closed.parameters(route)
            if (body := closed.body(route)) is not None:
                found["requestBody"] = body
            return found | {"responses": closed.responses(route)}
        found["parameters"] = self._parameters(route, target)
        if route.is_command and (body := self._body(route, target)) is not None:
            found["requestBody"] = body
        return found | {"responses": self._responses(route, target)}

    def begun(self, name: str, tag: str, summary: str, about: tuple[str, ...], scope: str | None) -> Schema:
        """What every operation begins with: what it is called, what it is for, and the scope that it needs."""
        needs = f"Needs `{scope}`." if scope else "Needs a key with any scope."
        return {
            "operationId": name,
            "tags": [tag],
            "summary": summary.removesuffix("."),
            "description": "\n\n".join(part for part in (*about, needs) if part),
            "x-required-scopes": [str(scope)] if scope else [],
        }

    def finish(self, operations: list[Schema]) -> None:
        """Write what the operations have in common, and the rows, which hold what callers write of them."""
        self._bodies.finish()
        self._rows.add(self._shown)
        self._bodies.exemplify()
        self.components.share_parameters(operations)
        self.components.share_schemas()

    def _parameters(self, route: Route, target: TypeSpec) -> list[Schema]:
        make = self.parameters
        found: list[Schema] = []
        if route.action is Action.LIST:
            found += [*make.page(target), *self._filters.of(target)]
        if route.action is Action.ITEM:
            found.append(make.known())
        if route.is_command:
            found += make.command(versioned="expected_version" in route.root.operation.parameters())
        if route.root.operation.raw is not None:
            found += _beside_the_body(route.root.operation)
        if route.action is not Action.DELETE and route.answers_rows:
            found += make.shown(target)
        return found

    def _body(self, route: Route, target: TypeSpec) -> Schema | None:
        _, cls = route.root.binding.input()
        declared = route.root.operation
        name = route.root.name[0].upper() + route.root.name[1:]
        if cls is not None:
            schema: Schema | None = self._bodies.of_body(cls, target)
        else:
            schema = self._bodies.of_values(name, declared, target)
        if schema is None:
            return None
        content: Schema = {"application/json": {"schema": schema}}
        for media in declared.media:
            content[media] = {"schema": self._bodies.of_raw(name, declared)}
        if route.method == "PATCH":
            content["application/merge-patch+json"] = content["application/json"]
        return {
            "required": route.root.binding.needs_input or "required" in self._bodies.members(schema),
            "content": content,
        }

    def _responses(self, route: Route, target: TypeSpec) -> Schema:
        if route.action is Action.LIST:
            found = {"200": self._page(target)}
        elif not route.answers_rows:
            found = {"200": self._value(route)}
        elif route.action is Action.DELETE:
            found = {"200": self._deleted()}
        else:
            found = {str(int(route.status)): self._row(target)}
        if route.action is Action.ITEM:
            found["304"] = self.answers.not_modified()
        return found | self.answers.errors()

    def _page(self, target: TypeSpec) -> Schema:
        about = "Pass it as `cursor` to get the next page; null at the end."
        rows, cursor = "data", self._contract.envelope.cursor
        next_cursor = self.components.schema("NextCursor", {"type": ["string", "null"], "description": about})
        listed = {"type": "array", "items": ref(SCHEMAS, f"Shown{target.name}")}
        page = {"type": "object", "properties": {rows: listed, cursor: next_cursor}, "required": [rows, cursor]}
        schema = self.components.schema(f"{target.name}Page", page)
        return self.answers.answer(f"{target.name}Page", "A page.", schema, "Link", *READ)

    def _row(self, target: TypeSpec) -> Schema:
        names: tuple[str, ...] = ("ETag", "Location", "Idempotent-Replayed", *READ)
        names += ("Retry-After", "Link") if target.name in self._polled else ()
        return self.answers.answer(target.name, "The row.", _data(ref(SCHEMAS, f"Shown{target.name}")), *names)

    def _deleted(self) -> Schema:
        row = self.components.schema("Deleted", _DELETED)
        return self.answers.answer("Deleted", "The row was deleted.", _data(row), "Idempotent-Replayed")

    def _value(self, route: Route) -> Schema:
        """What a command answers that is no row."""
        cls = get_type_hints(route.root.operation.resolver)["return"]
        schema = _data(self._bodies.of_answer(cls))
        return self.answers.answer(cls.__name__, "What became of it.", schema, "Idempotent-Replayed")


def _data(schema: Schema) -> Schema:
    return {"type": "object", "properties": {"data": schema}, "required": ["data"]}


def _beside_the_body(declared: Operation) -> list[Schema]:
    """The parameters of an operation whose body is not JSON."""
    values = [each for name, each in values_of(declared).items() if name != declared.raw]
    about = "Beside a body that is not JSON; a JSON object holds it."
    return [
        parameter(each.name, "query", about, adapter(exact(bare(each.annotation))).json_schema()) for each in values
    ]


def _largest(declared: Operation) -> str:
    largest = declared.largest or LARGEST_BODY
    return "" if largest == LARGEST_BODY else f"The body may have up to {largest // _MEBIBYTE} MiB."
