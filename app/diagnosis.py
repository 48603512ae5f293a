"""What can be wrong with a machine, its servers and its database, each looked at once."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import asyncpg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app import migrations, revisions
from app.embedded.binaries import POSTGRES_MAJOR, find_postgres, find_valkey
from app.embedded.errors import ServerError
from core.mending import what_to_change
from core.settings import Settings

PYTHONS = ((3, 11), (3, 14))
DRIVER = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
ROLES = ("forge_api", "forge_worker", "forge_access")
NUMBERS = tuple(f"numeric_{name}" for name in ("eq", "ne", "lt", "le", "gt", "ge", "cmp"))
COMPARISONS = (*NUMBERS, "textlike", "texticlike", "ts_match_vq", "arraycontains", "jsonb_contains")
_UNMARKED = """
SELECT array_agg(proname::text ORDER BY proname) FROM pg_proc
WHERE proname = ANY($1) AND pronamespace = 'pg_catalog'::regnamespace AND NOT proleakproof
"""
EXTENSIONS = ("pg_trgm", "btree_gin")
_MISSING = "SELECT array_agg(name) FROM unnest($1::text[]) name WHERE name NOT IN (SELECT extname FROM pg_extension)"
_COLLATION = "SELECT coalesce(datlocale, datcollate) FROM pg_database WHERE datname = current_database()"
_BAD_ROLES = """
SELECT name, CASE WHEN rolname IS NULL THEN 'is missing' WHEN rolsuper THEN 'is a superuser'
  WHEN rolbypassrls THEN 'may bypass row security' WHEN NOT pg_has_role(oid, 'MEMBER') THEN 'is not granted to us' END
FROM unnest($1::text[]) name LEFT JOIN pg_roles ON rolname = name
"""
_OPEN_TABLES = """
SELECT array_agg(DISTINCT c.relname::text) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND a.attname = 'workspace_id'
  AND NOT a.attisdropped AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
  AND has_table_privilege('forge_api', c.oid, 'SELECT, INSERT, UPDATE, DELETE')
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, what was found, and whether Forge works with it (`ok`), less well (`warn`) or not."""

    what: str
    text: str
    level: Literal["ok", "warn", "bad"] = "ok"


def of_machine(settings: Settings) -> list[Finding]:
    """Look at Python, the embedded servers' programs (when they are used) and the home folder."""
    oldest, first_unknown = PYTHONS
    known = oldest <= sys.version_info[:2] < first_unknown
    findings = [Finding("python", f"{platform.python_version()} on {platform.platform()}", "ok" if known else "warn")]
    if settings.embedded:
        findings += [_program("postgres", find_postgres), _program("valkey", find_valkey), _home(settings.home)]
    return findings


async def of_servers(settings: Settings) -> list[Finding]:
    """Look at PostgreSQL, the database in it, and Valkey."""
    try:
        connection = await asyncpg.connect(settings.database_url, timeout=5)
    except (OSError, ValueError, OverflowError, *DRIVER) as error:
        found = [Finding("postgres", what_to_change(error) or f"DATABASE_URL does not answer: {error}", "bad")]
    else:
        found = []
        try:
            async for finding in _of_database(connection, str(settings.database_url)):
                found.append(finding)
        except Exception as error:
            line = what_to_change(error)
            if line is None:
                raise
            found.append(Finding("database", line, "bad"))
        finally:
            await connection.close()
    return [*found, await _valkey(str(settings.redis_url))]


async def _of_database(connection: asyncpg.Connection, url: str) -> AsyncIterator[Finding]:
    version = connection.get_server_version()
    yield Finding("postgres", f"answers, version {version.major}.{version.micro}", _at_least(version.major))
    at, newest = await migrations.current(url), revisions.newest()
    if at != newest:
        yield Finding("migrations", f"at {at or 'none'}, the newest is {newest}: run `python -m app migrate`", "bad")
        return
    yield Finding("migrations", f"current ({at or 'none yet'})")
    if at is None:
        return
    for name, problem in await connection.fetch(_BAD_ROLES, list(ROLES)):
        yield Finding("roles", f"{name} {problem or 'is as it should be'}", "bad" if problem else "ok")
    yield _list("tables", await connection.fetchval(_OPEN_TABLES), "without forced row security", "bad")
    unmarked = await connection.fetchval(_UNMARKED, list(COMPARISONS))
    missing = await connection.fetchval(_MISSING, list(EXTENSIONS))
    yield _list("search", missing, "not installed, so `contains` and `search` read more: docs/reading.md", "warn")
    collation = await connection.fetchval(_COLLATION)
    if collation not in {"C", "C.UTF-8", "POSIX"}:
        yield Finding("collation", f"{collation}: `startsWith` uses no index; C or C.UTF-8 would", "warn")
    yield _list("leakproof", unmarked, "not marked, so some filters use no index: a superuser must migrate", "warn")


async def _valkey(url: str) -> Finding:
    try:
        async with Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5) as valkey:
            about = await valkey.info("server")
    except (OSError, TimeoutError, ValueError, RedisError) as error:
        return Finding("valkey", what_to_change(error) or f"REDIS_URL does not answer: {error}", "bad")
    return Finding("valkey", f"answers, version {about.get('valkey_version', about.get('redis_version'))}")


def _list(what: str, names: Sequence[str] | None, problem: str, level: Literal["warn", "bad"]) -> Finding:
    return Finding(what, f"{', '.join(names)} {problem}", level) if names else Finding(what, "as they should be")


def _at_least(major: int) -> Literal["ok", "bad"]:
    return "ok" if major >= POSTGRES_MAJOR else "bad"


def _program(what: str, find: Callable[[], Path]) -> Finding:
    try:
        return Finding(what, f"found in {find()}")
    except ServerError as error:
        return Finding(what, str(error), "bad")


def _home(home: Path) -> Finding:
    there = next(path for path in (home, *home.parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        return Finding("home", f"{home} cannot be written: set FORGE_HOME", "bad")
    return Finding("home", str(home))
