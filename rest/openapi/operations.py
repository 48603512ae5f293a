"""Operations: one for each route, with its parameters, its body and every answer it can give."""

from __future__ import annotations

from typing import Final, get_type_hints

from core.values.scalars import exact
from core.writing.claim import HEADER as IDEMPOTENCY_KEY
from engine.declare.catalogue import Catalogue, Column, Computed, Many, One, TypeSpec
from engine.declare.inputs import adapter, bare
from engine.graph.operations import Operation
from engine.sql.orders import sorts
from rest.bodies import values_of
from rest.contract import Contract
from rest.openapi.answers import error_refs, header_refs, polled_headers
from rest.openapi.bodies import Bodies
from rest.openapi.filters import filters, parameter
from rest.openapi.rows import Schema, example
from rest.parameters import SYNC_COLUMN, default_sort
from rest.routes import ID, Action, Route

_LIST: Final = (400, 401, 403, 405, 406, 422, 429, 500, 503)
_ITEM: Final = (401, 403, 404, 405, 406, 422, 429, 500, 503)
_COMMAND: Final = (400, 401, 403, 405, 406, 409, 413, 415, 422, 429, 500, 503)
_ORDER = "In the order of `{}`, the latest {} unless `sort` asks for another."


class Operations:
    """Describes routes; `shared` are the parameters that several of them have."""

    def __init__(self, catalogue: Catalogue, contract: Contract, bodies: Bodies, scheme: str) -> None:
        self._catalogue, self._contract, self._bodies, self._scheme = catalogue, contract, bodies, scheme
        self.shared = _shared(contract)

    def operation(self, route: Route) -> Schema:
        """The operation of a route."""
        declared, target = route.root.operation, route.spec
        scope = str(declared.scope) if declared.scope else None
        summary, _, more = declared.documentation.partition("\n")
        needs = f"Needs the scope `{scope}`." if scope else "Needs a key with any scope."
        order = _order(target) if route.action is Action.LIST else ""
        found: Schema = {
            "operationId": route.root.name,
            "tags": [route.tag],
            "summary": summary.removesuffix("."),
            "description": "\n\n".join(part for part in (summary, more.strip(), order, needs) if part),
            "security": [{self._scheme: []}],
            "x-required-scopes": [scope] if scope else [],
            "parameters": self._parameters(route, target),
        }
        if route.is_command and (body := self._body(route, target)) is not None:
            found["requestBody"] = body
        return found | {"responses": self._responses(route, target)}

    def _parameters(self, route: Route, target: TypeSpec) -> list[Schema]:
        found = [{"$ref": "#/components/parameters/Id"}] if ID in route.path else []
        if route.action is Action.LIST:
            found += [_ref(name) for name in ("Limit", "Cursor", *(("UpdatedSince",) if target.has_life else ()))]
            found += [_sort(target), *filters(target)]
        if route.action is Action.ITEM:
            found.append(_ref("IfNoneMatch"))
        if route.is_command:
            found.append(_ref("IdempotencyKey"))
            if "expected_version" in route.root.operation.parameters():
                found.append(_ref("IfMatch"))
        if route.root.operation.raw is not None:
            found += _beside_the_body(route.root.operation)
        if route.action is not Action.DELETE and route.answers_rows:
            found += [_fields(self._catalogue, target), *_include(target)]
        return found

    def _body(self, route: Route, target: TypeSpec) -> Schema | None:
        name, cls = route.root.binding.input()
        declared = route.root.operation
        if cls is not None:
            schema, name = self._bodies.of_input(cls, target), cls.__name__
        else:
            name = route.root.name[0].upper() + route.root.name[1:]
            schema = self._bodies.of_values(name, declared)
            if not self._bodies.schemas[name]["properties"]:
                del self._bodies.schemas[name]
                return None
        content = {"application/json": {"schema": schema, "example": self._bodies.example(name)}}
        if declared.raw is not None:
            content["application/octet-stream"] = {"schema": {"type": "string", "contentEncoding": "binary"}}
        if route.action is Action.UPDATE:
            content["application/merge-patch+json"] = content["application/json"]
        return {"required": cls is not None, "description": _BODY, "content": content}

    def _responses(self, route: Route, target: TypeSpec) -> Schema:
        if route.action is Action.LIST:
            return {"200": self._page(target)} | error_refs(*_LIST)
        statuses = set(_COMMAND if route.is_command else _ITEM) | ({404} if ID in route.path else set())
        found = {str(int(route.status)): self._row(route, target)}
        if route.action is Action.ITEM:
            known = "Not changed since the `ETag` of `If-None-Match`."
            found["304"] = {"description": known, "headers": header_refs("ETag", "Vary", "Cache-Control")}
        return found | error_refs(*statuses)

    def _page(self, target: TypeSpec) -> Schema:
        rows, cursor = self._contract.rows_key, self._contract.cursor_key
        about = "Pass it as `cursor` to get the next page; null at the end."
        properties = {
            rows: {"type": "array", "items": {"$ref": f"#/components/schemas/{target.name}"}},
            cursor: {"type": ["string", "null"], "description": about},
        }
        shown = {rows: [example(target)], cursor: None}
        schema = {"type": "object", "properties": properties, "required": [rows, cursor]}
        return _answer("A page of the list.", schema, shown, "Link", "Vary", "Cache-Control")

    def _row(self, route: Route, target: TypeSpec) -> Schema:
        if not route.answers_rows:
            return self._value(route)
        kept = frozenset({"id", "deleted_at", "version"}) if route.action is Action.DELETE else None
        row: Schema = {"$ref": f"#/components/schemas/{target.name}"}
        if kept is not None:
            row = {"allOf": [row, {"type": "object", "required": sorted(kept)}]}
        schema = {"type": "object", "properties": {"data": row}, "required": ["data"]}
        more: tuple[str, ...] = ("ETag",) if route.action is not Action.DELETE else ()
        more += ("Vary", "Cache-Control") if route.action is Action.ITEM else ()
        more += ("Idempotent-Replayed",) if route.is_command else ()
        more += ("Location",) if route.tells_where else ()
        shown = {"data": example(target, kept)}
        found = _answer(_ABOUT[route.action], schema, shown, *more)
        if (polled := route.root.operation.polled) is not None:
            found["headers"] |= polled_headers(polled.field, polled.link)
        return found

    def _value(self, route: Route) -> Schema:
        """What a command answers that is no row."""
        row = self._bodies.of_answer(get_type_hints(route.root.operation.resolver)["return"])
        schema = {"type": "object", "properties": {"data": row}, "required": ["data"]}
        return _answer("What became of it.", schema, {"data": {}}, "Idempotent-Replayed")


