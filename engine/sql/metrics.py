"""Metrics: figures over the rows of one resource, for dashboards; what is asked, read and bounded before it runs.

    metrics(resource: QUOTES, measure: [{function: SUM, field: TOTAL}], groupBy: [STATUS],
      bucket: {field: CREATED_AT, unit: MONTH, timeZone: "Europe/Berlin", from: "2026-01-01", to: "2026-12-31"},
      filter: {quotes: {currency: {eq: USD}}})

Like `Rows`, a question keeps its shape (SQL text) apart from its values. Rules: docs/decisions/0051-metrics.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar

from core.errors import Invalid
from core.problems import Problems
from core.record import Record
from engine.declare.catalogue import Catalogue, Column, TypeSpec
from engine.declare.kinds import DATE, DECIMAL, INTEGER, MOMENT
from engine.declare.rows import LIVE, TOMBSTONE, Condition, Deleted, Filter
from engine.declare.zones import no_zone, zones
from engine.sql.comparisons import condition
from engine.sql.filters import read_filter
from engine.sql.metric_groups import CUSTOM, Group, custom_group, groupable, groups_of

C = TypeVar("C", Column, Group)
MAX_POINTS: Final = 2_000
MAX_MEASURES: Final = 10
MAX_GROUPS: Final = 3
COST: Final = 500
"""Points: what two lists of their largest size cost. It reads whole index ranges, where a list reads a page."""


class MetricFunction(StrEnum):
    """What is worked out of a field's values; nulls count for nothing."""

    COUNT = "count"
    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    P50 = "p50"
    P95 = "p95"


