"""Rate limits as headers, in the style of each contract; every response carries them, errors too."""

from __future__ import annotations

import time
from enum import StrEnum

from access.gate import Admission
from core.errors import ForgeError

Headers = list[tuple[bytes, bytes]]


class LimitStyle(StrEnum):
    """How a contract names the headers: `seconds` counts down (Forge MRP), `unix` is a clock time (the others)."""

    SECONDS = "seconds"
    UNIX = "unix"


def limit_headers(admission: Admission, style: LimitStyle = LimitStyle.SECONDS) -> Headers:
    """The rate limit headers of a response, with the IETF draft's `RateLimit` and `RateLimit-Policy` beside them.

    The draft's two tell the points as well: `q` is what the bucket holds, `w` and `t` how long until it is full.
    """
    window, points = admission.window, admission.points
    limit, remaining, reset = b"%d" % window.limit, b"%d" % window.remaining, b"%d" % window.reset
    policy, state = b'"requests";q=%b;w=60' % limit, b'"requests";r=%b;t=%b' % (remaining, reset)
    if points is not None:
        used = points.capacity - points.left
        policy += b', "points";q=%d;w=%d' % (points.capacity, -(-points.capacity // points.restored))
        state += b', "points";r=%d;t=%d' % (points.left, -(-used // points.restored))
    draft = [(b"ratelimit-policy", policy), (b"ratelimit", state)]
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
    """What an error adds: `Retry-After`, `Allow`, `Accept-Encoding`, `WWW-Authenticate`."""
    found: Headers = []
    if error.retry_after is not None:
        found.append((b"retry-after", b"%d" % error.retry_after))
    allow = getattr(error, "allow", None)
    if allow:
        found.append((b"allow", ", ".join(allow).encode()))
    taken = getattr(error, "accept_encoding", None)
    if taken:
        found.append((b"accept-encoding", taken.encode()))
    if error.code == "unauthorized":
        found.append((b"www-authenticate", b'Bearer realm="forge"'))
    return found
