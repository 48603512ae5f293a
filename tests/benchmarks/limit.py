"""The limit: bare ASGI and hand-written SQL (`limit.sql`), doing the same work as Forge and nothing else.

The same key check and limiter call, the same role behind row-level security with the same guard, the same JSON and
headers; the create claims, ticks, writes its event and its idempotency record in one statement and wakes the worker.
The update locks first, reads the lines, works out the totals, and writes all of it in one statement before its commit.
"""

from __future__ import annotations

import os
import re
from contextlib import AsyncExitStack
from decimal import ROUND_HALF_UP, Decimal
from hashlib import blake2b
from pathlib import Path
from uuid import UUID

import orjson

from access.headers import limit_headers
from access.principal import Principal
from app.wiring import open_runtime
from core.database.database import guarded
from core.http import Receive, Request, Scope, Send, read_request
from core.settings import Settings
from core.values.ids import new_id
from engine.run.answers import Spent
from engine.runtime import Runtime
from models import AuditEntry, Quote

_NAMED = re.compile(r"-- name: (\w+)\n(.*?)(?=\n-- name|\Z)", re.DOTALL)
SQL = dict(_NAMED.findall(Path(__file__).with_suffix(".sql").read_text()))
READS = {name: guarded(SQL[name]) for name in ("tree", "flat", "one")}
_CENT = Decimal("0.01")
_JSON = (b"content-type", b"application/json; charset=utf-8")
COSTS = {"tree": 2_301, "flat": 101, "create": 11, "update": 31}
"""The points that Forge charges for the same."""


class Limit:
    """The ASGI application."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()
        self._runtime: Runtime | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        assert self._runtime is not None
        runtime, request = self._runtime, read_request(scope, receive)
        cost = COSTS.get(request.path.split("/")[1], 1)
        admission = await runtime.admit(request, cost)
        principal = admission.admitted()
        if request.path == "/create":
            body = await self._create(runtime, request, principal)
        elif request.path.startswith("/update/"):
            body = await self._update(runtime, request, principal)
        else:
            body = await self._read(runtime, request, principal)
        runtime.check_revoked(principal)
        assert admission.points is not None
        body = body[:-1] + Spent(cost, admission.points).extensions() + b"}"
        headers = [_JSON, *limit_headers(admission), (b"x-request-id", request.id.encode())]
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _read(self, runtime: Runtime, request: Request, principal: Principal) -> bytes:
        workspace, text = principal.workspace_id, runtime.database.reads.text
        name = request.path[1:]
        if name in READS:
            digest = blake2b(workspace.bytes, digest_size=6).hexdigest()
            return await text(READS[name], (workspace, int(request.query[2:]), digest)) or b""
        return await text(READS["one"], (workspace, UUID(name[4:]))) or b""

    async def _create(self, runtime: Runtime, request: Request, principal: Principal) -> bytes:
        given = orjson.loads(await request.body())
        printed = blake2b(orjson.dumps(given), digest_size=32).digest()
        claimed = (request.header(b"idempotency-key"), printed)
        row = (
            new_id(Quote),
            principal.key_id,
            UUID(given["clientId"]),
            given["title"],
            given["currency"],
            Decimal("0.00"),
        )
        connection = await runtime.database.writes.acquire()
        workspace, epoch = principal.workspace_id, principal.epoch
        rows = await connection.fetch(
            SQL["create"], workspace, epoch, *claimed, *row, request.id, ["quotes.create"], *_entry(request)
        )
        runtime.database.writes.release(connection)
        runtime.committed(workspace)
        return bytes(rows[0][1])

    async def _update(self, runtime: Runtime, request: Request, principal: Principal) -> bytes:
        given = orjson.loads(await request.body())
        workspace, quote = principal.workspace_id, UUID(request.path[8:])
        claimed = (request.header(b"idempotency-key"), blake2b(orjson.dumps(given), digest_size=32).digest())
        connection = await runtime.database.writes.acquire()
        await connection.execute(f"begin; set local app.workspace_id = '{workspace}'")
        [found] = await connection.fetch(SQL["locked"], workspace, *claimed, quote)
        assert (found["state"], found["status"]) == ("go", "draft")
        known = {line["id"]: line["unit_cost"] for line in await connection.fetch(SQL["lines"], workspace, quote)}
        lines = [
            (UUID(part["id"]), place, part["description"], Decimal(part["quantity"]), Decimal(part["unitPrice"]))
            for place, part in enumerate(given["parts"], 1)
        ]
        assert {line[0] for line in lines} == set(known)
        totals = [(quantity * price).quantize(_CENT, ROUND_HALF_UP) for *_, quantity, price in lines]
        costs = [
            (line[3] * cost).quantize(_CENT, ROUND_HALF_UP) for line in lines if (cost := known[line[0]]) is not None
        ]
        subtotal = sum(totals, Decimal("0.00"))
        tax = (subtotal * (found["tax_rate"] or 0)).quantize(_CENT, ROUND_HALF_UP)
        cost = sum(costs) if len(costs) == len(lines) else None
        columns = [list(column) for column in zip(*lines, strict=True)]
        head = (workspace, principal.epoch, *claimed, quote, given["title"], subtotal, tax, subtotal + tax, cost)
        entry_id, *where = _entry(request)
        told = (request.id, ["quotes.edit"], entry_id, principal.key_id, *where)
        rows = await connection.fetch(SQL["update"], *head, *columns, totals, *told)
        assert rows[0][0] == "go"
        await connection.execute("commit")
        runtime.database.writes.release(connection)
        runtime.committed(workspace)
        return bytes(rows[0][1])

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._runtime = await self._stack.enter_async_context(open_runtime(Settings.load(os.environ)))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stack.aclose()
        await send({"type": "lifespan.shutdown.complete"})


def _entry(request: Request) -> tuple[UUID, str | None, str | None]:
    """The id of an entry of the audit, and where the request came from."""
    return new_id(AuditEntry), request.origin.address, request.origin.user_agent


app = Limit()