class BucketUnit(StrEnum):
    """How long a bucket is; a week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_OF_NUMBERS: Final = {MetricFunction.SUM, MetricFunction.AVG}


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: a function of a column, or (without one) the count of rows."""

    function: MetricFunction
    column: Column | None

    @property
    def name(self) -> str:
        """What its column of the answer is called: `sum_total`."""
        return f"{self.function}_{self.column.name}" if self.column else str(self.function)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Days, weeks or months of a column in a time zone, from a first to a last day."""

    column: Column
    unit: BucketUnit
    zone: str
    first: date
    last: date

    @property
    def count(self) -> int:
        """How many there are between the ends."""
        if self.unit is BucketUnit.MONTH:
            return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
        if self.unit is BucketUnit.WEEK:
            return (_monday(self.last) - _monday(self.first)).days // 7 + 1
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Metrics:
    """A question about the rows of one resource; nothing is read until the engine renders it."""

    resource: str
    spec: TypeSpec
    measures: tuple[Measure, ...]
    groups: tuple[Group, ...] = ()
    bucket: Bucket | None = None
    filter: Filter[Any] | None = None

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What the rows must fulfil; deleted ones do not count unless the filter names them."""
        found = self.filter.conditions if self.filter else ()
        deleted = self.filter.deleted if self.filter else Deleted.EXCLUDE
        if deleted is Deleted.INCLUDE or not issubclass(self.spec.model, Record):
            return found
        return (Condition(LIVE if deleted is Deleted.EXCLUDE else TOMBSTONE), *found)

    @property
    def scopes(self) -> frozenset[str]:
        """Every scope that is needed to ask this: the resource's, and those of the fields it names."""
        named = [*(each.column for each in self.measures), self.bucket.column if self.bucket else None]
        found = {column.scope for column in named if column is not None and column.scope}
        found |= {scope for each in self.groups for scope in each.scopes}
        return frozenset({self.spec.scope, *found}).union(*(each.scopes for each in self.conditions))

    @property
    def shape(self) -> tuple[object, ...]:
        """What of this decides the SQL text."""
        bucket = (self.bucket.column.name, self.bucket.unit) if self.bucket else None
        measures = tuple(each.name for each in self.measures)
        groups = tuple(each.name for each in self.groups)
        return (self.spec.name, measures, groups, bucket, tuple(each.sql for each in self.conditions))

    @property
    def values(self) -> tuple[Any, ...]:
        """The values of the conditions' `?`, then first day, last day and time zone, then the most groups shown."""
        found = [value for each in self.conditions for value in each.values]
        if self.bucket is not None:
            found += [self.bucket.first, self.bucket.last, self.bucket.zone]
        return (*found, MAX_POINTS // (self.bucket.count if self.bucket else 1))


def measurable(spec: TypeSpec) -> dict[str, Column]:
    """What can be measured, by Python name: numbers, dates and moments, and (only counted) what can be grouped by."""
    kinds = {INTEGER, DECIMAL, DATE, MOMENT}
    return {each.name: each for each in spec.columns() if each.kind in kinds} | groupable(spec)


def bucketable(spec: TypeSpec) -> dict[str, Column]:
    """What can be put into buckets: dates and moments that lists can be filtered by, so that an index finds them."""
    return {each.name: each for each in spec.filters().values() if each.kind in {DATE, MOMENT}}


def read_metrics(catalogue: Catalogue, given: Mapping[str, Any]) -> Metrics:
    """Read the arguments of `metrics` as graphql-core coerced them; Invalid names the one that is wrong."""
    resource = str(given["resource"].value)
    spec = catalogue.resources[resource]
    listed, grouped = given.get("measure") or (), given.get("groupBy") or ()
    _at_most(MAX_MEASURES, listed, "measure")
    _at_most(MAX_GROUPS, grouped, "groupBy")
    measures = [(each["function"], _name(each.get("field"))) for each in listed]
    words = {each.word: each.name for each in groups_of(spec).values()}
    groups = [words.get(str(each.value), str(each.value)) for each in grouped]
    groups += [f"{CUSTOM}{key}" for key in given.get("groupByCustomFields") or ()]
    found = given.get("bucket")
    bucket = None
    if found is not None:
        zone = found.get("timeZone") or "UTC"
        bucket = (str(_name(found["field"])), found["unit"], zone, found["from"], found["to"])
    return question(resource, spec, measures, groups, bucket, _filter(resource, spec, given.get("filter")))


def question(
    resource: str,
    spec: TypeSpec,
    measures: Sequence[tuple[MetricFunction, str | None]],
    groups: Sequence[str],
    bucket: tuple[str, BucketUnit, str, date, date] | None,
    filter: Filter[Any] | None,
) -> Metrics:
    """Check a question and bound it; fields by their Python names. Invalid names the argument that is wrong."""
    _at_most(MAX_MEASURES, measures, "measure")
    _at_most(MAX_GROUPS, groups, "groupBy")
    known = measurable(spec)
    wrong = Problems()
    measured = tuple(wrong.of(_measure, spec, known, *each) for each in measures)
    choices = groups_of(spec)
    grouped = tuple(wrong.of(_group, choices, name, spec) for name in groups)
    for field, names in (("measure", measures), ("groupBy", groups)):
        if len(set(names)) < len(names):
            wrong.note(field, "named twice")
    made = None if bucket is None else wrong.of(_bucket, spec, *bucket)
    wrong.check()
    measured = measured or (Measure(MetricFunction.COUNT, None),)
    if made is None:
        return Metrics(resource, spec, measured, grouped, None, filter)
    first = condition(made.column, "is_null", False, "bucket.field")
    kept = filter
    if made.column.nullable:
        wanted = filter or Filter()
        kept = replace(wanted, conditions=(*wanted.conditions, first))
    return Metrics(resource, spec, measured, grouped, made, kept)


def _measure(spec: TypeSpec, known: Mapping[str, Column], function: MetricFunction, name: str | None) -> Measure:
    if name is None:
        if function is not MetricFunction.COUNT:
            raise Invalid(
                f"measure.field: {function} of what? Only count may go without a field", field="measure.field"
            )
        return Measure(function, None)
    column = _known(known, name, spec, "measure.field", "measured")
    if not _measures(function, column):
        raise Invalid(
            f"measure.field: there is no {function} of {name}: it is a {column.kind.name}", field="measure.field"
        )
    return Measure(function, column)


def _measures(function: MetricFunction, column: Column) -> bool:
    kinds = {INTEGER, DECIMAL} if function in _OF_NUMBERS else {INTEGER, DECIMAL, DATE, MOMENT}
    return function is MetricFunction.COUNT or column.kind in kinds


def measures_of(spec: TypeSpec) -> list[str]:
    """Everything that can be worked out of a type's fields, as REST spells it: `count`, `sum:total`."""
    columns = measurable(spec).items()
    found = [f"{each}:{name}" for name, column in columns for each in MetricFunction if _measures(each, column)]
    return [str(MetricFunction.COUNT), *found]


def _bucket(spec: TypeSpec, name: str, unit: BucketUnit, zone: str, first: date, last: date) -> Bucket:
    wrong = Problems()
    column = wrong.of(_known, bucketable(spec), name, spec, "bucket.field", "put into buckets")
    made = Bucket(column, unit, wrong.of(_zone, zone), first, last)
    if last < first:
        wrong.note("bucket.to", "lies before from")
    wrong.check()
    if last >= date.max - timedelta(days=40) or first <= date.min + timedelta(days=40):
        raise Invalid("bucket: ends too near to the end of time", field="bucket")
    if made.count > MAX_POINTS:
        raise Invalid(
            f"bucket: {made.count:,} {unit}s are more than {MAX_POINTS:,} points; ask for a shorter time or unit",
            field="bucket",
        )
    return made


def _zone(name: str) -> str:
    if name not in zones():
        raise no_zone()
    return name


def _known(columns: Mapping[str, C], name: str, spec: TypeSpec, field: str, done: str) -> C:
    if name not in columns:
        raise Invalid(f"{field}: {spec.name} cannot be {done} {name[:100]}; choose {', '.join(columns)}", field=field)
    return columns[name]


def _group(choices: Mapping[str, Group], name: str, spec: TypeSpec) -> Group:
    custom = custom_group(spec, name.removeprefix(CUSTOM)) if name.startswith(CUSTOM) else None
    return custom or _known(choices, name, spec, "groupBy", "grouped by")


def _filter(resource: str, spec: TypeSpec, given: Mapping[str, Any] | None) -> Filter[Any] | None:
    for key, each in (given or {}).items():
        if key != resource or each is None:
            raise Invalid(f"filter.{key}: the resource is {resource}", field=f"filter.{key}")
    return read_filter(spec, (given or {}).get(resource), f"filter.{resource}")


def _name(member: Any) -> str | None:
    return None if member is None else str(member.value)


def _at_most(most: int, found: Sequence[object], field: str) -> None:
    if len(found) > most:
        raise Invalid(f"{field}: at most {most}", field=field)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