def _beside_the_body(declared: Operation) -> list[Schema]:
    """The parameters of an operation whose body is not JSON."""
    values = [each for name, each in values_of(declared).items() if name != declared.raw]
    about = "Beside a body that is not JSON; a JSON object holds it."
    return [
        parameter(each.name, "query", about, adapter(exact(bare(each.annotation))).json_schema()) for each in values
    ]


_BODY: Final = "A JSON object; camelCase names are accepted too."
_ABOUT: Final = {
    Action.ITEM: "The row.",
    Action.CREATE: "The row that was made.",
    Action.UPDATE: "The row as it is now.",
    Action.DELETE: "The row was deleted.",
    Action.VERB: "The row as it is now.",
}


def _answer(about: str, schema: Schema, shown: Schema, *names: str) -> Schema:
    media = {"schema": schema, "example": shown}
    return {"description": about, "headers": header_refs(*names), "content": {"application/json": media}}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/parameters/{name}"}


def _shared(contract: Contract) -> Schema:
    size = contract.size
    limit = {"type": "integer", "minimum": 1, "maximum": size.largest, "default": size.default}
    visible = {"type": "string", "pattern": "^[!-~]+$"}
    since = "Only rows changed at or after this moment: how a copy is kept."
    moment = {"type": "string", "format": "date-time"}
    text, tag = {"type": "string"}, "The `ETag` you"
    return {
        "Id": parameter("id", "path", "The row's id.", {"type": "string", "format": "uuid"}, required=True),
        "Limit": parameter("limit", "query", "Rows on a page.", limit),
        "Cursor": parameter(contract.cursor_name, "query", "The `next_cursor` of the page before.", text),
        "UpdatedSince": parameter("updated_since", "query", since, moment),
        "IdempotencyKey": parameter(
            IDEMPOTENCY_KEY,
            "header",
            "Makes a retry safe: the same request with the same key takes effect once, within 24 hours.",
            visible | {"minLength": 1, "maxLength": 255},
        ),
        "IfMatch": parameter("If-Match", "header", f"{tag} saw: 409 when the row has changed since.", text),
        "IfNoneMatch": parameter("If-None-Match", "header", f"{tag} have: 304 when it still holds.", text),
        "RequestId": parameter("X-Request-Id", "header", "Comes back in the answer.", visible | {"maxLength": 128}),
    }


def _words(name: str, about: str, words: list[str]) -> Schema:
    schema = {"type": "array", "items": {"type": "string", "enum": words}, "minItems": 1}
    return parameter(name, "query", about, schema, style="form", explode=False)


def _order(target: TypeSpec) -> str:
    return _ORDER.format(*((SYNC_COLUMN, "change last,") if target.has_life else (target.order, "first,")))


def _sort(target: TypeSpec) -> Schema:
    about = "The order; `-` for the other way round."
    about += f" Only `{SYNC_COLUMN}` is an order to keep a copy by." if target.has_life else ""
    schema = {"type": "string", "enum": sorts(target), "default": default_sort(target)}
    return parameter("sort", "query", about, schema)


def _fields(catalogue: Catalogue, target: TypeSpec) -> Schema:
    words = _names(target)
    for each in target.fields.values():
        if isinstance(each, (One, Many)):
            words += [f"{each.name}.{name}" for name in _names(catalogue.types[each.target])]
    return _words("fields", "Show only these fields, of the row and of what it is connected to.", words)


def _names(spec: TypeSpec) -> list[str]:
    columns = [each.reference if isinstance(each, One) else each for each in spec.fields.values()]
    plain = [each.plain if isinstance(each, Computed) else each for each in columns]
    return [each.name for each in plain if isinstance(each, Column)]


def _include(target: TypeSpec) -> list[Schema]:
    words = [each.name for each in target.fields.values() if isinstance(each, (One, Many))]
    return [_words("include", "Show these, too.", words)] if words else []
