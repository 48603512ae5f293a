"""A door of one path that is only read: the frame of a request around what the path answers."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from typing import Final, Generic, TypeVar

from access.gate import Admission
from access.headers import Headers, limit_headers
from access.principal import Principal
from core.errors import ForgeError, Internal, MethodNotAllowed
from core.http import Disconnected, Receive, Request, Response, Scope, Send, read_request
from engine.runtime import Runtime
from rest.conditions import check_accept
from rest.contract import MRP, Contract

PRIVATE: Final[Headers] = [(b"cache-control", b"private"), (b"vary", b"Authorization")]
_METHODS: Final = ("GET", "HEAD", "OPTIONS")
Asked = TypeVar("Asked")
log = logging.getLogger("forge")


class SinglePath(ABC, Generic[Asked]):
    """Answers one path by GET; a subclass reads what is asked, says what it costs, and answers it.

    What is wrong with a request is told to those admitted.
    """

    def __init__(self, runtime: Runtime, contract: Contract = MRP) -> None:
        self.runtime, self.contract = runtime, contract

    @abstractmethod
    def read(self, request: Request) -> Asked:
        """Read what is asked; raises what is wrong with it."""

    @abstractmethod
    def points(self, request: Request, asked: Asked) -> int:
        """What it costs."""

    @abstractmethod
    async def answer(self, request: Request, principal: Principal, asked: Asked) -> Response:
        """Answer it; raises Disconnected when the caller has gone away."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = read_request(scope, receive)
        request.route = request.path
        asked = self._read(request)
        points = 0 if isinstance(asked, ForgeError) else self.points(request, asked)
        admission = await self.runtime.admit(request, points)
        try:
            response = await self._respond(request, admission, asked)
        except Disconnected:
            return
        response.headers += limit_headers(admission, self.contract.limits)
        response.headers.append((b"x-request-id", request.id.encode("latin-1")))
        await response.send(send, head=request.method == "HEAD")

    def _read(self, request: Request) -> Asked | ForgeError:
        try:
            if request.method not in _METHODS:
                raise MethodNotAllowed(f"{request.method} is not allowed here", allow=_METHODS)
            check_accept(request)
            return self.read(request)
        except ForgeError as error:
            return error

    async def _respond(self, request: Request, admission: Admission, asked: Asked | ForgeError) -> Response:
        try:
            if request.method == "OPTIONS":
                return Response(204, b"", [(b"allow", ", ".join(_METHODS).encode())])
            principal = admission.admitted()
            if isinstance(asked, ForgeError):
                return self.contract.failure(asked, request.id)
            response = await self.answer(request, principal, asked)
            self.runtime.check_revoked(principal)
        except ForgeError as error:
            return self.contract.failure(error, request.id)
        except Disconnected:
            raise
        except Exception:
            log.exception("unforeseen error in request %s", request.id)
            return self.contract.failure(Internal("Internal error"), request.id)
        return response
