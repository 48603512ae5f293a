"""`POST /api/v1/invitations/accept`: a person takes an invitation and sets a password. It takes no key.

Whoever asks is counted by address, as requests without a good key are. A token that is unknown, used, too old or void
takes the same way to the same answer.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Any, Final
from uuid import UUID

import orjson

from access.gate import Admission
from access.headers import limit_headers
from access.invitations import NO_GOOD, find_invitation
from access.passwords import Passwords
from core.errors import ForgeError, Internal, MethodNotAllowed, NotFound, Unauthorized
from core.http import JSON, SHOWN_ONCE, Disconnected, Receive, Request, Response, Scope, Send, read_query, read_request
from core.problems import Problems
from engine.runtime import Runtime
from engine.sql.projection import event_projections
from jobs.units import Units
from models import User
from resolvers.invitations import take_invitation
from rest.bodies import read_object, read_values
from rest.conditions import check_accept
from rest.contract import MRP
from rest.joining import BODY
from rest.parameters import gather, unknown
from rest.routes import ACCEPT, PREFIX

PATH: Final = f"{PREFIX}{ACCEPT}"
LARGEST: Final = 16_384
"""Bytes of its body."""
_METHODS: Final = ("POST", "OPTIONS")
log = logging.getLogger("forge")


class JoinDoor:
    """Answers the one path."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._passwords = Passwords()
        self._units = Units(runtime.database, event_projections(runtime.graph.catalogue), runtime.committed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = read_request(scope, receive)
        admission = await self._runtime.gate.admit(None, request.client)
        try:
            response = await self._respond(request, admission)
        except Disconnected:
            return
        response.headers += limit_headers(admission, MRP.limits)
        response.headers.append((b"x-request-id", request.id.encode("latin-1")))
        await response.send(send, head=request.method == "HEAD")

    async def _respond(self, request: Request, admission: Admission) -> Response:
        try:
            if request.method == "OPTIONS":
                return Response(204, b"", [(b"allow", ", ".join(_METHODS).encode())])
            _check(request, admission)
            user = await self._join(request, **await _read(request))
        except ForgeError as error:
            return MRP.failure(error, request.id)
        except Disconnected:
            raise
        except Exception:
            log.exception("unforeseen error in request %s", request.id)
            return MRP.failure(Internal("Internal error"), request.id)
        shown = {"email": user.email, "name": user.name}
        return Response(200, orjson.dumps({"data": shown}), [JSON, SHOWN_ONCE])

    async def _join(self, request: Request, token: str, password: str, name: str | None = None) -> User:
        """Set the password; its hash is made for links alone that are good, for it costs more than anything here."""
        await self._find(token)
        async with self._passwords.turn:
            workspace_id, user_id = await self._find(token)  # it may have been used while this waited for its turn
            hashed = await self._passwords.hash(password)
            take = partial(take_invitation, user_id=user_id, token=token, name=name, password_hash=hashed)
            return await self._units.run(workspace_id, take, origin=request.origin)

    async def _find(self, token: str) -> tuple[UUID, UUID]:
        found = await find_invitation(self._runtime.database, token)
        if found is None:
            raise NotFound(NO_GOOD)
        return found


def _check(request: Request, admission: Admission) -> None:
    """Refuse an address that asked too often, another method, and an answer that is not JSON."""
    if admission.error is not None and not isinstance(admission.error, Unauthorized):
        raise admission.error
    if request.method not in _METHODS:
        raise MethodNotAllowed(f"{request.method} is not allowed here", allow=_METHODS)
    check_accept(request)


async def _read(request: Request) -> dict[str, Any]:
    wrong = Problems()
    for name in gather(read_query(request.query)):
        wrong.add(unknown(name))
    wrong.check()
    return read_values(BODY, await read_object(request, required=True, largest=LARGEST))
