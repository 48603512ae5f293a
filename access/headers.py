"""Rate limits as headers, in the style of each contract; every response carries them, errors too."""

from __future__ import annotations

import time
from enum import StrEnum

from access.gate import Window
from core.errors import ForgeError

Headers = list[tuple[bytes, bytes]]


class LimitStyle(StrEnum):
    """How a contract names the headers: `seconds` counts down (Forge MRP), `unix` is a clock time (the others)."""

    SECONDS = "seconds"
    UNIX = "unix"


def window_headers(window: Window, style: LimitStyle = LimitStyle.SECONDS) -> Headers:
    """The rate limit headers of a response, with the IETF draft's `RateLimit` and `RateLimit-Policy` beside them."""
    limit, remaining, reset = b"%d" % window.limit, b"%d" % window.remaining, b"%d" % window.reset
    draft = [
        (b"ratelimit-policy", b'"requests";q=%b;w=60' % limit),
        (b"ratelimit", b'"requests";r=%b;t=%b' % (remaining, reset)),
    ]
    if style is LimitStyle.UNIX:
        at = b"%d" % (int(time.time()) + window.reset)
        return [
            (b"x-ratelimit-limit", limit),
            (b"x-ratelimit-remaining", remaining),
            (b"x-ratelimit-reset", at),
            *draft,
        ]
    return [(b"ratelimit-limit", limit), (b"ratelimit-remaining", remaining), (b"ratelimit-reset", reset), *draft]


def error_headers(error: ForgeError) -> Headers:
    """What an error adds: `Retry-After`, `Allow`, `WWW-Authenticate`."""
    found: Headers = []
    if error.retry_after is not None:
        found.append((b"retry-after", b"%d" % error.retry_after))
    allow = getattr(error, "allow", None)
    if allow:
        found.append((b"allow", ", ".join(allow).encode()))
    if error.code == "unauthorized":
        found.append((b"www-authenticate", b'Bearer realm="forge"'))
    return found
