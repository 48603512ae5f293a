"""CORS: pages of the origins that are set may call the API from a browser; Starlette's middleware does the work.

A preflight is answered before any door: it needs no key and draws from no bucket. Cookies are never allowed, for no
door takes any.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from starlette.middleware.cors import CORSMiddleware

from core.http import Receive, Scope, Send

METHODS: Final = ("GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS")
EXPOSED: Final = (
    "RateLimit",
    "RateLimit-Policy",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
    "ETag",
    "Link",
    "Location",
    "Allow",
    "Idempotent-Replayed",
    "X-Request-Id",
)
"""Headers of answers that a page may read, beside those that any page may."""
_SECONDS: Final = 7_200
"""How long a browser may keep a preflight's answer; the longest that any of them does."""

App = Callable[[Scope, Receive, Send], Awaitable[None]]


def cross_origin(app: App, origins: Sequence[str]) -> App:
    """The application with CORS for these exact origins; without any it stays as it is.

    A page may send whatever header it likes: what none of the doors knows they do not read. It may also be a public
    page that calls a Forge in a private network: it was named as exactly as any other.
    """
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=METHODS,
        allow_headers=("*",),
        allow_private_network=True,
        expose_headers=EXPOSED,
        max_age=_SECONDS,
    )
