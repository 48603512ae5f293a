"""Metrics in the graph: what the answer looks like, and the arguments, generated from every listed type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum, StrEnum
from types import GenericAlias
from typing import Any

import strawberry
from strawberry.types.arguments import StrawberryArgument

from engine.declare.catalogue import Column, TypeSpec
from engine.declare.declared import argument, declare, input_class
from engine.declare.enums import describe_enum
from engine.declare.names import snake
from engine.declare.prices import Cost
from engine.sql.metric_groups import Group, groups_of
from engine.sql.metrics import (
    MAX_GROUPS,
    MAX_MEASURES,
    MAX_POINTS,
    BucketUnit,
    MetricFunction,
    bucketable,
    measurable,
)


class MetricColumnKind(StrEnum):
    """What a column of an answer holds."""

    BUCKET = "bucket"
    GROUP = "group"
    MEASURE = "measure"


describe_enum(
    MetricFunction,
    "What is worked out of a field's values; nulls count for nothing.",
    {
        "COUNT": "How many rows, or how many of them have a value.",
        "SUM": "The exact sum.",
        "AVG": "The mean, rounded to six decimals.",
        "MIN": "The least value.",
        "MAX": "The greatest value.",
        "P50": "The median: the least value that half of them do not exceed.",
        "P95": "The least value that 95 % of them do not exceed.",
    },
)
describe_enum(
    BucketUnit,
    "How long a bucket is.",
    {
        "DAY": "From midnight to midnight in the time zone asked for.",
        "WEEK": "From Monday to Sunday.",
        "MONTH": "From the first of a month to its last day.",
    },
)
describe_enum(
    MetricColumnKind,
    "What a column of an answer holds.",
    {
        "BUCKET": "The first day of each point's bucket.",
        "GROUP": "A value that the rows of a point share.",
        "MEASURE": "A figure worked out of them.",
    },
)


@strawberry.type(description="What a figure of each point is.", directives=[Cost(weight="0")])
class MetricColumn:
    """One column of an answer: first the bucket, then the groups, then the measures, in the order asked for."""

    name: str = strawberry.field(description="`month`, `status`, `sum_total`.")
    kind: MetricColumnKind = strawberry.field(description="Whether it is the bucket, a group or a measure.")
    field: str | None = strawberry.field(description="The field it is of; null for a count of rows.")
    function: MetricFunction | None = strawberry.field(description="What a measure works out.")


@strawberry.type(description="The figures of one bucket and one group.", directives=[Cost(weight="0")])
class MetricPoint:
    """One point."""

    bucket: date | None = strawberry.field(description="The first day of its bucket in the time zone asked for.")
    group: list[str | None] = strawberry.field(description="The values of `groupBy`, in its order; enums by name.")
    values: list[str | None] = strawberry.field(
        description="The measures in their order: numbers are exact, as text; a count of nothing is 0, else it is null."
    )


@strawberry.type(name="Metrics", description="Figures over the rows of one resource.", directives=[Cost(weight="0")])
class MetricsAnswer:
    """What `metrics` answers."""

    columns: list[MetricColumn] = strawberry.field(description="What the parts of each point are; the same for all.")
    points: list[MetricPoint] = strawberry.field(
        description="By bucket, and in it by group, those with most of the first measure first."
    )
    truncated: bool = strawberry.field(
        description=f"Whether there are more groups than fit into {MAX_POINTS:,} points; the last ones are left out."
    )


class MetricsArguments:
    """Makes the arguments of `metrics` from the types that have a list, once."""

    def __init__(self, resources: Mapping[str, TypeSpec], filter_of: Callable[[TypeSpec], Any]) -> None:
        self._resources, self._filter_of = resources, filter_of

    def all(self) -> list[StrawberryArgument]:
        """The arguments, in the order of a question."""
        most = f"{MAX_MEASURES} at most"
        one, group = self._measure(), self._group()
        measures: Any = GenericAlias(list, (one,))
        groups: Any = GenericAlias(list, (group,))
        keys: Any = list[str]
        return [
            argument("resource", self._resource(), "Whose rows."),
            argument("measure", measures | None, f"What to work out, {most}; the count if left out."),
            argument("group_by", groups | None, f"A point for each value of these, {MAX_GROUPS} at most."),
            argument(
                "group_by_custom_fields", keys | None, "And for each value of these custom fields, by their keys."
            ),
            argument("bucket", self._bucket() | None, "A point for each day, week or month; empty ones are there too."),
            argument("filter", self._filter() | None, "Only rows that match: the filter of the resource's own list."),
        ]

    def _resource(self) -> Any:
        made = Enum("MetricResource", {name_of(name): name for name in self._resources})  # type: ignore[misc]
        words = {name_of(name): f"The list `{name}`. {spec.description}" for name, spec in self._resources.items()}
        return describe_enum(made, "A list of the graph.", words)

    def _fields(self, name: str, about: str, of: Callable[[TypeSpec], Mapping[str, Column | Group]]) -> Any:
        owners: dict[str, dict[str, list[str]]] = {}
        for resource, spec in self._resources.items():
            for field, found in of(spec).items():
                column, of_edge = (found.column, found.edge) if isinstance(found, Group) else (found, None)
                owner = f"`{resource}`" if of_edge is None else f"the `{of_edge.one.key}` of `{resource}`"
                owners.setdefault(field, {}).setdefault(column.description, []).append(owner)
        words = {
            field.upper(): " ".join(f"Of {', '.join(whose)}: {said}" for said, whose in owners[field].items())
            for field in sorted(owners)
        }
        made: Any = Enum(name, {word: word.lower() for word in words})  # type: ignore[misc]
        return describe_enum(made, about, words)

    def _measure(self) -> Any:
        fields = {
            "function": (_FUNCTION, MetricFunction),
            "field": ("Of which field; only `COUNT` goes without.", self._fields("MetricField", _MEASURED, measurable)),
        }
        made = input_class("MetricMeasure", fields, required=frozenset({"function"}))
        return strawberry.input(made, name="MetricMeasure", description="One figure.")

    def _group(self) -> Any:
        return self._fields("MetricGroup", "What can be grouped by.", _group_words)

    def _bucket(self) -> Any:
        fields = {
            "field": (
                "Which date or moment.",
                self._fields("MetricMoment", "What can be put into buckets.", bucketable),
            ),
            "unit": ("How long a bucket is.", BucketUnit),
            "time_zone": ("Where days begin: a name of the IANA database such as `Europe/Berlin`; else UTC.", str),
            "from": ("The first day.", date),
            "to": ("The last day, included.", date),
        }
        made = input_class("MetricBucket", fields, required=frozenset({"field", "unit", "from", "to"}))
        return strawberry.input(made, name="MetricBucket", description=_BUCKETS)

    def _filter(self) -> Any:
        made = input_class("MetricFilter", {}, required=frozenset())
        for name, spec in self._resources.items():
            declare(made, name, self._filter_of(spec), f"When the resource is `{name_of(name)}`.", key=name)
        return strawberry.input(
            made, name="MetricFilter", description="The filter of the resource asked for, no other."
        )


def _group_words(spec: TypeSpec) -> dict[str, Group]:
    return {each.word: each for each in groups_of(spec).values()}


_FUNCTION = "What to work out."
_MEASURED = "What can be measured; which function fits is told by name."
_BUCKETS = f"Days, weeks or months of a field; at most {MAX_POINTS:,} of them."


def name_of(resource: str) -> str:
    """`webhookEndpoints` → `WEBHOOK_ENDPOINTS`."""
    return snake(resource).upper()
