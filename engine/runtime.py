"""The runtime: where a request becomes a principal and a context, and where a command is tried again or given up.

Both doors stand on it. One request is one transaction and one commit; resolvers never commit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from hashlib import blake2b
from typing import Final
from uuid import UUID

from access.gate import Admission, Gate
from access.principal import Principal
from core.database.database import Database
from core.errors import BadRequest, Unauthorized
from core.gone import Gone
from core.http import Request
from core.installation import Installation
from core.origin import Origin
from core.record import Record
from core.valkey import Valkey
from core.writing.claim import Claim, Outcome, StaleAccess, State
from core.writing.unit_of_work import UnitOfWork, attempt
from core.writing.writes import Projection
from engine.document.cost import check_cost
from engine.feed.tails import Tails
from engine.graph.graph import Graph
from engine.run.context import Command, Reading

NO_ROUTE: Final = "(none)"
"""What stands in place of a path that no route has: a caller may have written anything into it."""
LONGEST_KEY: Final = 255
IDEMPOTENCY_KEY: Final = "Idempotency-Key"
REVOKED: Final = "The key is missing, wrong, expired or revoked"

Operate = Callable[[Command], Awaitable[Outcome]]
Wake = Callable[[UUID], None]


class Runtime:
    """What the doors share: the graph, the database, the gate, and how events show a row.

    `wake` is told the workspace of every command that was committed; it must not wait, nor raise. `valkey` is what the
    processes share for a while; there may be none.
    """

    def __init__(
        self,
        graph: Graph,
        database: Database,
        gate: Gate,
        projections: Mapping[type[Record], Projection],
        *,
        installation: Installation,
        wake: Wake | None = None,
        tails: Tails | None = None,
        valkey: Valkey | None = None,
    ) -> None:
        self.graph = graph
        self.database = database
        self.gate = gate
        self._projections = projections
        self.installation = installation
        self._wake = wake
        self.tails = tails
        self.valkey = valkey

    async def admit(self, request: Request, points: int = 0) -> Admission:
        """Ask the gate about a request; `points` is what it costs, as far as that is known before."""
        beyond = NO_ROUTE if request.path.startswith("/api/") else request.path  # GraphQL has one path
        route = f"{request.method} {request.route or beyond}"
        admission = await self.gate.admit(request.header(b"authorization"), request.client, route, points)
        request.points = points
        request.caller = admission.caller
        return admission

    async def draw(self, admission: Admission, points: int, *, beside: int = 0) -> None:
        """Draw the points of a request that was admitted before its cost was known; RateLimited when too few are left.

        BadRequest when it costs more than one request may, however many are left; `beside` does not count for that.
        """
        check_cost(points)
        await self.gate.draw(admission, points + beside)

    def reading(self, principal: Principal, request_id: str, gone: Gone | None = None) -> Reading:
        """A context that reads; what takes long is given up once the caller is `gone`."""
        ctx = Reading(principal, self.graph.catalogue, request_id, self.gate.named)
        ctx.database, ctx.gone = self.database, gone
        return ctx

    async def command(self, principal: Principal, claim: Claim | None, origin: Origin, operate: Operate) -> Outcome:
        """Run a command to its commit: again when it lost a race, once more when a right was lost meanwhile.

        What was committed was allowed when it was; a replay or a failure is answered only to a key that is still good.
        """
        try:
            outcome = await self._attempt(principal, claim, origin, operate)
        except StaleAccess:
            fresh = await self.gate.reload(principal)
            return await self._attempt(fresh, claim, origin, operate)
        except Exception:
            self.check_revoked(principal)
            raise
        if outcome.state is State.REPLAY:
            self.check_revoked(principal)
        return outcome

    async def _attempt(self, principal: Principal, claim: Claim | None, origin: Origin, operate: Operate) -> Outcome:
        withdrawn: set[str] = set()

        async def once() -> Outcome:
            unit = UnitOfWork(
                self.database,
                workspace_id=principal.workspace_id,
                epoch=principal.epoch,
                share=principal.share,
                claim=claim,
                projections=self._projections,
                actor_id=principal.actor_id,
                origin=origin,
            )
            async with unit:
                names = self.gate.named
                ctx = Command(principal, unit, self.graph, self.installation, origin.request_id or "", names)
                outcome = ctx.concluded(await operate(ctx))
                withdrawn.update(ctx.withdrawn)
                return outcome

        outcome = await attempt(once)
        if outcome.state is State.DONE:
            self.committed(principal.workspace_id)
            if withdrawn:
                await self.gate.withdraw(principal.company_id, withdrawn)
        return outcome

    def committed(self, workspace_id: UUID) -> None:
        """Say that something was written in a workspace, so that its events leave soon."""
        if self.tails is not None:
            self.tails.wake(workspace_id)
        if self._wake is not None:
            self._wake(workspace_id)

    def check_revoked(self, principal: Principal) -> None:
        """Refuse to answer when the key was revoked while the request ran."""
        if self.gate.is_revoked(principal):
            raise Unauthorized(REVOKED)


def claim_of(
    request: Request, *fingerprint: bytes, scopes: frozenset[str] = frozenset(), key: str | None = None
) -> Claim | None:
    """Make the claim of a request that has an idempotency key: what it is, and the scopes its answer uses.

    `key` is the one that came by another way than the header `Idempotency-Key`. BadRequest when both are there and
    differ.
    """
    sent = request.header(b"idempotency-key")
    if sent is not None:
        check_key(sent, IDEMPOTENCY_KEY)
    if key is not None and sent is not None and sent != key:
        raise BadRequest(f"{IDEMPOTENCY_KEY}: the header and extensions.idempotencyKey differ", field=IDEMPOTENCY_KEY)
    claimed = key or sent
    if claimed is None:
        return None
    digest = blake2b(b"\0".join(fingerprint), digest_size=32).digest()
    return Claim(claimed, digest, tuple(sorted(scopes)))


def check_key(key: str, field: str) -> str:
    """Return an idempotency key that may be one; BadRequest names the field it came in."""
    if not 1 <= len(key) <= LONGEST_KEY or not all("!" <= each <= "~" for each in key):
        raise BadRequest(f"{field}: 1 to {LONGEST_KEY} visible ASCII characters", field=field)
    return key
