"""Both doors of a graph that is not the house's own: of a resource that only tests have."""

from __future__ import annotations

from app.graphql.door import GraphQLDoor
from core.http import Receive, Scope, Send
from engine.runtime import Runtime
from rest.door import RestDoor


class Doors:
    """GraphQL at `/graphql`, REST at every other path."""

    def __init__(self, runtime: Runtime) -> None:
        self._graphql, self._rest = GraphQLDoor(runtime), RestDoor(runtime)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._graphql if scope["path"] == "/graphql" else self._rest)(scope, receive, send)
