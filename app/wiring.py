"""What a process of the API stands on, opened together: the database in both its roles, Valkey, and the gate."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from access.activity import Activity
from access.companies import Companies
from access.credentials import Pepper
from access.directory import Directory
from access.gatekeeper import Gatekeeper
from access.keys import Keys
from access.limiter import Limiter
from access.ticks import Ticks
from access.usage import Usage
from access.watch import Watch
from app.observer import Observer
from core.database.database import Database
from core.installation import Installation
from core.secrets import Secrets
from core.settings import Settings
from core.valkey import Valkey
from engine.declare.nulls import refuse_null_traps
from engine.feed.tails import Tails
from engine.runtime import Runtime
from engine.sql.projection import event_projections
from jobs.queue import Wakes
from schema.assembly import graph

_ACCESS_CONNECTIONS: Final = 4


@dataclass(frozen=True, slots=True)
class Access:
    """Company tables and all that stands on them."""

    keys: Keys
    companies: Companies
    gate: Gatekeeper
    ticks: Ticks
    valkey: Valkey
    activity: Activity


@asynccontextmanager
async def open_access(settings: Settings) -> AsyncIterator[Access]:
    """Open company tables as `forge_access`, and Valkey; raises Unavailable when the database is away."""
    assert settings.database_url is not None
    assert settings.redis_url is not None
    pepper = Pepper(Secrets.of(settings))
    async with AsyncExitStack() as stack:
        database = await Database.open(settings.database_url, role="forge_access", size=_ACCESS_CONNECTIONS)
        stack.push_async_callback(database.close)
        valkey = Valkey(settings.redis_url)
        stack.push_async_callback(valkey.close)
        limiter = Limiter(valkey)
        gate = Gatekeeper(Directory(database, pepper), limiter, pepper, Usage(database))
        keys, companies = Keys(database, pepper), Companies(database, limiter)
        yield Access(keys, companies, gate, Ticks(database), valkey, Activity(database))


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """Open the database as `forge_api`; raises Unavailable when it is away."""
    assert settings.database_url is not None
    database = await Database.open(
        settings.database_url, size=settings.pool_size, heavy=settings.heavy_pool_size, limit=settings.read_timeout
    )
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def open_runtime(settings: Settings, observer: Observer | None = None) -> AsyncIterator[Runtime]:
    """Open everything that the doors stand on; raises Unavailable when the database is away.

    An `observer` is given the activity log meanwhile.
    """
    assert settings.redis_url is not None
    async with open_database(settings) as database, open_access(settings) as access:
        await refuse_null_traps(graph().catalogue, database)
        await access.gate.sweep()  # on a database that was not migrated this fails now, not at the first request
        async with (
            _kept(access.activity, observer),
            Watch(access.gate, settings.redis_url),
            Tails(database.text, access.ticks.moved, settings.redis_url) as tails,
            Wakes(settings.redis_url, tails.process) as wakes,
        ):
            yield Runtime(
                graph(),
                database,
                access.gate,
                event_projections(graph().catalogue),
                installation=Installation.of(settings),
                wake=wakes,
                tails=tails,
                valkey=access.valkey,
            )


@asynccontextmanager
async def _kept(activity: Activity, observer: Observer | None) -> AsyncIterator[None]:
    """Keep the requests that an observer sees in the activity log."""
    if observer is None:
        yield
        return
    async with activity:
        observer.activity = activity
        try:
            yield
        finally:
            observer.activity = None
