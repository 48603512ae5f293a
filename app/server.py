"""The ASGI application: health and pages by FastAPI, and in front of them the doors to the graph."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections.abc import AsyncIterator
from typing import Final

import asyncpg
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from redis.asyncio import Redis

from app.front import CLOSED, Front, doors_of
from app.readiness import Readiness
from app.wiring import open_runtime
from core.errors import Unavailable
from core.mending import what_to_change
from core.settings import Settings

AGAIN: Final = 0.5
"""Seconds between two tries to open a database that is away or not migrated."""
log = logging.getLogger("forge")


def create_app(settings: Settings) -> Front:
    """Return the application of one process; `settings` must say where PostgreSQL and Valkey are."""
    assert settings.redis_url is not None
    valkey = Redis.from_url(settings.redis_url, socket_timeout=1.0, socket_connect_timeout=1.0)
    readiness = Readiness(settings, valkey)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with valkey, _doors_open(front, settings):
            yield

    front = Front(settings, title="Forge", lifespan=lifespan, openapi_url=None, redirect_slashes=False)
    front.state.readiness = readiness

    @front.api_route("/livez", methods=["GET", "HEAD"])
    async def livez() -> dict[str, str]:
        """Answer while the process runs; says nothing about the servers behind it."""
        return {"status": "ok"}

    @front.api_route("/readyz", methods=["GET", "HEAD"])
    async def readyz() -> JSONResponse:
        """Answer 200 when PostgreSQL, Valkey and the migrations are as they should be, else 503 and which is not."""
        problems = await readiness.problems()
        checks = {name: problem or "ok" for name, problem in problems.items()}
        ready = not any(problems.values())
        return JSONResponse({"status": "ok" if ready else "unavailable", "checks": checks}, 200 if ready else 503)

    return front


@contextlib.asynccontextmanager
async def _doors_open(front: Front, settings: Settings) -> AsyncIterator[None]:
    """Open the doors; while the database is away or not migrated they stay closed, and it is tried again."""
    async with contextlib.AsyncExitStack() as stack:
        reason = await _opened(front, settings, stack)
        later = None if reason is None else asyncio.create_task(_open_later(front, settings, stack, reason))
        try:
            yield
        finally:
            if later is not None:
                later.cancel()
                await asyncio.gather(later, return_exceptions=True)
            front.open(CLOSED)
            front.observer.close()


async def _open_later(front: Front, settings: Settings, stack: contextlib.AsyncExitStack, why: str) -> None:
    """Try again until it works; each reason is told once, for the operator may have to change something."""
    reason: str | None = why
    told = ""
    while reason is not None:
        if reason != told:
            log.warning("the doors stay closed, and it is tried again: %s", reason)
            told = reason
        await asyncio.sleep(AGAIN)
        reason = await _opened(front, settings, stack)


async def _opened(front: Front, settings: Settings, stack: contextlib.AsyncExitStack) -> str | None:
    """Open the doors; returns why they cannot be opened, or None."""
    try:
        runtime = await stack.enter_async_context(open_runtime(settings, front.observer))
        front.open(doors_of(runtime, front.streams, front.observer, settings))
    except (Unavailable, asyncpg.PostgresError) as error:
        return what_to_change(error) or str(error)
    gc.collect()
    gc.freeze()  # the graph stays: a full collection that walked it would hold the loop for more than 0.1 s
    return None
