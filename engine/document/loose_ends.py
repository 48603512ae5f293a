"""Loose ends: variables and fragments that a long document declares and never uses, or uses and never declares.

graphql-core finds them too, but only after working through the whole document; of a long one that costs more than a
refusal may. Here they are found by their names alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from graphql import GraphQLError

from engine.document.limits import SELECTIONS, circle, too_many

LONG: Final = 300
"""Tokens from which it is worth it; what a shorter document lacks is told by graphql-core, with the place."""
_MAX: Final = 10


def loose_ends(words: Sequence[str]) -> list[GraphQLError]:
    """The errors of a document, given as its tokens; none for a short one, or when nothing is certain to be wrong.

    Raises BadRequest when its fragments spread in a circle, or come to too much.
    """
    if len(words) < LONG:
        return []
    words = [word for word in words if word[0] != "#"]
    declared, used = _variables(words)
    spreads = _spreads(words)
    spread = {name: None for names in spreads.values() for name in names}
    found = [
        *(f"Variable '${name}' is never used." for name in declared if name not in used),
        *(f"Variable '${name}' is not defined." for name in used if name not in declared),
        *(f"Fragment '{name}' is never used." for name in spreads if name and name not in spread),
        *(f"Unknown fragment '{name}'." for name in spread if name not in spreads),
    ]
    if not found:
        _expand(spreads)
    return [GraphQLError(message) for message in found[:_MAX]]


def _variables(words: Sequence[str]) -> tuple[dict[str, None], dict[str, None]]:
    declared: dict[str, None] = {}
    used: dict[str, None] = {}
    if "$" in words:
        for place, word in enumerate(words[:-2]):
            if word == "$":
                (declared if words[place + 2] == ":" and words[place - 1] != ":" else used)[words[place + 1]] = None
    return declared, used


def _spreads(words: Sequence[str]) -> dict[str, list[str]]:
    """What each fragment spreads, as often as it does; under no name what the operations before them spread."""
    found: dict[str, list[str]] = {"": []}
    within, depth = "", 0
    if "..." not in words and "fragment" not in words:
        return found
    for word, name, after in zip(words, words[1:], words[2:], strict=False):
        if word == "{":
            depth += 1
        elif word == "}":
            depth -= 1
            within = within if depth else ""
        elif word == "fragment" and after == "on" and not depth:
            within = name
            found.setdefault(name, [])
        elif word == "..." and name not in _NO_NAMES:
            found[within].append(name)
    return found


def _expand(spreads: Mapping[str, list[str]]) -> None:
    """Raise BadRequest when fragments spread themselves, or are spread too often once all are expanded."""
    sizes: dict[str, int | None] = {}

    def size(name: str) -> int:
        if name not in sizes:
            sizes[name] = None
            sizes[name] = min(1 + sum(size(each) for each in spreads[name]), SELECTIONS + 2)
        known = sizes[name]
        if known is None:
            raise circle(name)
        return known

    if any(size(name) > SELECTIONS + 1 for name in spreads):
        raise too_many()


_NO_NAMES: Final = frozenset({"on", "{", "@"})
