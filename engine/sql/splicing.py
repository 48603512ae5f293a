"""Splicing: holes of the compiled lane are filled in the statement's own text, which is neither parsed nor walked.

The statement leaves a mark, the columns a hole needs, and a mark again; JSON text never holds the mark itself. What is
computed of the same columns is computed once a request. Anything out of the ordinary (an exception, a null where there
may be none) is left to the executed lane, which runs the whole document again and knows how to say it.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from graphql import GraphQLObjectType, is_leaf_type, is_list_type, is_non_null_type

from engine.declare.kinds import Kind

MARK: Final = "\x1e"
_MARK: Final = MARK.encode()

Complete = Callable[[Any], Any]
Collect = Callable[[GraphQLObjectType, list[Any]], dict[str, list[Any]]]


class Unspliced(Exception):
    """A hole cannot be filled here; the executed lane is to answer."""


@dataclass(frozen=True, slots=True)
class Splice:
    """A hole of a plan: how its value is computed of the columns that the statement sends, and made JSON."""

    origin: type
    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    method: Callable[..., Any]
    with_context: bool
    complete: Complete

    def start(self, values: Sequence[Any], ctx: Any) -> Any:
        """Compute the value, or begin to."""
        parent = instance(self.origin, self.names, self.kinds, values)
        return self.method(parent, ctx) if self.with_context else self.method(parent)


async def fill_holes(text: bytes, splices: Sequence[Splice], ctx: Any) -> bytes:
    """Fill the holes in a statement's text; raises Unspliced when the executed lane has to."""
    pieces = text.split(_MARK)
    asked = dict.fromkeys(pieces[1::2])
    if not asked:
        return text
    try:
        filled = await _computed(orjson.loads(b"[" + b",".join(asked) + b"]"), splices, ctx)
    except Exception as error:
        raise Unspliced from error
    answers = dict(zip(asked, filled, strict=True))
    pieces[1::2] = [answers[piece] for piece in pieces[1::2]]
    return b"".join(pieces)


async def _computed(asked: list[list[Any]], splices: Sequence[Splice], ctx: Any) -> list[bytes]:
    values = _started(asked, splices, ctx)
    places = [place for place, value in enumerate(values) if inspect.isawaitable(value)]
    waited = await asyncio.gather(*(values[place] for place in places))
    for place, value in zip(places, waited, strict=True):
        values[place] = value
    return [orjson.dumps(splices[number].complete(value)) for (number, *_), value in zip(asked, values, strict=True)]


def _started(asked: list[list[Any]], splices: Sequence[Splice], ctx: Any) -> list[Any]:
    """Begin to compute every value; when one cannot be begun, those that wait to run are given up."""
    values: list[Any] = []
    try:
        for number, *needs in asked:
            values.append(splices[number].start(needs, ctx))  # what was begun is needed below
    except Exception:
        for value in values:
            if inspect.iscoroutine(value):
                value.close()
        raise
    return values


def instance(origin: type, names: Sequence[str], kinds: Sequence[Kind], values: Sequence[Any]) -> Any:
    """Make the instance a computed field sees as `self`: just the columns it declared."""
    made: Any = object.__new__(origin)
    for name, kind, value in zip(names, kinds, values, strict=True):
        setattr(made, name, kind.read(value) if isinstance(value, str) else value)
    return made


def is_plain(gtype: Any, above: frozenset[str] = frozenset()) -> bool:
    """Whether values of a type are completed by reading attributes alone: no resolver, no argument, no interface."""
    while is_non_null_type(gtype) or is_list_type(gtype):
        gtype = gtype.of_type
    if is_leaf_type(gtype):
        return True
    if not isinstance(gtype, GraphQLObjectType) or gtype.name in above:
        return False
    inside = above | {gtype.name}
    return all(_attribute(each) and is_plain(each.type, inside) for each in gtype.fields.values())


def completer(gtype: Any, details: list[Any], collect: Collect) -> Complete:
    """Make the function that turns a value of a plain type into what its selection shows."""
    if is_non_null_type(gtype):
        return _required(completer(gtype.of_type, details, collect))
    if is_leaf_type(gtype):
        return lambda value: None if value is None else gtype.serialize(value)
    if is_list_type(gtype):
        inner = completer(gtype.of_type, details, collect)
        return lambda value: None if value is None else [inner(each) for each in value]
    entries = [_entry(gtype, key, selected, collect) for key, selected in collect(gtype, details).items()]
    return lambda value: None if value is None else {key: read(value) for key, read in entries}


def _entry(gtype: GraphQLObjectType, key: str, selected: list[Any], collect: Collect) -> tuple[str, Complete]:
    name = selected[0].node.name.value
    if name == "__typename":
        return key, lambda _: gtype.name
    definition = gtype.fields[name]
    complete, attribute = completer(definition.type, selected, collect), _attribute(definition)
    return key, lambda value: complete(getattr(value, attribute))


def _attribute(definition: Any) -> str:
    """The attribute that a field shows; empty when it is not just an attribute."""
    declared = (definition.extensions or {}).get("strawberry-definition")
    if declared is None or declared.base_resolver is not None or definition.args:
        return ""
    return str(declared.python_name)


def _required(complete: Complete) -> Complete:
    def required(value: Any) -> Any:
        found = complete(value)
        if found is None:
            raise Unspliced
        return found

    return required
