"""OpenAPI 3.1 of the façade, generated from its routes, the catalogue and the inputs: nothing is said twice."""

from __future__ import annotations

from typing import Any, Final

import orjson

from core.version import version
from engine.graph.graph import Graph
from rest.contract import MRP, Contract
from rest.openapi import feed, metrics
from rest.openapi.answers import error_responses, headers
from rest.openapi.bodies import Bodies
from rest.openapi.operations import Operations
from rest.openapi.rows import row_schemas
from rest.routes import PREFIX, Route, derive

PATH: Final = "/api/openapi"
"""Where the document is served; it needs no key."""
SCHEME: Final = "apiKey"
_ABOUT: Final = """One graph of a shop's quotes, clients and orders; this is its REST façade, generated from it.

**Keys.** Send `Authorization: Bearer fmrp_live_…`. Each operation names the scope it needs; a write scope of an area
also lets a key read that area. A field that needs another scope is left out for a key without it.

**Bodies** are JSON objects in snake_case, as answers are; the same names in camelCase are accepted too (`clientId` for
`client_id`), but not both for one field. An unknown field or parameter is refused, never ignored.

**Lists** are ordered by `updated_at` unless `sort` says otherwise, so that a copy can be kept: page by `next_cursor`
until it is null, remember the newest `updated_at`, and ask again with `updated_since`.

**Retries.** With an `Idempotency-Key` a POST, PATCH or DELETE takes effect once: sent again, it gets the first answer.

**Values.** Decimals are strings and keep every digit; moments are UTC with six decimals. HEAD answers like GET without
the body, OPTIONS with `Allow`; a path does not end with a slash."""


def document(graph: Graph, contract: Contract = MRP) -> dict[str, Any]:
    """The OpenAPI document of a graph."""
    routes = derive(graph)
    bodies = Bodies(graph.catalogue)
    operations = Operations(graph.catalogue, contract, bodies, SCHEME)
    paths: dict[str, Any] = {}
    for route in sorted(routes, key=_place):
        paths.setdefault(route.path, {})[route.method.lower()] = operations.operation(route)
    paths[feed.PATH] = {"get": feed.operation(graph, contract, SCHEME)}
    paths[metrics.PATH] = {"get": metrics.operation(graph, SCHEME)}
    for path in paths.values():
        path["parameters"] = [{"$ref": "#/components/parameters/RequestId"}]
    return {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [{"url": PREFIX, "description": "This server."}],
        "tags": _tags(routes),
        "security": [{SCHEME: []}],
        "paths": paths,
        "components": {
            "securitySchemes": {SCHEME: _scheme()},
            "parameters": operations.shared,
            "headers": headers(),
            "responses": error_responses(),
            "schemas": dict(sorted({**_schemas(graph), **bodies.schemas}.items())),
        },
    }


def text(graph: Graph) -> str:
    """The document as its committed print has it."""
    return orjson.dumps(document(graph), option=orjson.OPT_INDENT_2).decode() + "\n"


def _schemas(graph: Graph) -> dict[str, Any]:
    return {**row_schemas(graph.catalogue), "Change": feed.change(graph), "Error": _error()}


def _place(route: Route) -> tuple[str, int]:
    return route.path, ("GET", "POST", "PATCH", "DELETE").index(route.method)


def _info() -> dict[str, Any]:
    return {
        "title": "Forge",
        "version": version(),
        "summary": "Manufacturing data for job shops.",
        "description": _ABOUT,
        "license": {"name": "MIT", "identifier": "MIT"},
        "contact": {"name": "Forge"},
    }


def _tags(routes: list[Route]) -> list[dict[str, str]]:
    found = {route.tag: route.root.target.description for route in routes if route.root.target is not None}
    found |= {feed.TAG: feed.ABOUT, metrics.TAG: metrics.ABOUT}
    return [{"name": name, "description": found[name]} for name in sorted(found)]


def _scheme() -> dict[str, str]:
    about = "An API key; it is shown once, when it is made, and holds a fixed set of scopes."
    return {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "fmrp_live_<keyid>_<secret>_<crc>",
        "description": about,
    }


def _error() -> dict[str, Any]:
    code = {"type": "string", "description": "What went wrong, as one word.", "examples": ["not_found"]}
    message = {
        "type": "string",
        "description": "What went wrong, for people; names the field.",
        "examples": ["Quote not found"],
    }
    restart = {
        "type": "string",
        "description": "Of `gone` only: the cursor to go on from once everything was read again.",
    }
    request_id = {"type": "string", "description": "The request's id, as `X-Request-Id` has it: name it to support."}
    properties = {"code": code, "message": message, "restart": restart, "request_id": request_id}
    inner = {"type": "object", "properties": properties, "required": ["code", "message", "request_id"]}
    return {"type": "object", "description": "An error.", "properties": {"error": inner}, "required": ["error"]}
