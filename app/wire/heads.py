"""What a head must be, beyond what the parser checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

from app.wire.refusals import Refused
from core.errors import BadRequest, HeadTooLarge

Headers = list[tuple[bytes, bytes]]

ONCE: Final = frozenset({b"authorization", b"content-length", b"content-type", b"host", b"idempotency-key"})
"""Headers that two readers of one request could read differently when they stand twice."""
_VERSIONS: Final = frozenset({"1.0", "1.1"})
_PUNCTUATION: Final = len(b": \r\n")
_LONGEST_LINE: Final = 8_000
"""Bytes of a line of a WebSocket handshake: the library that reads it once more takes no longer ones."""


def check_head(headers: Headers, found: Mapping[bytes, bytes], version: str, lines: int) -> None:
    """Refuse a head with too many lines, headers that must stand once and do not, or a body of unclear length."""
    if len(headers) > lines:
        raise Refused(HeadTooLarge(f"A head has at most {lines} lines"))
    if version not in _VERSIONS:
        raise Refused(BadRequest("HTTP/1.1 and HTTP/1.0 are spoken here"))
    if len(found) != len(headers):
        _check_once(headers)
    if version == "1.1" and b"host" not in found:
        raise Refused(BadRequest("Host: required"))
    encoding = found.get(b"transfer-encoding")
    if encoding is not None and (version == "1.0" or encoding.strip().lower() != b"chunked"):
        raise Refused(BadRequest("Transfer-Encoding: only chunked, in HTTP/1.1"))


def _check_once(headers: Headers) -> None:
    seen: set[bytes] = set()
    for name, _ in headers:
        if name in seen and (name in ONCE or name == b"transfer-encoding"):
            raise Refused(BadRequest(f"{name.decode().title()}: given twice"))
        seen.add(name)


def is_small(trailers: Headers, most: int, lines: int) -> bool:
    """Whether trailers have no more bytes and lines than they may have."""
    if not trailers:
        return True
    return len(trailers) <= lines and sum(len(name) + len(value) + _PUNCTUATION for name, value in trailers) <= most


def wants_socket(found: Mapping[bytes, bytes]) -> bool:
    """Whether the head asks for a WebSocket."""
    return found.get(b"upgrade", b"").strip().lower() == b"websocket"


def is_handshake(method: bytes, url: bytes, headers: Headers, found: Mapping[bytes, bytes], path: bytes) -> bool:
    """Whether a head that asks for a WebSocket is a handshake (RFC 6455 §4.1) on `path`."""
    if method != b"GET" or unquote_to_bytes(url.partition(b"?")[0]) != path:
        return False
    if b"transfer-encoding" in found or found.get(b"content-length", b"0").strip(b"0 "):
        raise Refused(BadRequest("A WebSocket handshake has no body"))
    if len(url) > _LONGEST_LINE or any(len(name) + len(value) > _LONGEST_LINE for name, value in headers):
        raise Refused(HeadTooLarge(f"A line of a WebSocket handshake has at most {_LONGEST_LINE:,} bytes"))
    return True


def target_of(data: bytes) -> bytes:
    """The target in the request line that a head begins with, as far as it is there."""
    return data.lstrip(b"\r\n").partition(b"\r\n")[0].partition(b" ")[2].partition(b" ")[0]
