"""The scan: a document's text is counted, before anything is parsed, by one regular expression.

Parsing costs ten times as much as this. So whatever can be refused by counting is refused here.
"""

from __future__ import annotations

import re
from typing import Final

from core.errors import BadRequest

CHARACTERS: Final = 65_536
TOKENS: Final = 1_000
REGISTERED_TOKENS: Final = 4_000
BRACKETS: Final = 64
FIELDS_PER_SET: Final = 200
ALIASES: Final = 30
OPERATIONS: Final = 10
DIRECTIVES: Final = 100

_TOKEN: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*"|\.\.\.|[A-Za-z_]\w*|[-0-9.]+|[!$&()\[\]{}:=@|]|#[^\n]*',
    re.ASCII,
)
_NAME: Final = re.compile(r"[A-Za-z_]", re.ASCII)
_OPERATIONS: Final = frozenset({"query", "mutation", "subscription"})


def scan(text: str, most: int = TOKENS) -> int:
    """Count the tokens of a document (a comment is one); BadRequest when it is too long, too wide or too deep."""
    if len(text) > CHARACTERS:
        raise _beyond(f"{CHARACTERS:,} characters; send long values as variables")
    found = _TOKEN.findall(text) if len(text) <= most else _some(text, most)
    if len(found) > most:
        raise _beyond(f"{most:,} tokens")
    if found.count("@") > DIRECTIVES:
        raise _beyond(f"{DIRECTIVES} directives")
    _Scan().run(found)
    return len(found)


def _some(text: str, most: int) -> list[str]:
    """The tokens of a text, and no more than are needed to know that there are too many."""
    found = _TOKEN.finditer(text)
    return [each[0] for each, _ in zip(found, range(most + 1), strict=False)]


class _Scan:
    """Follows the brackets, and counts what stands in each selection set and in each definition."""

    def __init__(self) -> None:
        self._depth = self._values = 0
        self._widths = [0]
        """How many selections each open selection set has; the first is the document's own place."""
        self._aliases = self._operations = 0
        self._defining = False

    def run(self, tokens: list[str]) -> None:
        last = before = ""
        for word in tokens:
            if word in "([":
                self._open()
                self._values += 1
            elif word in ")]":
                self._depth -= 1
                self._values -= 1
            elif self._values <= 0:
                self._selection(word, last, before)
            elif word == "{":
                self._open()
            elif word == "}":
                self._depth -= 1
            if word[0] != "#":
                before, last = last, word

    def _open(self) -> None:
        self._depth += 1
        if self._depth > BRACKETS:
            message = f"query: brackets nested more than {BRACKETS} deep"
            raise BadRequest(message, field="query")

    def _selection(self, word: str, last: str, before: str) -> None:
        """Take note of a token that is not within a value."""
        widths = self._widths
        if word == "{":
            self._define()
            self._open()
            widths.append(0)
        elif word == "}":
            self._depth -= 1
            if len(widths) > 1:
                widths.pop()
            self._defining = len(widths) > 1
        elif len(widths) == 1:
            if word in _OPERATIONS and not self._defining:
                self._define()
            self._defining = True
        elif word == ":":
            self._aliases += 1
            if self._aliases > ALIASES:
                raise _beyond(f"{ALIASES} aliases")
        elif word == "..." or (
            last not in _NOT_BEFORE_FIELDS and _NAME.match(word) and not (last == "on" and before == "...")
        ):
            widths[-1] += 1
            if widths[-1] > FIELDS_PER_SET:
                raise _beyond(f"{FIELDS_PER_SET} fields in one selection set")

    def _define(self) -> None:
        """Take note that an operation begins, unless a definition has begun already."""
        if self._defining or len(self._widths) > 1:
            return
        self._defining = True
        self._aliases = 0
        self._operations += 1
        if self._operations > OPERATIONS:
            raise _beyond(f"{OPERATIONS} operations")


_NOT_BEFORE_FIELDS: Final = frozenset({":", "@", "...", "$"})


def _beyond(limit: str) -> BadRequest:
    return BadRequest(f"query: more than {limit}", field="query")
