"""Sending a file: whole, or the range that was asked for, piece by piece."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from access.headers import Headers
from core.http import Request, Send
from core.store import Store
from engine.run.attached import File

_RANGE: Final = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")
_INLINE: Final = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp", "image/tiff"})
"""Types that a browser shows without running anything of them."""
_UNTRUSTED: Final[Headers] = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"sandbox; default-src 'none'"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"cache-control", b"private, no-transform, max-age=300"),
    (b"referrer-policy", b"no-referrer"),
    (b"accept-ranges", b"bytes"),
]


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes from `start` up to `end`; `partial` says that they were asked for."""

    start: int
    end: int
    partial: bool


def range_of(request: Request, file: File) -> Range | None:
    """The bytes that a request asks for; None for a range outside of the file. Several ranges are answered whole."""
    size = file.size or 0
    whole = Range(0, size, partial=False)
    found = _RANGE.fullmatch(request.header(b"range") or "")
    condition = request.header(b"if-range")
    if found is None or found[1] == found[2] == "" or (condition is not None and condition != etag(file)):
        return whole
    if not found[1]:
        return Range(max(0, size - int(found[2])), size, partial=True) if int(found[2]) else None
    start, end = int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)
    if found[2] and int(found[2]) < start:
        return whole
    return Range(start, end, partial=True) if start < size else None


def etag(file: File) -> str:
    """The entity tag of a file: its digest."""
    return f'"{file.sha256}"'


def headers_of(file: File) -> Headers:
    """The headers of a file, but for its length."""
    name = file.filename
    plain = name.encode("ascii", "replace").replace(b"?", b"_")
    kind = file.media_type or "application/octet-stream"
    how = "inline" if kind in _INLINE else "attachment"
    disposition = f"{how}; filename=\"{plain.decode()}\"; filename*=UTF-8''{quote(name, safe='')}"
    charset = "; charset=utf-8" if kind.startswith("text/") else ""
    return [
        (b"content-type", f"{kind}{charset}".encode()),
        (b"content-disposition", disposition.encode()),
        (b"etag", etag(file).encode()),
        *_UNTRUSTED,
    ]


async def send_file(request: Request, send: Send, store: Store, file: File, more: Headers) -> None:
    """Answer with the bytes of a file; raises NotFound or Unavailable before anything was sent."""
    headers = [*headers_of(file), *more]
    if request.header(b"if-none-match") == etag(file):
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    wanted = range_of(request, file)
    if wanted is None:
        headers.append((b"content-range", b"bytes */%d" % (file.size or 0)))
        await send({"type": "http.response.start", "status": 416, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    headers.append((b"content-length", b"%d" % (wanted.end - wanted.start)))
    if wanted.partial:
        span = b"bytes %d-%d/%d" % (wanted.start, wanted.end - 1, file.size or 0)
        headers.append((b"content-range", span))
    start = {"type": "http.response.start", "status": 206 if wanted.partial else 200, "headers": headers}
    if request.method == "HEAD":
        await send(start)
        await send({"type": "http.response.body", "body": b""})
        return
    begun = False
    async for piece in store.get(str(file.blob), wanted.start, wanted.end):
        if not begun:
            await send(start)
            begun = True
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
