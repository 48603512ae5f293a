"""Metrics in SQL: one aggregate over the workspace's rows, empty buckets filled, the JSON of the answer around it.

Form: `cells` has a row for every group and bucket that occurs and (grouping sets) one for every group alone; groups are
ranked by their first measure, and the best ones that fit into the most points are crossed with the buckets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson

from engine.declare.catalogue import Column
from engine.declare.kinds import DATE, ENUM, MOMENT, moment_text
from engine.declare.rows import TABLE, tenant
from engine.sql.metric_groups import Group
from engine.sql.metrics import Bucket, Measure, MetricFunction, Metrics
from engine.sql.text import Text

Entries = list[tuple[str, str, Any]]
"""What is wanted of an object: (key, field, entries below it), or (key, "", JSON) for what is known beforehand."""

PLAIN: Final[Entries] = [
    ("columns", "columns", [(name, name, None) for name in ("name", "kind", "field", "function")]),
    ("points", "points", [(name, name, None) for name in ("bucket", "group", "values")]),
    ("truncated", "truncated", None),
]
"""Everything, under its own name."""
_AGGREGATES: Final = {
    MetricFunction.COUNT: "count({})",
    MetricFunction.SUM: "sum({})",
    MetricFunction.AVG: "trim_scale(round(avg({}),6))",
    MetricFunction.MIN: "min({})",
    MetricFunction.MAX: "max({})",
    MetricFunction.P50: "percentile_disc(0.5) within group (order by {})",
    MetricFunction.P95: "percentile_disc(0.95) within group (order by {})",
}


@dataclass(frozen=True, slots=True, eq=False)
class MetricsSelection:
    """What is wanted of an answer; `lower` spells enums as REST does."""

    entries: Entries
    lower: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """A question with what is wanted of its answer."""

    selection: MetricsSelection
    metrics: Metrics

    @property
    def key(self) -> tuple[object, ...]:
        """What of this decides the SQL text."""
        return ("metrics", self.selection, self.metrics.shape)


class MetricsCompiler:
    """Compiles one question; its values are parameters from `first` on, in the order of `Metrics.values`."""

    def __init__(self, measured: Measured, first: int) -> None:
        self.metrics, self.selection = measured.metrics, measured.selection
        self.bucket, self.groups, self.measures = self.metrics.bucket, self.metrics.groups, self.metrics.measures
        self._first = first
        self._where = self._conditions()
        given = len(self.metrics.values)
        self._most = f"${first + given - 1}::int"
        self._from, self._to, self._zone = (f"${first + given - back}" for back in (4, 3, 2))

    def compile(self) -> str:
        """SQL text of the answer's JSON."""
        text, separator = Text("{"), ""
        for key, field, inner in self.selection.entries:
            text.literal(f'{separator}"{key}":')
            separator = ","
            if field == "points":
                points = f"(select string_agg({self._point(inner)},',' order by p.b,p.r) from points p)"
                text.literal("[").sql(f"coalesce({points},'')").literal("]")
            elif field == "truncated":
                text.sql(f"(select case when count(*)>{self._most} then 'true' else 'false' end from ranked)")
            else:
                text.literal(inner if field == "" else _json(self._columns(), inner))
        return f"(with {self._ctes()} select {text.literal('}').render()})"

    def _conditions(self) -> str:
        conditions, slot = [f"@.workspace_id={tenant(self.metrics.spec.model)}"], self._first
        for each in self.metrics.conditions:
            text, *pieces = each.sql.split("?")
            for piece in pieces:
                text += f"${slot}{piece}"
                slot += 1
            conditions.append(TABLE.sub(r"\1", text))
        return " and ".join(conditions)

    def _ctes(self) -> str:
        listed = [f"g{place}" for place in range(len(self.groups))]
        groups, grouped = ",".join(listed), ""
        if self.bucket and groups:
            listed += ["b", "grouping(b) alone"]
            grouped = f" group by grouping sets (({groups},b),({groups}))"
        elif self.bucket:
            listed += ["b", "0 alone"]
            grouped = " group by b"
        elif groups:
            grouped = f" group by {groups}"
        listed += [f"{_aggregate(each, place)} v{place}" for place, each in enumerate(self.measures)]
        cells = f"cells as (select {','.join(listed)} from ({self._rows()}) t{grouped})"
        group = self._group_key() if groups else "'[]'"
        return ",".join((cells, f"keyed as (select {group} g,c.* from cells c)", self._ranked(), self._points()))

    def _rows(self) -> str:
        """The rows with what is grouped, put into buckets and measured."""
        table = f"{self.metrics.spec.table} t"
        listed = []
        for place, group in enumerate(self.groups):
            listed.append(f"{'@' if group.edge is None else f'e{place}'}.{group.sql} g{place}")
            if group.edge is not None:
                one, target = group.edge.one, group.edge.target
                where = f"e{place}.workspace_id={tenant(target.model)} and e{place}.id=@.{one.column}"
                table += f" left join {target.table} e{place} on {where}"
        listed += [f"@.{each.column.column} m{place}" for place, each in enumerate(self.measures) if each.column]
        where = self._where
        if self.bucket:
            listed.append(f"{self._bucketed(self.bucket)} b")
            where += f" and {self._within(self.bucket)}"
        listed = listed or ["1"]
        return f"select {','.join(listed)} from {table} where {where}".replace("@.", "t.")

    def _bucketed(self, bucket: Bucket) -> str:
        local = f"@.{bucket.column.column}" + ("::timestamp" if bucket.column.kind is DATE else self._local())
        return f"date_trunc('{bucket.unit}',{local})::date"

    def _local(self) -> str:
        return f" at time zone {self._zone}::text"

    def _within(self, bucket: Bucket) -> str:
        """The range of the buckets, on what the column's index holds."""
        key = bucket.column.sql
        if bucket.column.kind is DATE:
            return f"{key}>={self._from}::date and {key}<={self._to}::date and {self._zone}::text<>''"
        start = f"({self._from}::date::timestamp{self._local()})"
        end = f"(({self._to}::date+1)::timestamp{self._local()})"
        return f"{key}>={start} and {key}<{end}"

    def _group_key(self) -> str:
        values = [
            _group_value(each.column, f"g{place}", lower=self.selection.lower) for place, each in enumerate(self.groups)
        ]
        return "'['||" + "||','||".join(values) + "||']'"

    def _ranked(self) -> str:
        """The groups by their first measure, the best first; one more than is shown, to know that there is one."""
        if not self.groups:
            return "ranked as (select '[]' g,1::bigint r)"
        alone = " where alone=1" if self.bucket else ""
        order = "row_number() over (order by v0 desc nulls last,g)"
        return f"ranked as (select g,{order} r from keyed{alone} order by r limit {self._most}+1)"

    def _points(self) -> str:
        values = ",".join(f"k.v{place}" for place in range(len(self.measures)))
        if not self.bucket:
            joined = "ranked join keyed k on k.g=ranked.g"
            return f"points as (select null::date b,ranked.g,ranked.r,{values} from {joined} where r<={self._most})"
        step = f"date_trunc('{self.bucket.unit}',{{}}::date::timestamp)"
        series = f"generate_series({step.format(self._from)},{step.format(self._to)},interval '1 {self.bucket.unit}')"
        joined = f"{series} s(at) cross join ranked left join keyed k on k.g=ranked.g and k.b=s.at::date and k.alone=0"
        return f"points as (select s.at::date b,ranked.g,ranked.r,{values} from {joined} where r<={self._most})"

    def _point(self, entries: Entries) -> str:
        text, separator = Text("{"), ""
        for key, field, inner in entries:
            text.literal(f'{separator}"{key}":')
            separator = ","
            if field == "":
                text.literal(inner)
            else:
                text.sql(self._facts[field]())
        return text.literal("}").render()

    @property
    def _facts(self) -> dict[str, Callable[[], str]]:
        return {"bucket": lambda: "coalesce('\"'||p.b||'\"','null')", "group": lambda: "p.g", "values": self._values}

    def _values(self) -> str:
        return (
            "'['||" + "||','||".join(_value(each, f"p.v{place}") for place, each in enumerate(self.measures)) + "||']'"
        )

    def _columns(self) -> list[dict[str, Any]]:
        """What the figures of a point are, in their order."""

        def spelled(column: Column | Group) -> str:
            return column.name if self.selection.lower else column.key

        def word(text: str) -> str:
            return text if self.selection.lower else text.upper()

        found: list[dict[str, Any]] = []
        if self.bucket:
            about = {"name": str(self.bucket.unit), "field": spelled(self.bucket.column), "function": None}
            found.append({"kind": word("bucket")} | about)
        group = {"kind": word("group"), "function": None}
        found += [group | {"name": each.name, "field": spelled(each)} for each in self.groups]
        for each in self.measures:
            of = spelled(each.column) if each.column else None
            found.append({"kind": word("measure"), "name": each.name, "field": of, "function": word(each.function)})
        return found


def _aggregate(measure: Measure, place: int) -> str:
    return _AGGREGATES[measure.function].format(f"m{place}" if measure.column else "*")


def _group_value(column: Column, name: str, *, lower: bool) -> str:
    if column.kind is MOMENT:
        name = moment_text(name)
    elif column.kind is ENUM and not lower:
        name = f"upper({name})"
    return f"coalesce(to_json({name}::text)::text,'null')"


def _value(measure: Measure, name: str) -> str:
    if measure.function is MetricFunction.COUNT:
        return f"'\"'||coalesce({name},0)||'\"'"
    if measure.column is not None and measure.column.kind is MOMENT:
        name = moment_text(name)
    return f"coalesce('\"'||{name}||'\"','null')"


def _json(found: list[dict[str, Any]], entries: Entries) -> str:
    """The literal JSON of some objects."""
    objects = []
    for each in found:
        pairs = (
            f'"{key}":{inner if field == "" else orjson.dumps(each[field]).decode()}' for key, field, inner in entries
        )
        objects.append("{" + ",".join(pairs) + "}")
    return "[" + ",".join(objects) + "]"
