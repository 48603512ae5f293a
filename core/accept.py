"""What a caller accepts: the one reader of `Accept`, lenient in form, weighed as RFC 9110 §12.5.1 has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

JSON: Final = "application/json"
NAMED: Final = 4
"""How specific a range is that names a media type, as `Quality.specific`."""
_UTF8: Final = frozenset({"utf-8", "utf8", "*"})
_WEIGHT: Final = re.compile(r"\d{0,9}(?:\.\d{0,99})?", re.ASCII)
_PARTS: Final = re.compile(r'(?:[^",;]|"(?:[^"\\]|\\.)*"?)+|[,;]', re.DOTALL)
_EVERYTHING: Final = "*/*"
_LONGEST: Final = 8_000
"""Characters of a header that is read; a longer one accepts nothing."""


class Quality(NamedTuple):
    """How much a media type is wanted, 0 to 1, and by how specific a range; (0, 0) when it is not acceptable."""

    weight: float
    specific: int


def weigh(header: str | None, media: str) -> Quality:
    """What an `Accept` header gives to a media type, by the most specific range that holds it.

    Without a header, or with an empty one, everything is acceptable. A bare `*` is `*/*`, and `application/*+json`
    holds every JSON. A range weighs nothing when its weight cannot be read or is more than 1, or when it wants another
    encoding than UTF-8.
    """
    if header is None:
        return Quality(1.0, 1)
    return _weigh(header, media) if len(header) <= _LONGEST else Quality(0.0, 0)


@lru_cache(maxsize=512)
def _weigh(header: str, media: str) -> Quality:
    kind, _, subtype = media.partition("/")
    holding = {media: NAMED, f"{kind}/*": 2, _EVERYTHING: 1}
    if subtype.rpartition("+")[2] == "json":
        holding[f"{kind}/*+json"] = 3
    found = max(((holding[name], weight) for name, weight in _ranges(header) if name in holding), default=(0, 0.0))
    return Quality(found[1], found[0]) if found[1] else Quality(0.0, 0)


def parameters(text: str) -> tuple[str, dict[str, str]]:
    """A media type and its parameters, in lower case, without quotes."""
    media, *rest = _split(text, ";")
    pairs = (each.partition("=") for each in rest)
    return media.strip().lower(), {name.strip().lower(): _unquoted(value) for name, _, value in pairs}


@lru_cache(maxsize=256)
def _ranges(header: str) -> tuple[tuple[str, float], ...]:
    """The media ranges of a header, each with its weight."""
    return tuple(_read(header)) or ((_EVERYTHING, 1.0),)


def _read(header: str) -> Iterator[tuple[str, float]]:
    for text in _split(header, ","):
        if not text or text.isspace():
            continue
        media, found = parameters(text)
        weight = found.get("q", "1")
        usable = found.get("charset", "utf-8") in _UTF8 and _WEIGHT.fullmatch(weight) and weight.strip(".")
        number = float(weight) if usable else 0.0
        yield (_EVERYTHING if media == "*" else media), number if number <= 1 else 0.0


def _split(text: str, at: str) -> list[str]:
    """Split at a character that does not stand in quotes."""
    if '"' not in text:
        return text.split(at)
    found = [""]
    for part in _PARTS.findall(text):
        if part == at:
            found.append("")
        else:
            found[-1] += part
    return found


def _unquoted(value: str) -> str:
    value = value.strip().lower()
    return value.strip('"')
