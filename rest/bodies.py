"""Bodies: JSON objects in camelCase or snake_case, read into the resolvers' inputs."""

from __future__ import annotations

import asyncio
import codecs
import dataclasses
import inspect
from collections.abc import Callable, Collection, Mapping
from email.message import Message
from functools import cache
from typing import Any, Final, get_args, get_origin, get_type_hints

from core.errors import BadRequest, Invalid, UnsupportedMediaType, placed
from core.http import LARGEST_BODY, Request
from core.problems import Problems
from core.values.json import read_json
from engine.declare.inputs import MAX_AT_ONCE, Unread, bare, read_input, read_value, unread_in
from engine.declare.names import camel, rest_path, snake
from engine.declare.rows import Page
from engine.graph.operations import Operation, model_of
from rest.parameters import Parameters, take

_JSON_TYPES: Final = frozenset({"application/json", "application/merge-patch+json"})
_FROM_ELSEWHERE: Final = frozenset({"id", "expected_version"})
"""Parameters that the path and `If-Match` carry."""
_UTF_8: Final = frozenset({"utf-8", "ascii"})
_SAME: Final = {"iso8859-1": "cp1252"}
"""Charsets that are read as another one, which has the same characters and more."""
Spelled = Mapping[str, str]
"""Fields by the keys that they have in a body."""


def values_of(declared: Operation) -> dict[str, inspect.Parameter]:
    """The plain parameters of an operation that its body carries, or of a list the query string."""
    found = declared.parameters().items()
    return {name: each for name, each in found if name not in _FROM_ELSEWHERE and not of_lists(each.annotation)}


def of_lists(hint: Any) -> bool:
    """Whether a parameter is the filter or the page of a list."""
    return hint is Page or model_of(hint) is not None


def read_values(wanted: Mapping[str, inspect.Parameter], given: dict[str, Any]) -> dict[str, Any]:
    """Read plain parameters from an object; Invalid tells which are wrong, missing or unknown."""
    wrong = Problems()
    spelled = _spelled_once({each: name for name in wanted for each in (name, camel(name))}, given, "", wrong)
    found = {name: wrong.of(_read, wanted[name].annotation, value, name) for name, value in spelled.items()}
    for name, each in wanted.items():
        if name not in found and each.default is inspect.Parameter.empty:
            wrong.note(name, "required")
    if wrong.any:
        note_unread(found, wrong)
    wrong.check()
    return found


def note_unread(found: Mapping[str, Any], wrong: Problems) -> None:
    """Note what is wrong with the rows that were left to the resolver, which will not be asked."""
    for name, value in found.items():
        rows = value if isinstance(value, list) else []
        for place, row in enumerate(each for each in rows[:MAX_AT_ONCE] if isinstance(each, Unread)):
            if wrong.full:
                return
            try:
                row.read()
            except Invalid as error:
                for each in error.details:
                    wrong.put(placed(f"{name}[{place}]", each))


def _read(hint: Any, value: Any, name: str) -> Any:
    """Read a plain value, or leave the inputs of a list to the resolver."""
    unread = unread_in(hint)
    if unread is None:
        return read_value(hint, value, name)
    if not isinstance(value, list):
        raise Invalid(f"{name}: must be a list of objects", field=name)
    return [Unread(unread, each, read_body, rest_path) for each in value]


