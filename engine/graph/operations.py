"""Operations: a root field is a resolver and a scope, and both doors come from that one line.

    quotes: Connection[Quote] = operation(resolvers.quotes, Scope.QUOTES_VIEW)

The resolver's signature gives the arguments: `filter: Filter[M]`, `page: Page`, `id: UUID`, `input: SomeInput`, or
plain values. Its docstring is the field's documentation; a text in an annotation is an argument's.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, get_args, get_origin, get_type_hints
from uuid import UUID

import strawberry

from core.absent import ABSENT
from core.errors import Invalid
from engine.declare.catalogue import Catalogue, TypeSpec
from engine.declare.faces import Face
from engine.declare.inputs import Unread, bare, description_of, read_input, read_value, undescribed, unread_in
from engine.declare.names import camel, graphql_path
from engine.declare.rows import Filter, Page, Rows
from engine.declare.types import DECLARED
from engine.sql.filters import read_filter
from engine.sql.metrics import Metrics, read_metrics
from engine.sql.pages import ROOT, PageSize, read_page

Resolver = Callable[..., Awaitable[Any]]


class Judge(Protocol):
    """Tells what else is wrong with an input that could not be read."""

    def has_more(self, sent: Mapping[str, Any]) -> bool:
        """Whether there is more to look at."""

    async def __call__(self, ctx: Any, sent: Mapping[str, Any], error: Invalid, row_id: UUID | None) -> Invalid:
        """The error with what else is wrong with what was sent."""


"""Of a command, what was sent, what is wrong with it, and the id of the record: the same error, or a longer one."""
Convert = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Polled:
    """A row that is asked for until it is final: not as long as `field` (of an enum) has one of these values.

    Until then REST answers `Retry-After`; afterwards it links what the field `link` holds, if it holds anything.
    """

    field: str
    values: tuple[str, ...]
    link: str
    seconds: int = 1
    """What `Retry-After` says."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A root field as declared: what it calls, what it needs, and how REST shows it.

    `path` and `method` override the route that follows from the name; `rest=False` needs `why`. `status` is the HTTP
    status of success in REST, `include` the edges its answer shows, `raw` the parameter that takes a body which is not
    JSON as it is, and `charset` the one that takes the charset of its content type. `cost` is what it costs in points,
    where that does not follow from what it answers. `polled` is of rows that callers ask for until they are final.
    `label` is what people call the resource, where its name says it worse; `media` are the types of a raw
    body, and `example` is one. `face` is what a contract other than Forge MRP's shows and takes of it.
    """

    resolver: Resolver
    scope: str | None
    method: str | None = None
    path: str | None = None
    status: int | None = None
    rest: bool = True
    why: str = ""
    include: tuple[str, ...] = ()
    raw: str | None = None
    media: tuple[str, ...] = ()
    example: str = ""
    label: str = ""
    charset: str | None = None
    cost: int | None = None
    largest: int | None = None
    """Bytes that a body of REST may have; variables of GraphQL may then fill a body."""
    polled: Polled | None = None
    face: Face | None = None

    @property
    def documentation(self) -> str:
        """The resolver's docstring, written for the caller."""
        return inspect.cleandoc(self.resolver.__doc__ or "")

    @property
    def judge(self) -> Judge | None:
        """Tells of an input that could not be read what else is wrong with it; None where nothing is looked at."""
        return getattr(self.resolver, "judge", None)

    @property
    def returns_rows(self) -> bool:
        """Whether the resolver returns rows or metrics for the engine to render (or None), rather than a value."""
        return _mentions_rows(get_type_hints(self.resolver)["return"])

    @property
    def returns_metrics(self) -> bool:
        """Whether it answers figures rather than rows."""
        return get_type_hints(self.resolver)["return"] is Metrics

    def parameters(self) -> dict[str, inspect.Parameter]:
        """The resolver's parameters after the context, with their annotations resolved."""
        hints = get_type_hints(self.resolver, include_extras=True)
        listed = list(inspect.signature(self.resolver).parameters.values())[1:]
        return {each.name: each.replace(annotation=undescribed(hints[each.name])) for each in listed}

    def descriptions(self) -> dict[str, str]:
        """What the resolver's annotations say of its parameters: `after: Annotated[str | None, "…"]`."""
        hints = get_type_hints(self.resolver, include_extras=True)
        return {name: about for name, hint in hints.items() if (about := description_of(hint)) is not None}


