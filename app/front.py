"""The front: requests for a door go straight to it, before any framework; everything else is FastAPI's.

A door is an ASGI callable for one prefix of paths. To add one, put it into `doors_of`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from fastapi import FastAPI

from app.graphql_door import PATH as GRAPHQL
from app.graphql_door import GraphQLDoor
from core.http import JSON, Receive, Response, Scope, Send
from engine.edge import Edge
from rest.door import RestDoor
from rest.routes import PREFIX as REST

Door: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
Doors: TypeAlias = tuple[tuple[str, Door], ...]

_CLOSED: Final = b'{"error":{"code":"unavailable","message":"Forge is starting: the database does not answer yet"}}'


def doors_of(edge: Edge) -> Doors:
    """Every door with its prefix: it answers that path and all below it."""
    return ((GRAPHQL, GraphQLDoor(edge)), (REST, RestDoor(edge)))


async def closed(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001  # an ASGI callable
    """Answer 503: what the doors stand on is not open yet."""
    headers = [JSON, (b"retry-after", b"1")]
    await Response(503, _CLOSED, headers).send(send, head=scope["method"] == "HEAD")


CLOSED: Final[Doors] = ((GRAPHQL, closed), (REST, closed))


class Front(FastAPI):
    """FastAPI behind the doors; `doors` is set when they are open."""

    doors: Doors = CLOSED

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on."""
        if scope["type"] == "http":
            path = scope["path"]
            for prefix, door in self.doors:
                if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in {"", "/"}:
                    await door(scope, receive, send)
                    return
        await super().__call__(scope, receive, send)
