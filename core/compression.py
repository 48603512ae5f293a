"""`Content-Encoding` of answers: which encoding a caller accepts, and the body in it."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SMALLEST: Final = 1_024
"""Bytes from which a body is compressed."""
INLINE: Final = 65_536
"""Bytes up to which a body is compressed on the event loop; a larger one in a thread, which holds up nobody."""
_GZIP: Final = 31
_LEVELS: Final = {"zstd": 1, "br": 3, "gzip": 1}
"""How hard each tries, the cheapest encoding first: the next levels cost twice the CPU for a tenth fewer bytes."""
_ONCE: Final = {"zstd": 9, "br": 5, "gzip": 6}
"""The same where the result is kept: the last levels that are worth it; each takes about 40 ms for a megabyte."""
_WEIGHT: Final = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\Z")
_LONGEST: Final = 1_000


@lru_cache(maxsize=256)
def accepted_encoding(header: str) -> str | None:
    """The encoding for an `Accept-Encoding` header: the one that weighs most, the cheapest of equals; None for none.

    A weight that cannot be read is taken for 0, and `*` stands for every encoding that is not named (RFC 9110 §12.5.3).
    """
    weights: dict[str, float] = {}
    for part in header[:_LONGEST].lower().split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        weight = next((each[2:].strip() for each in parameters if each.startswith("q=")), "1")
        weights[name.removeprefix("x-")] = float(weight) if _WEIGHT.match(weight) else 0.0
    rest = weights.get("*", 0.0)
    found = max(_LEVELS, key=lambda name: weights.get(name, rest))
    best = weights.get(found, rest)
    return found if best > 0 and best >= weights.get("identity", 0.0) else None


class Kept(bytes):
    """A body that is sent again and again: it is compressed once for each encoding, and that is kept."""

    def __init__(self, _: bytes) -> None:
        self._lock = threading.Lock()
        self.forms: dict[str, bytes] = {}
        """By encoding, as far as they were asked for."""

    def compress(self, encoding: str) -> bytes:
        """The body in an encoding; of two threads that ask at once one makes it."""
        with self._lock:
            if encoding not in self.forms:
                self.forms[encoding] = _ENCODERS[encoding](self, _ONCE[encoding])
            return self.forms[encoding]


async def compressed(body: bytes, encoding: str) -> bytes:
    """A body in an encoding."""
    if isinstance(body, Kept):
        known = body.forms.get(encoding)
        return await asyncio.to_thread(body.compress, encoding) if known is None else known
    if len(body) <= INLINE:
        return _ENCODERS[encoding](body, _LEVELS[encoding])
    return await asyncio.to_thread(_ENCODERS[encoding], body, _LEVELS[encoding])


def _gzip(body: bytes, level: int) -> bytes:
    encoder = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    return encoder.compress(body) + encoder.flush()


def _brotli(body: bytes, level: int) -> bytes:
    return bytes(brotli.compress(body, brotli.MODE_TEXT, level))


def _zstd(body: bytes, level: int) -> bytes:
    return zstd.compress(body, level)


_ENCODERS: Final[dict[str, Callable[[bytes, int], bytes]]] = {"gzip": _gzip, "br": _brotli, "zstd": _zstd}
