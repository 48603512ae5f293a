"""`Content-Encoding` of answers: which encoding a caller accepts, and the body in it."""

from __future__ import annotations

import asyncio
import re
import sys
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


async def compressed(body: bytes, encoding: str) -> bytes:
    """A body in an encoding."""
    if len(body) <= INLINE:
        return _ENCODERS[encoding](body)
    return await asyncio.to_thread(_ENCODERS[encoding], body)


def _gzip(body: bytes) -> bytes:
    encoder = zlib.compressobj(_LEVELS["gzip"], zlib.DEFLATED, _GZIP)
    return encoder.compress(body) + encoder.flush()


def _brotli(body: bytes) -> bytes:
    return bytes(brotli.compress(body, brotli.MODE_TEXT, _LEVELS["br"]))


def _zstd(body: bytes) -> bytes:
    return zstd.compress(body, _LEVELS["zstd"])


_ENCODERS: Final[dict[str, Callable[[bytes], bytes]]] = {"gzip": _gzip, "br": _brotli, "zstd": _zstd}
