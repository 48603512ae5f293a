"""The ASGI application: health, pages, and (in front of them) the doors to the graph."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from redis.asyncio import Redis

from app.readiness import Readiness
from core.settings import Settings


def create_app(settings: Settings) -> FastAPI:
    """Return the application of one process; `settings` must say where PostgreSQL and Valkey are."""
    assert settings.redis_url is not None
    valkey = Redis.from_url(settings.redis_url, socket_timeout=1.0, socket_connect_timeout=1.0)
    readiness = Readiness(settings, valkey)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with valkey:
            yield

    app = FastAPI(title="Forge", lifespan=lifespan, openapi_url=None, redirect_slashes=False)

    @app.get("/livez")
    async def livez() -> dict[str, str]:
        """Answer while the process runs; says nothing about the servers behind it."""
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz() -> JSONResponse:
        """Answer 200 when PostgreSQL, Valkey and the migrations are as they should be, else 503 and which is not."""
        problems = await readiness.problems()
        checks = {name: problem or "ok" for name, problem in problems.items()}
        ready = not any(problems.values())
        return JSONResponse({"status": "ok" if ready else "unavailable", "checks": checks}, 200 if ready else 503)

    return app
