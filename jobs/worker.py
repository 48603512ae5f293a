"""One process of the background worker: wakes and a sweep lead to fan-out, fan-out to deliveries; and tasks run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self
from uuid import UUID

from access.holders import Holders
from core.database.database import Database
from core.errors import Unavailable
from core.installation import Installation
from core.instruments import RELAY_LAG
from core.logs import log_to_stderr
from core.mail import Mailer
from core.mending import what_to_change
from core.record import Record
from core.secrets import Secrets
from core.settings import Settings
from core.store import Store
from core.writing.writes import Projection
from engine.graph.graph import Graph
from engine.sql.projection import Guarded, event_projections, guarded_tables
from jobs.activity_days import ActivityDays
from jobs.audit_months import AuditMonths
from jobs.deliver import Deliverer
from jobs.disabling import Disabling
from jobs.ending import Ending, side_by_side
from jobs.fan_out import FanOut
from jobs.heartbeat import Heartbeat
from jobs.kinds import KINDS
from jobs.leases import Leases
from jobs.orphans import Orphans
from jobs.patience import LOOK, surviving
from jobs.queue import Calls, Wakes, consume
from jobs.sending import Sender
from jobs.tasks.holding import Holding
from jobs.tasks.kinds import LONGEST_LEASE, Kinds, Tools
from jobs.tasks.telling import Telling
from jobs.tasks.turns import Turns
from jobs.trying import Trying
from jobs.units import Units

ROLE: Final = "forge_worker"
GRACE: Final = 1.5
"""Seconds that requests under way have to end when the worker is told to stop."""
LEAVING: Final = 30.0
"""Seconds that they have when another worker has taken over."""
_AGAIN: Final = 0.5
_CONNECTIONS: Final = 8
_FEW: Final = 2
_UNITS: Final = 5
"""Connections for changes that the worker makes: of tasks, one for each that runs, and one more."""
log = logging.getLogger("forge")


@dataclass(frozen=True, slots=True)
class Shown:
    """The graph, and what it says of rows: how events carry them, and the scopes it takes to see that, by table."""

    projections: Mapping[type[Record], Projection]
    guarded: Mapping[str, Guarded]
    graph: Graph

    @classmethod
    def of(cls, graph: Graph) -> Self:
        """What the worker needs of a graph."""
        return cls(event_projections(graph.catalogue), guarded_tables(graph.catalogue), graph)


def main(settings: Settings, shown: Shown, kinds: Kinds = KINDS, ready: Callable[[], None] | None = None) -> None:
    """Work until SIGTERM or SIGINT, then end what is under way or give it back; `kinds` are those of tasks it does.

    `ready` is given to one of several workers, and called when the work begins. SIGHUP tells such a worker that
    another one has taken over: deliveries under way have more time then.
    While the database is away or not migrated it is tried again; raises UnsafeRole when the role could pass by
    row-level security.
    """
    log_to_stderr(json=settings.log_format == "json")
    asyncio.run(_until_told(settings, shown, kinds, ready))


async def _until_told(settings: Settings, shown: Shown, kinds: Kinds, ready: Callable[[], None] | None) -> None:
    ending, loop = Ending(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.within, GRACE)
    if ready is not None:
        loop.add_signal_handler(signal.SIGHUP, ending.within, LEAVING)
    working = asyncio.create_task(_work(settings, shown, kinds, ending, ready or (lambda: None)))
    waiting = asyncio.create_task(ending.begun.wait())
    await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working


async def _work(settings: Settings, shown: Shown, kinds: Kinds, ending: Ending, ready: Callable[[], None]) -> None:
    assert settings.redis_url is not None
    async with contextlib.AsyncExitStack() as stack:
        database = await stack.enter_async_context(_opened(settings, ROLE, _CONNECTIONS))
        access = await stack.enter_async_context(_opened(settings, "forge_access", _FEW))
        api = await stack.enter_async_context(_opened(settings, "forge_api", _UNITS))
        sender = await stack.enter_async_context(Sender(settings.webhook_allow, settings.webhook_timeout))
        holders = Holders(access)
        leases = Leases(database, 2 * settings.webhook_timeout)
        trying = Trying(Secrets.of(settings), sender, settings.webhook_retries)
        wakes = await stack.enter_async_context(Wakes(settings.redis_url))
        units = Units(api, shown.projections, wakes)
        deliverer = Deliverer(leases, holders, trying, Disabling(units))
        fan_out = FanOut(database, holders, shown.guarded, deliverer.due)
        tools = Tools(units, access, database, shown.graph, Installation.of(settings), Mailer.of(settings))
        holding = Holding(database, LONGEST_LEASE, [each.name for each in kinds])
        turns = Turns(kinds, holding, Telling(units), database, tools)

        async def relay(workspace_id: UUID) -> None:
            with surviving("fan-out"):
                await fan_out.relay(workspace_id)

        if ending.begun.is_set():  # a cancellation while connections were opened can be lost
            return
        calls = Calls(relay, _or_not(turns.is_due), _or_not(turns.turn), _or_not(turns.schedule))
        running = [deliverer.run(), _sweep(fan_out, relay), turns.run(), consume(settings.redis_url, calls)]
        running += [
            AuditMonths(database, access).run(),
            ActivityDays(database).run(),
            Heartbeat(settings.home, database).run(),
            Orphans(database, Store.of(settings)).run(),
        ]
        ready()
        try:
            await side_by_side(*running)
        finally:
            if not ending.begun.is_set():  # something failed
                ending.within(GRACE)
            await asyncio.gather(deliverer.stop(ending), turns.stop())


def _or_not(ask: Callable[..., Awaitable[bool]]) -> Callable[..., Awaitable[bool]]:
    """Ask, and take what goes wrong for a no: the sweep finds what is to be done."""

    async def asked(*args: Any) -> bool:
        with surviving("tasks"):
            return await ask(*args)
        return False

    return asked


async def _sweep(fan_out: FanOut, relay: Callable[[UUID], Awaitable[None]]) -> None:
    """Find every so often what a lost wake left."""
    while True:
        with surviving("the sweep"):
            behind = await fan_out.behind()
            RELAY_LAG.set(await fan_out.lag(behind))
            await asyncio.gather(*map(relay, behind))
        await asyncio.sleep(LOOK)


@contextlib.asynccontextmanager
async def _opened(settings: Settings, role: str, size: int) -> AsyncIterator[Database]:
    assert settings.database_url is not None
    said = ""
    while True:
        try:
            database = await Database.open(settings.database_url, role=role, size=size)
            break
        except Unavailable as error:
            reason = what_to_change(error) or str(error)
            if reason != said:
                log.warning("the worker waits, it is tried again: %s", reason)
            said = reason
            await asyncio.sleep(_AGAIN)
    try:
        yield database
    finally:
        await database.close()
