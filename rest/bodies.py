"""Bodies: JSON objects in camelCase or snake_case, read into the resolvers' inputs."""

from __future__ import annotations

import asyncio
import codecs
import dataclasses
import inspect
from collections.abc import Mapping
from email.message import Message
from functools import cache
from typing import Any, Final, get_args, get_type_hints

from core.errors import BadRequest, Invalid, UnsupportedMediaType
from core.http import LARGEST_BODY, Request
from core.values.json import read_json
from engine.declare.inputs import Unread, bare, read_input, read_value, unread_in
from engine.declare.names import camel, snake
from engine.graph.operations import Operation
from rest.parameters import Parameters, take

_JSON_TYPES: Final = frozenset({"application/json", "application/merge-patch+json"})
_FROM_ELSEWHERE: Final = frozenset({"id", "expected_version"})
"""Parameters that the path and `If-Match` carry."""
_UTF_8: Final = frozenset({"utf-8", "ascii"})
_SAME: Final = {"iso8859-1": "cp1252"}
"""Charsets that are read as another one, which has the same characters and more."""


def values_of(declared: Operation) -> dict[str, inspect.Parameter]:
    """The plain parameters of an operation that its body carries."""
    return {name: each for name, each in declared.parameters().items() if name not in _FROM_ELSEWHERE}


def read_values(wanted: Mapping[str, inspect.Parameter], given: dict[str, Any]) -> dict[str, Any]:
    """Read plain parameters from an object; Invalid names the one that is wrong, missing or unknown."""
    names = {spelled: name for name in wanted for spelled in (name, camel(name))}
    found: dict[str, Any] = {}
    for key, value in given.items():
        name = _known(key, names, found, "")
        found[name] = _read(wanted[name].annotation, value, name)
    for name, each in wanted.items():
        if name not in found and each.default is inspect.Parameter.empty:
            raise Invalid(f"{name}: required", field=name)
    return found


def _read(hint: Any, value: Any, name: str) -> Any:
    """Read a plain value, or leave the inputs of a list to the resolver."""
    unread = unread_in(hint)
    if unread is None:
        return read_value(hint, value, name)
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise Invalid(f"{name}: must be a list of objects", field=name)
    return [Unread(unread, each, read_body, snake) for each in value]


def read_texts(wanted: Mapping[str, inspect.Parameter], found: Parameters) -> dict[str, Any]:
    """Take plain parameters out of a query string, as far as they are there; Invalid names the one that is wrong."""
    taken: dict[str, Any] = {}
    for name, each in wanted.items():
        text = take(found, name)
        if text is not None:
            value = {"true": True, "false": False}.get(text, text) if each.annotation is bool else text
            taken[name] = read_value(each.annotation, value, name)
    return taken


def is_json(request: Request) -> bool:
    """Whether a body says that it is JSON."""
    media = (request.header(b"content-type") or "").partition(";")[0].strip().lower()
    return media in _JSON_TYPES


def read_charset(request: Request, parameter: inspect.Parameter) -> Any:
    """Read the charset of a body as the parameter that takes it; None when none is said, or UTF-8.

    Raises UnsupportedMediaType for one that the parameter does not know.
    """
    header = Message()
    header["content-type"] = request.header(b"content-type") or ""
    said = header.get_content_charset()
    if not said:
        return None
    try:
        found = codecs.lookup(said).name
        return None if found in _UTF_8 else read_value(parameter.annotation, _SAME.get(found, found), parameter.name)
    except (LookupError, Invalid) as error:
        known = ", ".join(bare(parameter.annotation))
        raise UnsupportedMediaType(
            f"Content-Type: charset {said[:40]!r} cannot be read; send utf-8, or name one of {known}"
        ) from error


async def read_object(request: Request, *, required: bool, largest: int = LARGEST_BODY) -> dict[str, Any]:
    """Read a JSON object; an empty body is an empty object where none is required."""
    body = await request.body(largest)
    if not body and not required:
        return {}
    if not is_json(request):
        raise UnsupportedMediaType("Content-Type: send application/json")
    times = largest // LARGEST_BODY
    found = read_json(body) if times == 1 else await asyncio.to_thread(read_json, body, times=times)
    if not isinstance(found, dict):
        raise BadRequest("The body must be a JSON object")
    return found


def refuse_values(wanted: Mapping[str, inspect.Parameter], found: Parameters) -> None:
    """Raise Invalid for a parameter in the query string that belongs into the JSON body."""
    for name in found:
        if snake(name) in wanted:
            raise Invalid(f"{name}: unknown parameter; beside a JSON body it is a field of the body", field=name)


def read_body(cls: type, given: Mapping[str, Any]) -> Any:
    """Read an input from an object of either casing; Invalid names the first field that is wrong, in snake_case."""
    spelled = one_casing(cls, given, "")
    try:
        return read_input(cls, spelled, where="")
    except Invalid as error:
        field = ".".join(snake(part) for part in (error.field or "").split("."))
        said = error.message.removeprefix(f"{error.field}: ")
        raise Invalid(f"{field}: {said}" if field else said, field=field) from error


def one_casing(cls: type, given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Spell every key as Python does, below too; Invalid for an unknown one, or one that comes in both casings."""
    names, inner = _spelling(cls)
    found: dict[str, Any] = {}
    for key, value in given.items():
        name = _known(key, names, found, where)
        found[name] = _below(inner[name], value, f"{where}{name}") if name in inner else value
    return found


def _known(key: str, names: Mapping[str, str], found: Mapping[str, Any], where: str) -> str:
    """The field that a key spells; Invalid for one that is unknown, or was found already in the other casing."""
    name = names.get(key)
    if name is None:
        place = f"{where}{key[:100]}"
        raise Invalid(f"{place}: unknown field", field=place)
    if name in found:
        place = f"{where}{name}"
        raise Invalid(f"{place}: given in both casings", field=place)
    return name


@cache
def _spelling(cls: type) -> tuple[dict[str, str], dict[str, type]]:
    """The fields of an input under both spellings, and those that hold inputs themselves."""
    hints = get_type_hints(cls, include_extras=True)
    inner = {name: found for name, hint in hints.items() if (found := _dataclass_in(hint)) is not None}
    return {spelled: name for name in hints for spelled in (name, camel(name))}, inner


def _below(inner: type, value: Any, place: str) -> Any:
    if isinstance(value, dict):
        return one_casing(inner, value, f"{place}.")
    if isinstance(value, list):
        return [
            one_casing(inner, each, f"{place}.{number}.") if isinstance(each, dict) else each
            for number, each in enumerate(value)
        ]
    return value


def _dataclass_in(hint: Any) -> type | None:
    """The input dataclass inside an annotation such as `Annotated[list[Line], …]`, or None."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):  # a rule in `Annotated` is one too, but no type
        return hint
    return next((found for part in get_args(hint) if (found := _dataclass_in(part)) is not None), None)
