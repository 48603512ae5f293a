"""The front: requests for a door go straight to it, before any framework; everything else is FastAPI's.

A door is an ASGI callable for one path, or for every path below one (then it ends with `/`). To add one, put it into
`doors_of`. Paths that nothing serves are the REST door's too, so that they get its 404 and its headers.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import orjson
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request as FrameworkRequest
from starlette.responses import Response as FrameworkResponse

from app.access_log import AccessLog
from app.changes_door import PATH as CHANGES
from app.changes_door import ChangesDoor
from app.cross_origin import cross_origin
from app.elsewhere import Elsewhere
from app.exchange import Exchange
from app.explorer import EXPLORER, FILES, Explorer, serve_files
from app.graphql.door import PATH as GRAPHQL
from app.graphql.door import GraphQLDoor
from app.handshake import Handshake, refuse_handshake
from app.joining import FILES as JOIN_FILES
from app.joining import PAGE as JOIN
from app.joining import serve_page
from app.joining.door import PATH as ACCEPT
from app.joining.door import JoinDoor
from app.me_door import PATH as ME
from app.me_door import MeDoor
from app.observer import UNKNOWN, Observer
from app.streams import Streams
from app.wire.reading import ELSEWHERE
from core.errors import ForgeError, Internal, MethodNotAllowed, NotFound, Unavailable
from core.http import REQUEST, Receive, Request, Response, Scope, Send, read_request
from core.settings import Settings
from engine.runtime import Runtime
from rest import openapi
from rest.contract import contract_of
from rest.door import RestDoor
from rest.metrics_door import PATH as METRICS
from rest.metrics_door import MetricsDoor
from rest.published import Published
from rest.routes import PREFIX, Table
from schema.assembly import graph

Door: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Doors: TypeAlias = tuple[tuple[str, Door], ...]

REST: Final = f"{PREFIX}/"
_PLACES: Final = frozenset({GRAPHQL, CHANGES, METRICS, ME, ACCEPT, JOIN, openapi.PATH, "/livez", "/readyz"})
_FILES: Final = {EXPLORER: FILES, JOIN: JOIN_FILES}
_STARTING: Final = "Forge is starting: the database does not answer yet"
log = logging.getLogger("forge")


def doors_of(runtime: Runtime, streams: Streams, observer: Observer) -> Doors:
    """Every door with its path, the most used first."""
    return (
        (GRAPHQL, Explorer(GraphQLDoor(runtime, streams, observer))),
        (CHANGES, ChangesDoor(runtime, streams)),
        (METRICS, MetricsDoor(runtime)),
        (ME, MeDoor(runtime)),
        (ACCEPT, JoinDoor(runtime)),
        (REST, RestDoor(runtime)),
        (ELSEWHERE, Elsewhere(runtime)),
    )


async def closed(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 503: what the doors stand on is not open yet."""
    response = _failure(Unavailable(_STARTING, retry_after=1), read_request(scope, receive))
    if scope["type"] == "websocket":
        await receive()
        await refuse_handshake(response, send)
    else:
        await response.send(send, head=scope["method"] == "HEAD")


CLOSED: Final[Doors] = tuple((path, closed) for path in (GRAPHQL, CHANGES, METRICS, ME, ACCEPT, REST, ELSEWHERE))


class Front(FastAPI):
    """FastAPI behind the doors, which are opened when what they stand on answers; the OpenAPI document always is."""

    def __init__(self, settings: Settings, **how: Any) -> None:
        super().__init__(**how)
        document = Published(lambda: orjson.dumps(openapi.document(graph(), public_url=settings.public_url)))
        self._always: Doors = ((openapi.PATH, document),)
        self.doors: Doors = (*CLOSED, *self._always)
        self.streams = Streams()
        log = AccessLog(json=settings.log_format == "json") if settings.access_log else None
        self.observer = Observer(log)
        self._table: Table | None = None
        self._compresses = settings.compression
        self._within = cross_origin(self._answer, settings.cors_origins)
        self.add_exception_handler(HTTPException, _refused)
        serve_files(self)
        serve_page(self)

    def open(self, doors: Doors) -> None:
        """Let requests through these doors from now on."""
        self.doors = (*doors, *self._always)
        self.router.default = rest = dict(doors)[REST]
        self._table = rest.table if isinstance(rest, RestDoor) else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and take note of it."""
        if scope["type"] == "websocket":
            await self._answer(scope, receive, Handshake(scope, send, self.observer, self._place(scope["path"])).send)
            return
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        exchange = Exchange(scope, send, self.observer, compresses=self._compresses)
        try:
            within = self._answer if scope["path"] == openapi.PATH else self._within  # which is open to all by itself
            await within(scope, receive, exchange.send)
        except Exception:
            if exchange.is_begun:
                raise
            request = scope.get(REQUEST) or read_request(scope, receive)
            log.exception("unforeseen error in request %s", request.id)
            await _failure(Internal("Internal error"), request).send(exchange.send, head=request.method == "HEAD")
        finally:
            exchange.end(self._place)

    def _place(self, path: str) -> str:
        """The template of a path for which no door found a route: of a preflight, or of a method that it has not."""
        if path in _PLACES:
            return path
        found = next((files for page, files in _FILES.items() if path.startswith(f"{page}/")), None)
        if found is None and self._table is not None:
            found = self._table.template(path)
        return found or UNKNOWN

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on."""
        if scope["type"] == "websocket" or ("extensions" in scope and ELSEWHERE in scope["extensions"]):
            here = GRAPHQL if scope["type"] == "websocket" and scope["path"] == GRAPHQL else ELSEWHERE
            await dict(self.doors)[here](scope, receive, send)
            return
        path = scope["path"]
        for prefix, door in self.doors:
            if path == prefix or (prefix[-1] == "/" and path.startswith(prefix)):
                await door(scope, receive, send)
                return
        await super().__call__(scope, receive, send)


def _failure(error: ForgeError, request: Request) -> Response:
    named = (b"x-request-id", request.id.encode("latin-1"))
    return contract_of(request.path).failure(error, request.id, [named])


async def _refused(request: FrameworkRequest, error: Exception) -> FrameworkResponse:
    """Tell what FastAPI refuses as the doors do: a path below a folder of files, or a method that a page has not."""
    assert isinstance(error, HTTPException)
    allow = (error.headers or {}).get("Allow")
    ours: ForgeError = NotFound("No such page")
    if allow is not None:
        ours = MethodNotAllowed(f"{request.method} is not allowed here", allow=tuple(sorted(allow.split(", "))))
    found = _failure(ours, read_request(request.scope, request.receive))
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in found.headers}
    return FrameworkResponse(found.body, found.status, headers)
