"""Fixtures for every test: real servers, a database of one's own, settings that point at them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from _pytest.nodeid import coerce_node_id

from app.embedded import throw_away
from core.database.database import Database
from core.settings import Settings
from tests.kit.servers import VARIABLE, Addresses, clone, create, drop, numbered, published
from tests.kit.shop import Shop, open_shop

pytest_plugins = ["tests.kit.fixtures", "tests.kit.command", "tests.kit.valkey"]

_RUNNING = contextlib.ExitStack()


def _start_servers() -> Addresses:
    servers = _RUNNING.enter_context(throw_away())
    addresses = Addresses(servers.database_url, servers.redis_url)
    addresses.publish()
    return addresses


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the servers in xdist's controller, before its workers; a run without workers starts them when asked."""
    if getattr(session.config.option, "numprocesses", None) and not session.config.option.collectonly:
        _start_servers()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let xdist see the group of a test, which one worker runs.

    xdist 3.8 writes it to where pytest 9.2 reads no name any more, so each worker filled the same tables.
    """
    if hasattr(config, "workerinput"):
        for item in items:
            group = item.get_closest_marker("xdist_group")
            if group is not None and not item.nodeid.endswith(f"@{group.args[0]}"):
                item._id = coerce_node_id(f"{item.nodeid}@{group.args[0]}")


def pytest_unconfigure() -> None:
    """Stop the servers in the process that started them."""
    _RUNNING.close()
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ.pop(VARIABLE, None)


@pytest.fixture(scope="session")
def servers() -> Addresses:
    """Where this test run's servers are."""
    return published() or _start_servers()


@pytest.fixture(scope="session")
def worker_number() -> int:
    """0, 1, … among the workers of this run."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.fixture(scope="session")
async def database_url(servers: Addresses, worker_number: int) -> str:
    """A migrated database of this worker's own, as its owner."""
    return await clone(servers, f"forge_test_{worker_number}")


@pytest.fixture(scope="module")
async def large_database_url(servers: Addresses, worker_number: int) -> AsyncIterator[str]:
    """A migrated database of the module's own: PostgreSQL plans for what is in the whole table."""
    yield await clone(servers, f"forge_large_{worker_number}")
    await drop(servers, f"forge_large_{worker_number}")


@pytest.fixture(scope="module")
async def api_role(large_database_url: str) -> AsyncIterator[Any]:
    """A connection to that database that acts as the API does."""
    database = await Database.open(large_database_url, size=1)
    connection = await database.writes.acquire()
    yield connection
    database.writes.release(connection)
    await database.close()


@pytest.fixture
async def empty_database_url(servers: Addresses, worker_number: int) -> str:
    """A database without any table, as its owner."""
    return await create(servers, f"forge_empty_{worker_number}")


@pytest.fixture(scope="session")
def redis_url(servers: Addresses, worker_number: int) -> str:
    """A Valkey database of this worker's own: FLUSHDB is yours, FLUSHALL is everybody's."""
    return numbered(servers.redis_url, worker_number)


@pytest.fixture(scope="session")
def settings(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings as a process of this test run would read them, on its own servers."""
    home: Path = tmp_path_factory.mktemp("home")
    return Settings.load(
        {
            "FORGE_HOME": str(home),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "FORGE_SECRET": "a-secret-for-tests-0123456789abcdef",
            "FORGE_WEBHOOK_ALLOW": "127.0.0.0/8,::1/128",
            "FORGE_ACCESS_LOG": "off",  # its reader may be slow, or none
            "FORGE_METRICS_PORT": "0",
        },
    )


@pytest.fixture(scope="session", autouse=True)
def _no_stray_settings() -> Iterator[None]:
    """Keep the settings of whoever runs the tests out of them."""
    patch = pytest.MonkeyPatch()
    ours = {name for name in os.environ if name.startswith("FORGE_")} - {VARIABLE, "FORGE_REAL_INPUT"}
    for name in ours | {"DATABASE_URL", "REDIS_URL"}:
        patch.delenv(name, raising=False)
    yield
    patch.undo()


@pytest.fixture(scope="session")
async def database(database_url: str) -> AsyncIterator[Database]:
    """The database as the API uses it: as `forge_api`."""
    opened = await Database.open(database_url, size=16)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
async def owner(database_url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection that sees every workspace."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def shop(database: Database, owner: asyncpg.Connection[asyncpg.Record]) -> Shop:
    """A new company with an empty workspace."""
    return await open_shop(database, owner)


@pytest.fixture
async def other_shop(database: Database, owner: asyncpg.Connection[asyncpg.Record]) -> Shop:
    """A second company with an empty workspace."""
    return await open_shop(database, owner)
