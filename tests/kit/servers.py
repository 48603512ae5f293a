"""Throw-away PostgreSQL and Valkey for one test run, shared by its workers.

The process that was started by hand (xdist's controller, or pytest itself) owns the servers: the kernel ends them with
it, whatever happens. Workers find them by the environment; each takes a database and a Valkey number of its own.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from app.migrations import upgrade

VARIABLE = "FORGE_TEST_SERVERS"
TEMPLATE = "forge_template"
_CLONE = "CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"


@dataclass(frozen=True)
class Addresses:
    """Where this test run's servers are; `database_url` is the owner's, on the maintenance database."""

    database_url: str
    redis_url: str

    def publish(self) -> None:
        """Tell workers that are yet to be started."""
        os.environ[VARIABLE] = json.dumps(asdict(self))


def published() -> Addresses | None:
    """Return what the owner of the servers told us, if anything."""
    text = os.environ.get(VARIABLE)
    return None if text is None else Addresses(**json.loads(text))


def named(url: str, database: str) -> str:
    """Return the URL of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def numbered(url: str, number: int) -> str:
    """Return the URL of another database number on the same Valkey."""
    return re.sub(r"db=\d+$", f"db={number}", url)


async def clone(addresses: Addresses, name: str) -> str:
    """Make a migrated, empty database of this name, in place of an older one, and return its URL."""
    connection = await asyncpg.connect(addresses.database_url)
    try:
        await connection.execute(
            "SELECT pg_advisory_lock(850)"
        )  # one at a time: CREATE DATABASE wants its template alone
        if not await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", TEMPLATE):
            await _make_template(connection, addresses)
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.execute(_CLONE.format(name=name, template=TEMPLATE))
    finally:
        await connection.close()
    return named(addresses.database_url, name)


async def create(addresses: Addresses, name: str) -> str:
    """Make a database of this name without any table, in place of an older one, and return its URL."""
    connection = await asyncpg.connect(addresses.database_url)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return named(addresses.database_url, name)


async def drop(addresses: Addresses, name: str) -> None:
    """Take a database of this name away."""
    connection = await asyncpg.connect(addresses.database_url)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    finally:
        await connection.close()


async def _make_template(connection: asyncpg.Connection, addresses: Addresses) -> None:
    draft = f"{TEMPLATE}_draft"  # renamed when it is whole, so that a failed migration leaves no half template
    await connection.execute(f"DROP DATABASE IF EXISTS {draft} WITH (FORCE)")
    await connection.execute(f"CREATE DATABASE {draft}")
    await upgrade(named(addresses.database_url, draft))
    await connection.execute(f"ALTER DATABASE {draft} RENAME TO {TEMPLATE}")
