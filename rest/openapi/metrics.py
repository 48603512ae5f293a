"""The path of metrics: no route of rows, so it is written down here, with what can be asked of each resource."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from core.values.custom import KEY_PATTERN
from engine.declare.catalogue import TypeSpec
from engine.graph.graph import Graph
from engine.sql.metric_groups import CUSTOM, groups_of
from engine.sql.metrics import (
    MAX_GROUPS,
    MAX_MEASURES,
    MAX_POINTS,
    BucketUnit,
    MetricFunction,
    bucketable,
    measures_of,
)
from rest.metrics_door import resources_of
from rest.openapi.answers import READ
from rest.openapi.components import Schema
from rest.openapi.filters import parameter
from rest.openapi.operations import Operations
from rest.routes import METRICS

PATH: Final = METRICS
TAG: Final = "Metrics"
ABOUT: Final = "Figures over the rows of any list, for dashboards."
_GROUPS: Final = "A point for each value of these: `status`, `client.name`; a field of an edge needs its scope."
_MORE: Final = (
    "Every parameter not named here is a filter of the resource's own list. What is measured, grouped by and put into"
    " buckets are fields of the resource's rows; each resource needs its view scope."
)


def operation(graph: Graph, operations: Operations) -> Schema:
    """The operation of metrics."""
    root = graph.root("query", "metrics")
    assert root is not None
    summary, _, more = root.operation.documentation.partition("\n")
    found = operations.begun("getMetrics", TAG, summary, (more.strip(), _MORE), None)
    figures = operations.components.schema("Metrics", _figures())
    schema = {"type": "object", "properties": {"data": figures}, "required": ["data"]}
    return found | {
        "parameters": [*_parameters(graph), operations.parameters.known()],
        "responses": {
            "200": operations.answers.answer("Metrics", "The figures.", schema, "ETag", *READ),
            "304": operations.answers.not_modified(),
        }
        | operations.answers.errors(),
    }


def _parameters(graph: Graph) -> list[Schema]:
    specs = [graph.catalogue.resources[name] for name in resources_of(graph.catalogue).values()]
    day = {"type": "string", "format": "date"}
    resource = {"type": "string", "enum": list(resources_of(graph.catalogue))}
    custom = {"type": "string", "pattern": f"^{CUSTOM.replace('.', '[.]')}{KEY_PATTERN}$"}
    groups = {"anyOf": [_any(specs, groups_of), custom]}
    zone = {"type": "string", "default": "UTC", "examples": ["Europe/Berlin"]}
    return [
        parameter("resource", "query", "Whose rows.", resource, required=True),
        _words("measure", "What to work out; the count if left out.", _parted(specs, measures_of), MAX_MEASURES),
        _words("group_by", _GROUPS, groups, MAX_GROUPS),
        parameter("bucket", "query", "A point for each of these; with `from` and `to`.", _parted(specs, _buckets)),
        parameter("from", "query", "The first day of the buckets.", day),
        parameter("to", "query", "Their last day, included.", day),
        parameter("time_zone", "query", "Where days begin: an IANA name.", zone),
    ]


def _any(specs: list[TypeSpec], words: Callable[[TypeSpec], Iterable[str]]) -> Schema:
    """The words of every resource, each once."""
    return {"type": "string", "enum": list(dict.fromkeys(word for spec in specs for word in words(spec)))}


def _parted(specs: list[TypeSpec], words: Callable[[TypeSpec], Iterable[str]]) -> Schema:
    """The words of every resource that are parted by a colon: those before it by those after it."""
    before: dict[str, dict[str, None]] = {}
    for word in (each for spec in specs for each in words(spec)):
        first, _, field = word.partition(":")
        before.setdefault(field, {})[first] = None
    after: dict[tuple[str, ...], list[str]] = {}
    for field, firsts in before.items():
        after.setdefault(tuple(firsts), []).append(field)
    parts = [
        f"({'|'.join(firsts)}):({'|'.join(fields)})" if fields != [""] else "|".join(firsts)
        for firsts, fields in after.items()
    ]
    return {"type": "string", "pattern": f"^({'|'.join(parts)})$"}


def _buckets(spec: TypeSpec) -> list[str]:
    return [f"{unit}:{name}" for name in bucketable(spec) for unit in BucketUnit]


def _words(name: str, about: str, item: Schema, most: int) -> Schema:
    schema = {"type": "array", "items": item, "minItems": 1, "maxItems": most}
    return parameter(name, "query", about, schema, style="form", explode=False)


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
    return _object(
        {
            "columns": {"type": "array", "items": _object(column)},
            "points": {"type": "array", "items": _object(point), "maxItems": MAX_POINTS},
            "truncated": {"type": "boolean", "description": "Whether there are more groups than points."},
        }
    )


def _object(properties: dict[str, Any]) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}
