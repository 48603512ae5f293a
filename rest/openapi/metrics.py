"""The path of metrics: no route of rows, so it is written down here, with what can be asked of each resource."""

from __future__ import annotations

from typing import Any, Final

from engine.graph.graph import Graph
from engine.sql.metric_groups import groups_of
from engine.sql.metrics import (
    MAX_GROUPS,
    MAX_MEASURES,
    MAX_POINTS,
    BucketUnit,
    MetricFunction,
    bucketable,
    measurable,
)
from rest.metrics_door import resources_of
from rest.openapi.answers import error_refs, header_refs
from rest.openapi.rows import Schema
from rest.routes import METRICS

PATH: Final = METRICS
TAG: Final = "metrics"
ABOUT: Final = "Figures over the rows of any list, for dashboards."
_GROUPS: Final = "A point for each value of these: `status`, `client.name`; a field of an edge needs its scope."
_ERRORS: Final = (401, 403, 405, 406, 422, 429, 500, 503)


def operation(graph: Graph, scheme: str) -> Schema:
    """The operation of metrics."""
    root = graph.root("query", "metrics")
    assert root is not None
    summary, _, more = root.operation.documentation.partition("\n")
    about = [
        summary,
        more.strip(),
        "Every parameter not named here is a filter of the resource's own list.",
        *_fields(graph),
        "Needs a key with any scope; each resource its view scope.",
    ]
    return {
        "operationId": "metrics",
        "tags": [TAG],
        "summary": summary.removesuffix("."),
        "description": "\n\n".join(about),
        "security": [{scheme: []}],
        "x-required-scopes": [],
        "parameters": _parameters(graph),
        "responses": {"200": _figures(), "304": _unchanged()} | error_refs(*_ERRORS),
    }


def _fields(graph: Graph) -> list[str]:
    found = []
    for path, name in resources_of(graph.catalogue).items():
        spec = graph.catalogue.resources[name]
        words = (("measures", measurable), ("groups", groups_of), ("buckets", bucketable))
        found.append(f"`{path}`: " + "; ".join(f"{word} {', '.join(of(spec))}" for word, of in words) + ".")
    return found


def _parameters(graph: Graph) -> list[Schema]:
    functions, units = "|".join(MetricFunction), "|".join(BucketUnit)
    day = {"type": "string", "format": "date"}
    measure = {"type": "string", "pattern": f"^(count|({functions}):[a-z_]+)$"}
    resource = {"type": "string", "enum": list(resources_of(graph.catalogue))}
    return [
        _parameter("resource", "Whose rows.", resource, need=True),
        _words("measure", "What to work out: `count`, `sum:total`; the count if left out.", measure, MAX_MEASURES),
        _words("group_by", _GROUPS, {"type": "string", "pattern": r"^[a-z_]+(\.[a-z0-9_]+)?$"}, MAX_GROUPS),
        _parameter("bucket", "`month:created_at`.", {"type": "string", "pattern": f"^({units}):[a-z_]+$"}),
        _parameter("from", "The first day of the buckets.", day),
        _parameter("to", "Their last day, included.", day),
        _parameter("time_zone", "Where days begin: an IANA name; else UTC.", {"type": "string", "default": "UTC"}),
        {"$ref": "#/components/parameters/IfNoneMatch"},
    ]


def _parameter(name: str, about: str, schema: Schema, *, need: bool = False) -> Schema:
    return {"name": name, "in": "query", "description": about, "schema": schema} | ({"required": True} if need else {})


def _words(name: str, about: str, item: Schema, most: int) -> Schema:
    schema = {"type": "array", "items": item, "minItems": 1, "maxItems": most}
    return _parameter(name, about, schema) | {"style": "form", "explode": False}


def _figures() -> Schema:
    texts = {"type": "array", "items": {"type": ["string", "null"]}}
    column: dict[str, Any] = {
        "name": {"type": "string"},
        "kind": {"type": "string", "enum": ["bucket", "group", "measure"]},
        "field": {"type": ["string", "null"]},
        "function": {"type": ["string", "null"], "enum": [*MetricFunction, None]},
    }
    point: dict[str, Any] = {
        "bucket": {"type": ["string", "null"], "format": "date", "description": "The first day of the bucket."},
        "group": texts | {"description": "The values of `group_by`, in its order."},
        "values": texts | {"description": "The measures in their order; numbers are exact, as text."},
    }
    properties: dict[str, Any] = {
        "columns": {"type": "array", "items": _object(column)},
        "points": {"type": "array", "items": _object(point), "maxItems": MAX_POINTS},
        "truncated": {"type": "boolean", "description": "Whether there are more groups than points."},
    }
    shown = {
        "columns": [
            {"name": "status", "kind": "group", "field": "status", "function": None},
            {"name": "sum_total", "kind": "measure", "field": "total", "function": "sum"},
        ],
        "points": [{"bucket": None, "group": ["sent"], "values": ["1250.50"]}],
        "truncated": False,
    }
    media = {"schema": _object({"data": _object(properties)}), "example": {"data": shown}}
    headers = header_refs("ETag", "Vary", "Cache-Control")
    return {"description": "The figures.", "headers": headers, "content": {"application/json": media}}


def _unchanged() -> Schema:
    known = "Not changed since the `ETag` of `If-None-Match`."
    return {"description": known, "headers": header_refs("ETag", "Vary", "Cache-Control")}


def _object(properties: dict[str, Any]) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}
