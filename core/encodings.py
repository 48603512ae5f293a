"""`Content-Encoding` of requests: gzip, deflate and br, decoded in steps, so that a bomb is stopped at the limit."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any, Final, Protocol

import brotli

from core.errors import BadRequest, UnsupportedMediaType

TAKEN: Final = ("gzip", "deflate", "br")
STEP: Final = 65_536
"""Bytes that come out at a time, or not many more: what one step costs is what others have to wait."""
_ALIASES: Final = {"x-gzip": "gzip"}
_PLAIN: Final = frozenset({"", "identity"})
_MAX_MEMBERS: Final = 100
"""Members of one gzip file: each costs a decoder of its own."""
_GZIP: Final = 31
_ZLIB: Final = 15
_RAW: Final = -15
_HEADER: Final = 2
_LONGEST_NAME: Final = 100


class UnsupportedEncoding(UnsupportedMediaType):
    """The body is encoded in a way that is not read here; the answer carries `Accept-Encoding`."""

    accept_encoding = ", ".join(TAKEN)


class Decoder(Protocol):
    """Takes one body apart."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what comes out of the next piece, in steps; BadRequest when it is broken."""

    def end(self) -> None:
        """Raise BadRequest when the body broke off."""


def decoder_of(header: str) -> Decoder | None:
    """The decoder that a `Content-Encoding` asks for; None for a plain body.

    Raises UnsupportedEncoding, which names the header, for any other encoding, and for several of them.
    """
    names = [each for each in (part.strip().lower() for part in header.split(",")) if each not in _PLAIN]
    if not names:
        return None
    name = _ALIASES.get(names[0], names[0])
    if len(names) > 1 or name not in TAKEN:
        raise UnsupportedEncoding(
            f"Content-Encoding: one of {', '.join(TAKEN)}, not {', '.join(names)[:_LONGEST_NAME]}"
        )
    return _Brotli() if name == "br" else _Zlib(name)


class _Zlib:
    """gzip, with one member or several, and deflate, as zlib wraps it or bare, as some clients send it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._inflater: Any = None
        self._first = b""
        self._members = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what comes out, in steps."""
        try:
            while data:
                if self._inflater is None:
                    data = self._begin(data)
                    if self._inflater is None:
                        return
                out = self._inflater.decompress(data, STEP)
                yield out
                while len(out) == STEP and not self._inflater.unconsumed_tail and not self._inflater.eof:
                    out = self._inflater.decompress(b"", STEP)  # it holds more than it was allowed to give
                    yield out
                data = self._rest()
        except zlib.error as error:
            raise _broken(self._name) from error

    def end(self) -> None:
        """Raise BadRequest when the body broke off."""
        if self._first or (self._inflater is not None and not self._inflater.eof):
            raise _broken(self._name)

    def _begin(self, data: bytes) -> bytes:
        """Make the inflater; returns the data with what was kept before."""
        data = self._first + data
        if len(data) < _HEADER:
            self._first = data
            return b""
        self._first = b""
        self._members += 1
        if self._name == "gzip":
            kind = _GZIP
        else:  # RFC 1950 §2.2: what tells a zlib header from a bare stream
            kind = _ZLIB if data[0] & 0x0F == zlib.DEFLATED and int.from_bytes(data[:2]) % 31 == 0 else _RAW
        self._inflater = zlib.decompressobj(wbits=kind)
        return data

    def _rest(self) -> bytes:
        """What is still to be read; after a member of gzip there may be another."""
        if not self._inflater.eof:
            return bytes(self._inflater.unconsumed_tail)
        rest = bytes(self._inflater.unused_data)
        if rest:
            if self._name != "gzip" or self._members >= _MAX_MEMBERS:
                raise _broken(self._name)
            self._inflater = None
        return rest


class _Brotli:
    def __init__(self) -> None:
        self._decompressor: Any = brotli.Decompressor()
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what comes out, in steps."""
        self._begun = self._begun or bool(data)
        if self._decompressor.is_finished() and data:
            raise _broken("br")
        try:
            out = self._decompressor.process(data, output_buffer_limit=STEP)
            while out or not self._decompressor.can_accept_more_data():
                yield out
                out = b"" if self._decompressor.is_finished() else self._more()
        except brotli.error as error:
            raise _broken("br") from error

    def _more(self) -> bytes:
        """What it holds: it also takes all of its input when it was not allowed to give all that comes out."""
        return bytes(self._decompressor.process(b"", output_buffer_limit=STEP))

    def end(self) -> None:
        """Raise BadRequest when the body broke off."""
        if self._begun and not self._decompressor.is_finished():
            raise _broken("br")


def _broken(name: str) -> BadRequest:
    return BadRequest(f"Content-Encoding: the body is not whole and valid {name}")
