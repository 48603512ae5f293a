"""OpenAPI 3.1 of the façade, generated from its routes, the catalogue and the inputs: nothing is said twice."""

from __future__ import annotations

from typing import Any, Final

import orjson

from core.version import version
from engine.graph.graph import Graph
from rest.contract import MRP, Contract
from rest.openapi import feed, files, joining, me, metrics
from rest.openapi.names import Tags
from rest.openapi.operations import Operations
from rest.parameters import MAX_CONDITIONS
from rest.routes import ID, PREFIX, Route, derive

PATH: Final = "/api/openapi"
"""Where the document is served; it needs no key."""
SCHEME: Final = "apiKey"
_ABOUT: Final = f"""One graph of a shop's quotes, clients and orders; this is its REST façade, generated from it.

**Three contracts.** The first segment of a path says in whose words it is answered, errors included: `documents`,
`folders`, `utilities` and `pipelines` are Forge Json's; `sessions`, `events`, `signals`, `rules`, `budgets`, `reports`,
`users`, `teams`, `webhooks` and `audit-log` are FORG's. What is said here of bodies, lists, rows, errors and tables is
Forge MRP's, which has all other paths; the schemas of the others begin with `Json` and `Forg`.

**Keys.** Send `Authorization: Bearer fmrp_live_…`. Each operation names the scope it needs; a write scope of an area
also lets a key read that area.

**Bodies** are JSON objects in snake_case, as answers are; the same names in camelCase are accepted too (`clientId` for
`client_id`), but not both for one field. An unknown field or parameter is refused, never ignored.

**Lists** are ordered by `updated_at` unless `sort` says otherwise, so that a copy can be kept: page by `next_cursor`
until it is null, remember the newest `updated_at`, and ask again with `updated_since`. Each filter has operators:
`total[gte]=100`; without one it is equality, `status=sent`. A list is parted by commas or repeated, and a value in
double quotes may hold commas: `title[in]="Shaft, long",Bracket`. A list takes {MAX_CONDITIONS} filters at most.

**Rows** show every field, unless `fields` names some; then only these are there. A field that needs a scope which the
key lacks is left out.

**Errors** have a `code` for programs and a `message` for people. A `validation_error` tells everything that is wrong
at once, in `details`: each with its `field`, such as `parts[2].quantity`. What only the data can tell, such as an
unknown id, is told when all else is right.

**Tables.** To `Accept: text/csv` a list answers its rows as CSV; `Link` leads to the next page.

**Retries.** With an `Idempotency-Key` a POST, PATCH or DELETE takes effect once: sent again, it gets the first answer.

**Values.** Decimals are strings and keep every digit; moments are UTC with six decimals. HEAD answers like GET without
the body, OPTIONS with `Allow`; a path does not end with a slash.

**Transport.** Answers are compressed as `Accept-Encoding` allows. Pages of the origins that an installation names may
call it from a browser: then answers have `Access-Control-Allow-Origin`, and `Access-Control-Expose-Headers` names the
headers documented here."""


def document(graph: Graph, contract: Contract = MRP, *, public_url: str = "") -> dict[str, Any]:
    """The OpenAPI document of a graph; `public_url` is where callers find the server, if it is known."""
    routes = derive(graph)
    operations = Operations(graph, contract, routes)
    paths: dict[str, Any] = {}
    for route in sorted(routes, key=_place):
        paths.setdefault(route.path, {})[route.method.lower()] = operations.of(route)
    paths[feed.PATH] = {"get": feed.operation(graph, operations)}
    paths[metrics.PATH] = {"get": metrics.operation(graph, operations)}
    paths[me.PATH] = {"get": me.operation(graph, operations)}
    paths[joining.PATH] = {"post": joining.operation(operations)}
    row = paths["/attachments"]["post"]["responses"]["201"]
    paths[files.PATH] = files.operations_of(operations, SCHEME, row)
    operations.finish([each for path in paths.values() for each in path.values()])
    named = {route.path: route for route in routes}
    for name, path in paths.items():
        if ID in name:
            closed = operations.closed.get(named[name].contract.name) if name in named else None
            path["parameters"] = [operations.parameters.row_id() if closed is None else closed.row_id(named[name])]
    return {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [{"url": f"{public_url}{PREFIX}", "description": "This server."}],
        "tags": _tags(routes, operations.tags),
        "security": [{SCHEME: []}],
        "paths": paths,
        "components": {"securitySchemes": {SCHEME: _scheme()}} | operations.components.sorted(),
    }


def text(graph: Graph, *, public_url: str = "") -> str:
    """The document as its committed print has it."""
    return orjson.dumps(document(graph, public_url=public_url), option=orjson.OPT_INDENT_2).decode() + "\n"


def _place(route: Route) -> tuple[str, int]:
    return route.path, ("GET", "POST", "PATCH", "PUT", "DELETE").index(route.method)


def _info() -> dict[str, Any]:
    return {
        "title": "Forge",
        "version": version(),
        "summary": "Manufacturing data for job shops.",
        "description": _ABOUT,
        "license": {"name": "MIT", "identifier": "MIT"},
        "contact": {"name": "Forge"},
    }


def _tags(routes: list[Route], tags: Tags) -> list[dict[str, str]]:
    found = {tags.of(route): route.root.target.description for route in routes if route.root.target is not None}
    found |= {
        feed.TAG: feed.ABOUT,
        metrics.TAG: metrics.ABOUT,
        me.TAG: me.ABOUT,
        joining.TAG: joining.ABOUT,
        files.TAG: files.ABOUT,
    }
    return [{"name": name, "description": found[name]} for name in sorted(found)]


def _scheme() -> dict[str, str]:
    about = "An API key; it is shown once, when it is made, and holds a fixed set of scopes."
    return {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "fmrp_live_<keyid>_<secret>_<crc>",
        "description": about,
    }
