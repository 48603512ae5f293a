"""/livez says that the process runs, /readyz that what it stands on is there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace

import asyncpg
import pytest
from httpx import ASGITransport, AsyncClient, Response
from redis.asyncio import Redis

from app.embedded import throw_away
from app.migrations import upgrade
from app.server import create_app
from core.settings import Settings
from tests.kit.client import Client as Api
from tests.kit.servers import named
from tests.kit.worker import until


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


@pytest.fixture(scope="module")
def own(settings: Settings) -> Iterator[Settings]:
    """Servers of the module's own, whose settings may be changed."""
    with throw_away() as servers:
        asyncio.run(upgrade(servers.database_url))
        yield replace(settings, database_url=servers.database_url, redis_url=servers.redis_url)


async def postgres(own: Settings, *statements: str) -> None:
    connection = await asyncpg.connect(own.database_url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


async def checks(own: Settings) -> dict[str, str]:
    ready = await get(own, "/readyz")
    found: dict[str, str] = ready.json()["checks"]
    assert ready.status_code == (200 if set(found.values()) == {"ok"} else 503)
    return found


@pytest.mark.parametrize(
    ("setting", "value", "problem"),
    [
        ("default_transaction_read_only", "on", "takes no writes"),
        (
            "temp_file_limit",
            "64kB",
            "is short of resources",
        ),  # shows that a file is written; a full disk has the same way
    ],
)
async def test_a_postgres_that_cannot_be_written_to_is_not_ready(own: Settings, setting: str, value: str, problem: str):
    await postgres(own, f"alter system set {setting} = '{value}'", "select pg_reload_conf()")
    await until(lambda: has_setting(own, setting, value))
    assert await checks(own) == {"postgres": problem, "valkey": "ok", "migrations": "ok"}
    off = "set default_transaction_read_only = off"
    await postgres(own, off, f"alter system reset {setting}", "select pg_reload_conf()")
    await until(lambda: has_setting(own, setting, "off" if value == "on" else "-1"))
    assert await checks(own) == {"postgres": "ok", "valkey": "ok", "migrations": "ok"}


async def has_setting(own: Settings, setting: str, value: str) -> bool:
    connection = await asyncpg.connect(own.database_url)
    found = await connection.fetchval("select current_setting($1)", setting)
    await connection.close()
    return bool(found == value)


async def test_a_postgres_that_refuses_us_is_named_with_the_reason(own: Settings):
    await postgres(own, "create role crowd login password 'word' connection limit 0")
    url = str(own.database_url)
    for wrong, problem in (
        (re.sub(r"//[^@]*@", "//nobody:word@", url), "does not let us in"),
        (re.sub(r"//[^@]*@", "//crowd:word@", url), "has no connection left"),
        (named(url, "nowhere"), "has no such database"),
    ):
        found = await checks(replace(own, database_url=wrong))
        assert (found["postgres"], found["migrations"]) == (problem, "not known")


async def test_a_valkey_that_cannot_be_written_to_is_named_with_the_reason(own: Settings):
    for setting, value, before, problem in (
        ("maxmemory", "1", "0", "is out of memory"),
        ("min-replicas-to-write", "1", "0", "takes no writes"),
    ):
        async with Redis.from_url(str(own.redis_url)) as valkey:
            await valkey.config_set(setting, value)
            assert await checks(own) == {"postgres": "ok", "valkey": problem, "migrations": "ok"}
            await valkey.config_set(setting, before)
    assert (await checks(own))["valkey"] == "ok"
    async with Redis.from_url(str(own.redis_url)) as valkey:
        await valkey.config_set("requirepass", "word")
        assert await checks(own) == {"postgres": "ok", "valkey": "does not let us in", "migrations": "ok"}
        await valkey.config_set("requirepass", "")


async def test_a_method_that_a_page_has_not_is_refused_as_everywhere(api: Api):
    answer = await api.post("/livez", key=None, headers={"x-request-id": "mine"})
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    message = "POST is not allowed here"
    assert answer.json == {"error": {"code": "method_not_allowed", "message": message, "request_id": "mine"}}
    gone = await api.get("/graphiql/forge/nothing.js", key=None, headers={"x-request-id": "mine"})
    assert gone.json == {"error": {"code": "not_found", "message": "No such page", "request_id": "mine"}}
    assert gone.status == 404
