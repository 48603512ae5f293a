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
ARGUMENTS: Final = 100
"""Arguments of one field, or variables of one operation."""
FRAGMENTS: Final = 200
LONGEST_WORD: Final = 128
"""Characters of a name, or of a number."""

_TOKEN: Final = re.compile(
    r'"""(?:[^"\\]|\\[\s\S]|"(?!""))*+"""|"(?:[^"\\\n]|\\.)*+"|\.\.\.|[A-Za-z_]\w*+|[-0-9.]++|[!$&()\[\]{}:=@|"]|#[^\n]*+',
    re.ASCII,
)
"""No alternative is tried twice: a string without an end is a lone quotation mark."""
_BLANKS: Final = re.compile(r"[\s,\ufeff]{1000}")
_SHORT: Final = 4_000
"""Characters of a text that the parser goes through in no time, whatever it is; it tells the place of an error."""
_NAME: Final = re.compile(r"[A-Za-z_]", re.ASCII)
_ROUND: Final = frozenset("()[]")
_OPERATIONS: Final = frozenset({"query", "mutation", "subscription"})


def scan(text: str, most: int = TOKENS) -> list[str]:
    """The tokens of a document (a comment is one); BadRequest when it is too long, too wide or too deep."""
    if len(text) > CHARACTERS:
        raise _beyond(f"{CHARACTERS:,} characters; send long values as variables")
    if len(text) > _SHORT and _BLANKS.search(text):
        raise _beyond("1,000 blanks in a row")
    found = _TOKEN.findall(text) if len(text) <= most else _some(text, most)
    if len(found) > most:
        raise _beyond(f"{most:,} tokens")
    if found.count("@") > DIRECTIVES:
        raise _beyond(f"{DIRECTIVES} directives")
    if len(max(found, key=len, default="")) > LONGEST_WORD and any(_is_long(word) for word in found):
        raise _beyond(f"{LONGEST_WORD} characters in one name or number")
    if len(text) > _SHORT and '"' in found:
        raise BadRequest("query: a string without an end", field="query")
    _Scan().run(found)
    return found


def _is_long(word: str) -> bool:
    return len(word) > LONGEST_WORD and word[0] not in '"#'


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
        self._aliases = self._operations = self._fragments = 0
        self._given = [0]
        """How many names with a value each open bracket holds."""
        self._defining = False

    def run(self, tokens: list[str]) -> None:
        last = before = ""
        for word in tokens:
            if word in _ROUND or self._values > 0:
                self._value(word)
            else:
                self._selection(word, last, before)
            if word[0] != "#":
                before, last = last, word

    def _value(self, word: str) -> None:
        """Take note of a token within arguments, variables or a value, or of the bracket that begins or ends them."""
        if word in "([{":
            self._open()
            if word != "{":
                self._values += 1
                self._given.append(0)
        elif word in ")]}":
            self._depth -= 1
            if word != "}":
                self._values -= 1
                self._given = self._given[:-1] or [0]
        elif word == ":":
            self._given[-1] += 1
            if self._given[-1] > ARGUMENTS and self._values == 1:
                raise _beyond(f"{ARGUMENTS} arguments or variables in one place")

    def _open(self) -> None:
        self._depth += 1
        if self._depth > BRACKETS:
            raise BadRequest(f"query: brackets nested more than {BRACKETS} deep", field="query")

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
            self._outside(word)
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

    def _outside(self, word: str) -> None:
        """Take note of a token before a definition's first bracket."""
        if word in _OPERATIONS:
            self._define()
        elif word == "fragment" and not self._defining:
            self._fragments += 1
            if self._fragments > FRAGMENTS:
                raise _beyond(f"{FRAGMENTS} fragments")
        self._defining = True

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