def read_texts(
    wanted: Mapping[str, inspect.Parameter], found: Parameters, spell: Callable[[str], str] = str
) -> dict[str, Any]:
    """Take plain parameters out of a query string, as far as they are there; Invalid tells which are wrong."""
    wrong, taken = Problems(), {}
    for name, each in wanted.items():
        text = wrong.of(take, found, spell(name))
        if text is not None:
            value = {"true": True, "false": False}.get(text, text) if each.annotation is bool else text
            taken[each.name] = wrong.of(read_value, each.annotation, value, name)
    wrong.check()
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
    times = max(1, largest // LARGEST_BODY)
    try:
        found = read_json(body) if times == 1 else await asyncio.to_thread(read_json, body, times=times)
        return _object(found)
    except BadRequest as error:
        error.of_body = True
        raise


def _object(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise BadRequest("The body must be a JSON object")
    return found


def refuse_values(wanted: Mapping[str, inspect.Parameter], found: Parameters) -> None:
    """Take out parameters of the query string that belong into the JSON body; Invalid tells them."""
    wrong = Problems()
    for name in [each for each in found if snake(each) in wanted]:
        del found[name]
        wrong.note(name, "unknown parameter; beside a JSON body it is a field of the body")
    wrong.check()


def read_body(cls: type, given: object, spelled_as: Spelled | None = None) -> Any:
    """Read an input from an object of either casing; Invalid tells every field that is wrong: `parts[2].unit_price`.

    `spelled_as` are the keys of a contract that takes no others, and the fields that they are.
    """
    if not isinstance(given, dict):
        raise Invalid("must be an object")
    wrong = Problems()
    spelled = one_casing(cls, given, "", wrong) if spelled_as is None else _spelled_once(spelled_as, given, "", wrong)
    found: Any = None
    try:
        found = read_input(cls, spelled, where="")
    except Invalid as error:
        error.respell(rest_path)
        wrong.add(error)
    wrong.check()
    return found


def keys_of(cls: type, spell: Callable[[str], str], taken: Collection[str] | None) -> Spelled:
    """The keys that the body of a closed contract may have, and the fields of an input that they are."""
    names = get_type_hints(cls) if taken is None else [each for each in taken if each in get_type_hints(cls)]
    return {spell(name): name for name in names}


def one_casing(cls: type, given: Mapping[str, Any], where: str, wrong: Problems) -> dict[str, Any]:
    """Spell every key as Python does, below too; notes the unknown ones, and those that come in both casings."""
    names, inner = _spelling(cls)
    found = _spelled_once(names, given, where, wrong)
    for name in inner.keys() & found.keys():
        found[name] = _below(*inner[name], found[name], f"{where}{name}", wrong)
    return found


def _spelled_once(names: Mapping[str, str], given: Mapping[str, Any], where: str, wrong: Problems) -> dict[str, Any]:
    """What was given by the names that its keys spell, as far as they do."""
    found: dict[str, Any] = {}
    for key, value in given.items():
        if wrong.full:
            break
        name = names.get(key)
        if name is None:
            wrong.note(f"{where}{key[:100]}", "unknown field")
        elif name in found:
            wrong.note(f"{where}{name}", "given in both casings")
        else:
            found[name] = value
    return found


def inputs_inside(cls: type) -> dict[str, type]:
    """The inputs that the fields of an input hold, or lists of which they hold, by the fields' names."""
    return {name: inner for name, (inner, _) in _spelling(cls)[1].items()}


@cache
def _spelling(cls: type) -> tuple[dict[str, str], dict[str, tuple[type, bool]]]:
    """The fields of an input under both spellings, and those that hold an input themselves, or a list of them."""
    hints = get_type_hints(cls, include_extras=True)
    inner = {name: found for name, hint in hints.items() if (found := _input_in(hint)) is not None}
    return {spelled: name for name in hints for spelled in (name, camel(name))}, inner


def _below(inner: type, listed: bool, value: Any, place: str, wrong: Problems) -> Any:  # noqa: FBT001  # of `_spelling`
    if isinstance(value, dict) and not listed:
        return one_casing(inner, value, f"{place}.", wrong)
    if isinstance(value, list) and listed:
        return [
            one_casing(inner, each, f"{place}[{number}].", wrong) if isinstance(each, dict) else each
            for number, each in enumerate(value)
        ]
    return value


def _input_in(hint: Any) -> tuple[type, bool] | None:
    """The input dataclass inside an annotation such as `Annotated[list[Line], …]`, and whether in a list; or None."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):  # a rule in `Annotated` is one too, but no type
        return hint, False
    found = next((found for part in get_args(hint) if (found := _input_in(part)) is not None), None)
    return found and (found[0], found[1] or get_origin(hint) is list)
