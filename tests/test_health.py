"""/livez says that the process runs, /readyz that what it stands on is there."""

from __future__ import annotations

from dataclasses import replace

from httpx import ASGITransport, AsyncClient, Response

from app.server import create_app
from core.settings import Settings


async def get(settings: Settings, path: str) -> Response:
    app = create_app(settings)
    transport = ASGITransport(app)
    async with app.router.lifespan_context(app), AsyncClient(transport=transport, base_url="http://forge") as client:
        return await client.get(path)


async def test_on_real_servers_it_is_alive_and_ready(settings: Settings):
    assert (await get(settings, "/livez")).json() == {"status": "ok"}
    ready = await get(settings, "/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ok", "checks": {"postgres": "ok", "valkey": "ok", "migrations": "ok"}}


async def test_without_valkey_it_lives_but_is_not_ready(settings: Settings):
    alone = replace(settings, redis_url="unix:///nowhere/valkey.sock")
    assert (await get(alone, "/livez")).status_code == 200
    ready = await get(alone, "/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"] == {"postgres": "ok", "valkey": "does not answer", "migrations": "ok"}


async def test_without_postgres_it_lives_but_is_not_ready(settings: Settings):
    alone = replace(settings, database_url="postgresql://forge@127.0.0.1:1/forge")
    assert (await get(alone, "/livez")).status_code == 200
    ready = await get(alone, "/readyz")
    assert ready.status_code == 503
    assert ready.json() == {
        "status": "unavailable",
        "checks": {"postgres": "does not answer", "valkey": "ok", "migrations": "not known"},
    }


async def test_a_database_that_was_not_migrated_is_not_ready(settings: Settings, empty_database_url: str):
    ready = await get(replace(settings, database_url=empty_database_url), "/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"]["migrations"] == "not current: run `python -m app migrate`"
