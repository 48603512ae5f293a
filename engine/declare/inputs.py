"""Inputs: a plain dataclass of the resolvers becomes a GraphQL input, a REST body and their validation, all at once.

    @dataclass
    class CreateQuote:
        client_id: UUID
        title: Text | None = None          # `core.values.checked` types carry their limits

A field declared with `absent()` may be left out of a patch; its type says whether it may be null.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Annotated, Any, Final, Generic, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

import strawberry
from pydantic import ConfigDict, TypeAdapter, ValidationError

from core.errors import Problem
from core.problems import MOST, invalid
from core.values.json import canonical
from core.values.scalars import exact
from engine.declare.names import camel, snake
from engine.declare.refusals import said
from engine.declare.scalars import CustomFields

T = TypeVar("T")
MAX_AT_ONCE: Final = 1_000
"""Inputs of one command."""
INPUT: Final = "forge_input"
"""Where a GraphQL input type has the dataclass that it was made of."""
_SUFFIX: Final = "Input"
_CONFIG = ConfigDict(
    extra="forbid", alias_generator=camel, populate_by_name=True, arbitrary_types_allowed=True, strict=False
)


def input_type(cls: type[T]) -> type[T]:
    """Declare a dataclass as an input: closed (an unknown field is refused), camelCase or snake_case, exact."""
    hints = get_type_hints(cls, include_extras=True)
    cls.__annotations__ = {name: exact(hint) for name, hint in hints.items()}
    made = dataclasses.dataclass(kw_only=True)(cls)
    made.__pydantic_config__ = _CONFIG  # type: ignore[attr-defined]
    return made


@cache
def adapter(cls: type[Any]) -> TypeAdapter[Any]:
    """The validator of an input dataclass, made once."""
    return TypeAdapter(cls)


def read_input(cls: type[T], given: Mapping[str, Any], where: str = "input") -> T:
    """Validate an input; Invalid tells every field that is wrong, as `input.parts.0.quantity`."""
    try:
        return cast("T", adapter(cast("Any", cls)).validate_python(given))
    except ValidationError as error:
        raise invalid(islice(_problems(cls, given, where), MOST)) from error


def _problems(cls: Any, given: Any, where: str) -> Iterator[Problem]:
    """What is wrong with an input, row by row inside its lists: a list stops its validator at the first wrong row."""
    inside = _lists(cls) if isinstance(given, Mapping) else {}
    try:
        adapter(cls).validate_python(given)
    except ValidationError as error:
        for each in error.errors(include_url=False, include_input=False):
            loc = each["loc"]
            if len(loc) <= 1 or snake(str(loc[0])) not in inside:
                yield _problem(where, loc, each)
    for name, inner in inside.items():
        rows = given.get(name, given.get(camel(name)))
        for number, row in enumerate(rows[:MAX_AT_ONCE] if isinstance(rows, list) else ()):
            yield from _problems(inner, row, ".".join(part for part in (where, name, str(number)) if part))


def _problem(where: str, loc: tuple[int | str, ...], error: Any) -> Problem:
    field = ".".join(str(part) for part in (where, *loc) if part != "")
    message = said(error)
    return Problem(f"{field}: {message}", field) if field else Problem(message)


@cache
def _lists(cls: type[Any]) -> dict[str, type[Any]]:
    """The lists of inputs inside an input, by their names."""
    hints = get_type_hints(cls)
    listed = {name: get_args(hint)[0] for name, hint in hints.items() if get_origin(hint) is list}
    return {name: each for name, each in listed.items() if isinstance(each, type) and dataclasses.is_dataclass(each)}


class Unread(Generic[T]):
    """An input that the resolver reads itself: of several, one that is wrong need not refuse the others.

    `spell` writes the path of a field as the caller's door does.
    """

    def __init__(
        self,
        cls: type[T],
        given: Any,
        read: Callable[[Any, Any], Any],
        spell: Callable[[str], str],
    ) -> None:
        self.cls, self.given, self.spell, self._read = cls, given, spell, read

    def read(self, cls: type[Any] | None = None) -> Any:
        """Validate it, as its own class or as another; Invalid tells every field that is wrong."""
        return self._read(cls or self.cls, self.given)

    def without(self, *names: str) -> Unread[T]:
        """The same without these fields, in either casing."""
        left_out = {*names, *map(camel, names)}
        return Unread(
            self.cls, {key: each for key, each in self.given.items() if key not in left_out}, self._read, self.spell
        )

    def __str__(self) -> str:
        """What a fingerprint of the request says of it."""
        return canonical(self.given, str).decode()


def unread_in(hint: Any) -> type[Any] | None:
    """The class of `list[Unread[X]]`, or None for another annotation."""
    [inner] = get_args(hint) if get_origin(hint) is list else (None,)
    return get_args(inner)[0] if get_origin(inner) is Unread else None


def read_value(hint: Any, given: object, where: str) -> Any:
    """Validate one plain value against its annotation; Invalid names it, and what is wrong inside it."""
    try:
        return adapter(exact(hint)).validate_python(given)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise invalid(_problem(where, each["loc"], each) for each in found[:MOST]) from error


@cache
def graphql_input(cls: type) -> type:
    """Make the GraphQL input type of an input dataclass: `CreateQuote` → `CreateQuoteInput`, `ContactInput` as it is.

    Its fields are described when the graph is built (`engine.graph.describing`).
    """
    hints = get_type_hints(cls, include_extras=True)
    declared: list[tuple[str, Any, Any]] = []
    for found in dataclasses.fields(cls):
        annotation, nullable = graphql_annotation(hints[found.name])
        optional = found.default is not dataclasses.MISSING or found.default_factory is not dataclasses.MISSING
        default: Any = strawberry.field(default=strawberry.UNSET if optional else dataclasses.MISSING)
        declared.append((found.name, annotation | None if nullable or optional else annotation, default))
    name = f"{cls.__name__.removesuffix(_SUFFIX)}{_SUFFIX}"
    made = dataclasses.make_dataclass(name, declared, kw_only=True, namespace={INPUT: cls})
    return strawberry.input(made, name=name, description=(cls.__doc__ or "").strip() or None)


def description_of(hint: Any) -> str | None:
    """The text in an `Annotated` type, which says what the value is, if there is one."""
    if get_origin(hint) in {Union, types.UnionType}:
        return next((found for part in get_args(hint) if (found := description_of(part))), None)
    extras = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((extra for extra in extras if isinstance(extra, str)), None)


def undescribed(hint: Any) -> Any:
    """The hint without the text that says what the value is."""
    if get_origin(hint) is not Annotated:
        return hint
    inner, *extras = get_args(hint)
    kept = tuple(each for each in extras if not isinstance(each, str))
    return Annotated[(inner, *kept)] if kept else inner


def graphql_annotation(hint: Any) -> tuple[Any, bool]:
    """Return (the annotation that Strawberry should see, whether null is allowed) of a Python type."""
    if get_origin(hint) is Annotated:
        return graphql_annotation(get_args(hint)[0])
    if get_origin(hint) in {Union, types.UnionType}:
        inner = [part for part in get_args(hint) if part is not type(None)]
        annotation, _ = graphql_annotation(inner[0])
        return annotation, type(None) in get_args(hint)
    if get_origin(hint) in {Unread, dict}:
        return (CustomFields if get_origin(hint) is dict else graphql_input(get_args(hint)[0])), False
    if get_origin(hint) is list:
        annotation, _ = graphql_annotation(get_args(hint)[0])
        return list[annotation], False  # type: ignore[valid-type]
    if dataclasses.is_dataclass(hint):
        return graphql_input(cast("type", hint)), False
    return (strawberry.ID if hint is UUID else hint), False


def bare(hint: Any) -> Any:
    """The first type inside `X | None` or `Annotated[X, …]`, or the hint itself."""
    return get_args(hint)[0] if get_args(hint) else hint