def operation(resolver: Resolver, scope: str | None, **declared: Any) -> Any:
    """Declare a root field by its resolver and the scope it needs (see `Operation` for the rest)."""
    mark = Operation(resolver, scope, **declared)
    return strawberry.field(description=mark.documentation, metadata={DECLARED: mark})


class Binding:
    """Turns the arguments of one operation, as graphql-core coerced them, into the resolver's."""

    def __init__(
        self, declared: Operation, catalogue: Catalogue, target: TypeSpec | None = None, *, size: PageSize = ROOT
    ) -> None:
        self.operation = declared
        self._converters: list[tuple[str, Convert]] = []
        for name, parameter in declared.parameters().items():
            self._converters.append((name, _converter(name, parameter, catalogue, target, size)))

    def kwargs(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The resolver's keyword arguments, less those left out; Invalid names the argument that is wrong."""
        found = {name: convert(given) for name, convert in self._converters}
        return {name: value for name, value in found.items() if value is not ABSENT}

    def input(self) -> tuple[str | None, type | None]:
        """The name and dataclass of the parameter that takes an input, if there is one."""
        for name, parameter in self.operation.parameters().items():
            if _is_input(parameter.annotation):
                return name, bare(parameter.annotation)
        return None, None

    @property
    def needs_input(self) -> bool:
        """Whether it takes an input that may not be left out."""
        listed = self.operation.parameters().values()
        return any(_is_input(each.annotation) and each.default is inspect.Parameter.empty for each in listed)

    async def call(self, ctx: Any, given: Mapping[str, Any]) -> Any:
        """Call the resolver."""
        return await self.operation.resolver(ctx, **self.kwargs(given))


def _read_one(cls: type[Any], given: Mapping[str, Any]) -> Any:
    return read_input(cls, given, "")


def _mentions_rows(hint: Any) -> bool:
    return hint is Metrics or get_origin(hint) is Rows or any(_mentions_rows(inner) for inner in get_args(hint))


def _is_input(hint: Any) -> bool:
    return hint not in {Page, Metrics} and get_origin(hint) is not list and dataclasses.is_dataclass(bare(hint))


def model_of(hint: Any) -> Any:
    """Return M of `Filter[M] | None`, or None for another annotation."""
    options = get_args(hint) if get_origin(hint) is not Filter else (hint,)
    found = next((option for option in options if get_origin(option) is Filter), None)
    return get_args(found)[0] if found is not None else None


def _input_converter(cls: type, key: str, *, required: bool) -> Convert:
    if required:
        return lambda given: read_input(cls, given[key], key)
    return lambda given: ABSENT if given.get(key) is None else read_input(cls, given[key], key)


def _converter(
    name: str, parameter: inspect.Parameter, catalogue: Catalogue, target: TypeSpec | None, size: PageSize
) -> Convert:
    hint, key = parameter.annotation, camel(name)
    model = model_of(hint)
    if model is not None:
        spec = catalogue.by_model[model]
        return lambda given: read_filter(spec, given.get("filter"))
    if hint is Page and target is not None:
        return lambda given: read_page(given, size, target)
    if hint is Metrics:
        return lambda given: read_metrics(catalogue, given)
    if _is_input(hint):
        return _input_converter(bare(hint), key, required=parameter.default is inspect.Parameter.empty)
    unread = unread_in(hint)
    if unread is not None:
        return lambda given: [Unread(unread, each, _read_one, graphql_path) for each in given[key]]
    required = parameter.default is inspect.Parameter.empty
    absent = None if required else ABSENT  # GraphQL lets what may be null be left out, whatever the resolver says
    return lambda given: read_value(hint, given[key], key) if key in given else absent
