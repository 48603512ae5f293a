"""`GET /api/v1/metrics`: figures over the rows of any resource, for dashboards that poll with `If-None-Match`.

?resource=quotes&measure=count,sum:total&group_by=status&bucket=month:created_at&from=2026-01-01&to=2026-12-31
&time_zone=Europe/Berlin&currency=USD — every other parameter is a filter of the resource's own list.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final, TypeVar, cast

from access.principal import Principal
from core.errors import ForgeError, Invalid
from core.http import JSON, Request, Response, read_query
from core.problems import Problems
from core.values.scalars import read_day
from engine.declare.catalogue import Catalogue
from engine.declare.names import kebab, rest_path
from engine.run.compiled import measure
from engine.runtime import Runtime
from engine.sql.metrics import COST, MAX_GROUPS, MAX_MEASURES, BucketUnit, MetricFunction, Metrics, question
from engine.sql.metrics_compiler import PLAIN, MetricsSelection
from engine.sql.plans import Plans
from rest.conditions import etag, is_known
from rest.contract import MRP, Contract
from rest.cost import of_edges
from rest.parameters import Parameters, gather, read_filters, take, take_words, unknown
from rest.routes import METRICS, PREFIX
from rest.single_path import PRIVATE, SinglePath

PATH: Final = f"{PREFIX}{METRICS}"
_BUCKET: Final = ("from", "to", "time_zone")
_PARAMETERS: Final = {
    "bucket.field": "bucket",
    "bucket.from": "from",
    "bucket.to": "to",
    "bucket.time_zone": "time_zone",
    "measure.field": "measure",
}
"""What arguments are called here."""
_SELECTION: Final = MetricsSelection(PLAIN, lower=True)
_SOME_DAY: Final = date(2026, 1, 1)
E = TypeVar("E", MetricFunction, BucketUnit)


class MetricsDoor(SinglePath[Metrics]):
    """Answers the one path of metrics."""

    def __init__(self, runtime: Runtime, contract: Contract = MRP) -> None:
        super().__init__(runtime, contract)
        self._plans = Plans(runtime.graph.catalogue)

    def read(self, request: Request) -> Metrics:
        """Read the question."""
        try:
            return read_question(self.runtime.graph.catalogue, gather(read_query(request.query)))
        except ForgeError as error:
            raise _named(error) from error

    def points(self, request: Request, asked: Metrics) -> int:
        """The same for every question, and what it filters through."""
        return COST + of_edges(asked.spec, (name for name, _ in read_query(request.query)))

    async def answer(self, request: Request, principal: Principal, asked: Metrics) -> Response:
        """Answer it in one statement, or 304."""
        ctx = self.runtime.reading(principal, request.id, request.hung_up)
        try:
            body = await ctx.render(self._plans.rendering(['{"data":', measure(_SELECTION, asked, ctx), "}"]))
        except Invalid as error:
            raise _named(error) from error
        tag = etag(body, versioned=False, whole=True)
        headers = [*PRIVATE, (b"etag", tag)]
        return Response(304, b"", headers) if is_known(request, tag) else Response(200, body, [JSON, *headers])


def resources_of(catalogue: Catalogue) -> dict[str, str]:
    """The resources by their names in paths: `webhook-endpoints` → `webhookEndpoints`."""
    return {kebab(name): name for name in catalogue.resources}


def read_question(catalogue: Catalogue, found: Parameters) -> Metrics:
    """Read a question from the parameters of a request; Invalid tells which are wrong."""
    wrong = Problems()
    resource = wrong.of(_resource, catalogue, found)
    spec = catalogue.resources.get(resource) or next(iter(catalogue.resources.values()))
    words = wrong.of(take_words, found, "measure", MAX_MEASURES) or []
    measures = [each for word in words if (each := wrong.of(_measure, word)) is not None]
    groups = wrong.of(take_words, found, "group_by", MAX_GROUPS) or []
    bucket = _bucket(found, wrong)
    filters = wrong.of(read_filters, spec, found) if resource else None  # what is a filter, the resource says
    asked = wrong.of(question, resource, spec, measures, groups, bucket, filters) if resource else None
    wrong.check()
    return cast("Metrics", asked)


def _resource(catalogue: Catalogue, found: Parameters) -> str:
    names = resources_of(catalogue)
    resource = names.get(take(found, "resource") or "")
    if resource is None:
        raise Invalid(f"resource: one of {', '.join(names)}", field="resource")
    return resource


def _named(error: ForgeError) -> ForgeError:
    """The error with the name of the parameter instead of the argument's."""
    error.respell(lambda name: _PARAMETERS.get(path := rest_path(name), path))
    return error


def _measure(text: str) -> tuple[MetricFunction, str | None]:
    function, colon, field = text.partition(":")
    return _choice(MetricFunction, function, "measure"), field if colon else None


def _bucket(found: Parameters, wrong: Problems) -> tuple[str, BucketUnit, str, date, date] | None:
    """Read a bucket; what is wrong with it is noted, and replaced by something that is right."""
    if "bucket" not in found:
        for stray in (name for name in _BUCKET if found.pop(name, None)):
            wrong.add(unknown(stray))
        return None
    text = wrong.of(take, found, "bucket")
    days = [each for name in ("from", "to") if (each := wrong.of(_day, found, name)) is not None]
    zone = wrong.of(take, found, "time_zone")
    if text is None:
        return None
    word, _, field = text.partition(":")
    unit = wrong.of(_choice, BucketUnit, word, "bucket") or BucketUnit.DAY
    first, last = days if len(days) == len(("from", "to")) else (_SOME_DAY, _SOME_DAY)
    return field, unit, zone or "UTC", first, last


def _day(found: Parameters, name: str) -> date:
    try:
        return read_day(take(found, name))
    except ValueError as error:
        raise Invalid(f"{name}: a date such as 2026-01-31, with bucket", field=name) from error


def _choice(choices: type[E], text: str, name: str) -> E:
    known: dict[Any, E] = {str(each): each for each in choices}
    if text not in known:
        raise Invalid(
            f"{name}: begins with one of {', '.join(known)}, such as {next(iter(known))}:created_at", field=name
        )
    return known[text]
