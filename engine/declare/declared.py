"""Arguments and inputs that no class declares: Strawberry's, made from names, annotations and descriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

_PYTHON_WORDS: Final = frozenset({"and", "or", "not", "in", "from"})


def argument(
    name: str, annotation: Any, description: str | None = None, *, default: Any = strawberry.UNSET
) -> StrawberryArgument:
    """Make the argument of a field; it may be left out if its annotation allows None."""
    return StrawberryArgument(name, None, StrawberryAnnotation(annotation), default=default, description=description)


def input_class(name: str, fields: Mapping[str, tuple[str | None, Any]], *, required: frozenset[str]) -> Any:
    """Make the class of an input from (description, annotation) by name; what is not `required` may be left out."""
    made = type(name, (), {"__annotations__": {}})
    for word, (about, annotation) in fields.items():
        declare(made, word, annotation, about, required=word in required)
    return made


def declare(
    made: Any,
    word: str,
    annotation: Any,
    about: str | None,
    *,
    key: str | None = None,
    required: bool = False,
    more: Sequence[object] = (),
) -> None:
    """Add a field to the class of an input; `key` is its GraphQL name where that does not follow from the word.

    `more` are its directives.
    """
    reserved = word in _PYTHON_WORDS
    attribute = f"{word}_" if reserved else word
    made.__annotations__[attribute] = annotation if required else annotation | None
    name = word if reserved else key
    if required:
        setattr(made, attribute, strawberry.field(name=name, description=about))
    else:
        declared = strawberry.field(name=name, description=about, default=strawberry.UNSET, directives=more)
        setattr(made, attribute, declared)
