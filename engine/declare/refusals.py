"""What pydantic refuses, in the words of this API: none of its own messages reaches a caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from core.values.checked import REASON

_OBJECT: Final = "must be an object"
_LIST: Final = "must be a list"
_TEXT: Final = "must be text"
_OTHERWISE: Final = "is no value of this field"


def _length(word: str, limit: str) -> Callable[[Mapping[str, Any]], str]:
    def say(context: Mapping[str, Any]) -> str:
        most = int(context[limit])
        return f"must have at {word} {most:,} {'entry' if most == 1 else 'entries'}"

    return say


_SAID: Final[Mapping[str, str | Callable[[Mapping[str, Any]], str]]] = {
    "extra_forbidden": "unknown field",
    "unexpected_keyword_argument": "unknown field",
    "missing": "required",
    "missing_argument": "required",
    "missing_keyword_only_argument": "required",
    "dataclass_type": _OBJECT,
    "dataclass_exact_type": _OBJECT,
    "model_type": _OBJECT,
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "arguments_type": _OBJECT,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "iterable_type": _LIST,
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "bytes_type": _TEXT,
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "none_required": "must be null",
    "too_long": _length("most", "max_length"),
    "too_short": _length("least", "min_length"),
    "value_error": lambda context: str(context["error"]),
}
"""By the type of pydantic's error; a function makes the message of what pydantic says of it."""


def said(error: Mapping[str, Any]) -> str:
    """The reason for a refusal, of one of the errors that a `ValidationError` lists with their context."""
    kind = error["type"]
    if kind == REASON:
        return str(error["msg"])
    found = _SAID.get(kind, _OTHERWISE)
    return found if isinstance(found, str) else found(error["ctx"])
