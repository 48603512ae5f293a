"""`/api/v1/files/{id}`: `PUT` takes the bytes of an attachment, `GET` gives them back.

Both take a key; `GET` also takes a signed link (`?link=…`), which is good for one file and a few minutes.
"""

from __future__ import annotations

import logging
from typing import Any, Final
from uuid import UUID

from access.file_links import read_link
from access.gate import Admission
from access.headers import Headers, limit_headers
from access.principal import Principal
from app.files.receiving import Receiving
from app.files.sending import send_file
from core.errors import BadRequest, Conflict, ForgeError, Internal, MethodNotAllowed, NotFound, Unavailable
from core.http import JSON, Disconnected, Receive, Request, Response, Scope, Send, read_query, read_request
from core.store import Store
from core.values.scalars import read_id
from core.writing.claim import Outcome
from engine.run.attached import File, edit_scope, find_file, view_scope
from engine.run.compiled import NO_VARIABLES, fill
from engine.run.context import Command
from engine.runtime import Runtime
from engine.sql.plans import Plans
from models import AttachmentStatus
from resolvers.attachments import Content, store_content
from rest.contract import MRP
from rest.parameters import gather, unknown
from rest.projections import Projector, Shown
from rest.routes import FILES, PREFIX, derive

PATH: Final = f"{PREFIX}{FILES}/"
ROUTE: Final = f"{PATH}{{id}}"
AT_ONCE: Final = 16
"""Uploads that one process takes at a time: each holds two parts of a file in memory."""
_METHODS: Final = ("GET", "HEAD", "PUT", "OPTIONS")
_LINK: Final = "link"
_MISSING: Final = "File not found"
log = logging.getLogger("forge")


class FilesDoor:
    """Answers every path of one file."""

    def __init__(self, runtime: Runtime, store: Store, largest: int) -> None:
        self._runtime, self._store, self._largest = runtime, store, largest
        [route] = [each for each in derive(runtime.graph) if each.root.name == "createAttachment"]
        self._projector, self._plans = Projector(runtime.graph.catalogue, MRP, route), Plans(runtime.graph.catalogue)
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a file that breaks off ends the connection, so that nobody takes it for whole."""
        request, begun = read_request(scope, receive), False
        request.route = ROUTE
        admission: Admission | None = None

        async def sending(message: Any) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            file_id, link = _read(request)
            opened = None
            if link is not None and request.method in {"GET", "HEAD"}:
                opened = read_link(self._runtime.installation.secrets, link, file_id)
            if opened is None:
                admission = await self._runtime.admit(request)
            more = _more(request, admission)
            if request.method in {"GET", "HEAD"}:
                file = await self._readable(request, file_id, opened, admission)
                await send_file(request, sending, self._store, file, more)
                return
            response = await self._respond(request, admission, file_id)
        except Disconnected:
            return
        except Exception as error:
            if begun:
                raise
            if not isinstance(error, ForgeError):
                log.exception("unforeseen error in request %s", request.id)
                error = Internal("Internal error")
            response = MRP.failure(error, request.id)
        response.headers += _more(request, admission)
        await response.send(send, head=request.method == "HEAD")

    async def _respond(self, request: Request, admission: Admission | None, file_id: UUID) -> Response:
        if request.method == "OPTIONS":
            return Response(204, b"", [(b"allow", ", ".join(_METHODS).encode())])
        if request.method != "PUT" or admission is None:
            raise MethodNotAllowed(f"{request.method} is not allowed here", allow=_METHODS)
        principal = admission.admitted()
        file = await self._known(principal.workspace_id, file_id)
        ctx = self._runtime.reading(principal, request.id)
        scope = view_scope(ctx, file)
        if scope is None or scope not in principal.scopes:
            raise NotFound(_MISSING, field="id")
        principal.require(edit_scope(scope))
        if file.status != AttachmentStatus.PENDING:
            raise Conflict("The bytes of this attachment are there already: attach another file", field="id")
        if b"content-encoding" in request.headers:
            raise BadRequest("Content-Encoding: the bytes of a file are sent as they are", field="Content-Encoding")
        body = await self._receive(request, principal, file)
        return Response(200, b'{"data":' + body + b"}", [JSON])

    async def _readable(
        self, request: Request, file_id: UUID, opened: UUID | None, admission: Admission | None
    ) -> File:
        """The file, if its bytes are there and a link has opened its workspace, or the key may view its record."""
        principal = None if admission is None or opened is not None else admission.admitted()
        file = await self._known(opened or principal.workspace_id, file_id)  # type: ignore[union-attr]
        if principal is not None:
            scope = view_scope(self._runtime.reading(principal, request.id), file)
            if scope is None or scope not in principal.scopes:
                raise NotFound(_MISSING, field="id")
            self._runtime.check_revoked(principal)
        if file.status != AttachmentStatus.STORED:
            raise NotFound("The bytes of this attachment were not sent yet", field="id")
        return file

    async def _known(self, workspace_id: UUID, file_id: UUID) -> File:
        found = await find_file(self._runtime.database, workspace_id, file_id)
        if found is None:
            raise NotFound(_MISSING, field="id")
        return found

    async def _receive(self, request: Request, principal: Principal, file: File) -> bytes:
        """Take the bytes in and note that they are there; what fails leaves none."""
        if self._under_way >= AT_ONCE:
            raise Unavailable("Many files are being received: send it again soon", retry_after=5)
        self._under_way += 1
        try:
            content = await Receiving(request, file, self._largest).store(self._store, principal.workspace_id)
            return await self._note(request, principal, file, content)
        finally:
            self._under_way -= 1

    async def _note(self, request: Request, principal: Principal, file: File, content: Content) -> bytes:
        async def operate(ctx: Command) -> Outcome:
            rows = await store_content(ctx, file.id, content)
            filled = fill(self._projector.selection(Shown(), ctx.principal.scopes), rows, NO_VARIABLES, ctx)
            return await ctx.unit.finish(self._plans.rendering([filled]))

        try:
            outcome = await self._runtime.command(principal, None, request.origin, operate)
        except BaseException:
            await self._store.remove([content.blob])
            raise
        return outcome.body or b"null"


def _read(request: Request) -> tuple[UUID, str | None]:
    """The file that a request is about, and its signed link."""
    try:
        file_id = read_id(request.path.removeprefix(PATH))
    except ValueError:
        raise NotFound(_MISSING, field="id") from None
    sent = gather(read_query(request.query))
    link = sent.pop(_LINK, [None])[-1]
    for name in sent:
        raise unknown(name)
    return file_id, link


def _more(request: Request, admission: Admission | None) -> Headers:
    """The headers of every answer."""
    limits = [] if admission is None else limit_headers(admission, MRP.limits)
    return [*limits, (b"x-request-id", request.id.encode("latin-1"))]
