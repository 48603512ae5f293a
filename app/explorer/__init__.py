"""The explorer: GraphiQL at `/graphql` for browsers, from files that come with Forge: it needs no internet.

GraphiQL itself is read out of a PyPI package that ships it built; nothing of that package is imported. The key is typed
into the page and kept in its memory only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from fastapi import FastAPI

from app.pages import SAFE, Files
from core.accept import JSON, weigh
from core.http import Receive, Response, Scope, Send

_PAGES: Final = Path(__file__).parent
_SHIPPED: Final = ("graphene_django_graphiql_static", "static/graphene_django_graphiql_static")
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Styles may stand inline: the editor sets them. Scripts may not."""
EXPLORER: Final = "/graphiql"
FILES: Final = f"{EXPLORER}/{{file}}"
"""Where the files are, and the template of their paths."""
_HTML: Final = "text/html"
_XHTML: Final = "application/xhtml+xml"
_ANSWERS: Final = (JSON, "application/graphql-response+json")
_OPERATION: Final = (b"query=", b"documentId=", b"extensions=")
_HEADERS: Final = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-security-policy", _POLICY.encode()),
    (b"cache-control", b"no-cache"),
    (b"vary", b"Accept"),
    *SAFE,
]


class Explorer:
    """Shows the page to browsers that come to a door; everything else goes in."""

    def __init__(self, door: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._door = door
        self._page = (_PAGES / "page.html").read_bytes()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"} and _is_browser(scope):
            return Response(200, self._page, list(_HEADERS)).send(send, head=scope["method"] == "HEAD")
        return self._door(scope, receive, send)


def serve_files(front: FastAPI) -> None:
    """Serve what the page is made of: `/graphiql/forge` is our own, `/graphiql/shipped` GraphiQL."""
    front.mount(f"{EXPLORER}/forge", Files(directory=_PAGES / "files"))
    front.mount(f"{EXPLORER}/shipped", Files(packages=[_SHIPPED]))


def _is_browser(scope: Scope) -> bool:
    """Whether a page is asked for: HTML is preferred to JSON.

    A program may prefer HTML without knowing, as older Java does. So where the address holds an operation, the page is
    only for callers that take XHTML too, as browsers do.
    """
    given = b", ".join(value for name, value in scope["headers"] if name == b"accept").decode("latin-1")
    if _HTML not in given.lower() or weigh(given, _HTML).weight <= max(weigh(given, each).weight for each in _ANSWERS):
        return False
    return _XHTML in given or not any(name in scope["query_string"] for name in _OPERATION)
