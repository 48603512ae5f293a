"""The ways to PostgreSQL: `reads` answer one guarded statement as bytes, `writes` are for the unit of work.

Reads have two lanes, each with connections of its own. The light one is for statements of a few milliseconds and stops
any other; what is stopped, or known or expected to be slow, runs in the heavy one, which has few connections. Why:
docs/decisions/0063-fair-reads.md.
Every connection acts as one role that row-level security binds; opening refuses any other.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import Any, Final, Self

import asyncpg

from core.database.moments import exact_times
from core.database.pool import FAILURES, PATIENCE, Connection, Pool
from core.database.reads import Reads, Stopped
from core.database.turns import FORGE, Share
from core.database.weight import QUICK, SLOW, Weight
from core.errors import ForgeError, TooHeavy, Unavailable
from core.gone import Gone, unless_gone

READ_TIMEOUT: Final = 10.0
"""Seconds one read may take in the server, unless a setting says otherwise."""
LIGHT: Final = 0.25
"""Seconds one read of the light lane may take in the server, before it is stopped and runs in the heavy lane."""
HEAVY_PATIENCE: Final = 10.0
"""Seconds a read waits for a connection of the heavy lane."""
HEAVY_WAITING: Final = 16
"""Reads of one key that may wait for the heavy lane; of one company, twice as many."""
_CAUTIOUS: Final = 10.0
"""Seconds after a company's read was stopped in the light lane in which what it never asked before is heavy too."""
_HUNG: Final = 5
"""Seconds after the server's own limit when we stop believing that it answers."""
_SETTINGS: Final = {"timezone": "UTC", "jit": "off", "max_parallel_workers_per_gather": "0"}
"""Of every connection. One statement takes one processor: how many run at once is for the lanes to say."""
_WRITE_SETTINGS: Final = {
    "lock_timeout": "5s",
    "transaction_timeout": "30s",
    "idle_in_transaction_session_timeout": "5s",
}
_MEASURED: Final = ", extract(epoch from clock_timestamp() - statement_timestamp())::float8"
"""A second column of a guarded statement: the seconds it took in the server. Columns are worked out in their order."""
_CONNECT: Final = 5
"""Seconds a new connection may take."""
_STATEMENTS: Final = 512
"""Prepared statements kept for each connection."""
_MAY_SET = "select has_parameter_privilege('deadlock_timeout', 'set')"
_ROLE = "select rolname, rolsuper or rolbypassrls from pg_roles where rolname = current_user"


class UnsafeRole(Exception):
    """The database role could read every workspace: row-level security does not bind it."""


def guarded(expression: str, home: str | None = None) -> str:
    """Make the one statement that reads in one workspace: `expression` is a scalar, `$1` the workspace's uuid.

    `home` is the parameter with the company's live workspace, of a statement that reads what is the company's.

    A scalar sub-select inside CASE runs only after the condition, so every policy sees the setting; the setting ends
    with the statement's own transaction. As a CTE or a join the order would not be certain.
    """
    here = "set_config('app.workspace_id', ($1::uuid)::text, true) is not null"
    if home is not None:
        here += f" and set_config('app.home_id', ({home}::uuid)::text, true) is not null"
    return f"select case when {here} then ({expression}) end"


class Database:
    """One database as one role; close it when done."""

    def __init__(self, reads: Reads, writes: Pool, heavy: Reads | None, limit: float) -> None:
        self.reads = reads
        self.writes = writes
        self.heavy = heavy
        self.limit = limit
        self._cautious: dict[str, float] = {}

    @classmethod
    async def open(
        cls,
        dsn: str,
        *,
        role: str = "forge_api",
        size: int = 10,
        heavy: int = 0,
        patience: float = PATIENCE,
        limit: float = READ_TIMEOUT,
    ) -> Self:
        """Connect as `role` with at most `size` connections for reading, as many for writing, `heavy` for heavy reads.

        Without any of the last there is only one lane. A read is stopped after `limit` seconds. Raises Unavailable when
        the database is away, UnsafeRole when the role could pass by row-level security.
        """
        writing = _SETTINGS | {"role": role, "application_name": f"forge {role}"} | _WRITE_SETTINGS

        def reads(lane: str, size: int, limit: float, patience: float, most_waiting: int | None = None) -> Reads:
            connect = partial(_connect_to_read, dsn, role, limit)
            return Reads(connect, lane=lane, size=size, patience=patience, most_waiting=most_waiting)

        database = cls(
            reads("light", size, min(LIGHT, limit) if heavy else limit, patience),
            Pool(partial(_connect_to_write, dsn, writing | await _deadlock_setting(dsn)), size=size, patience=patience),
            reads("heavy", heavy, limit, HEAVY_PATIENCE, HEAVY_WAITING) if heavy else None,
            limit,
        )
        await database._refuse_unsafe_role()
        return database

    async def text(
        self,
        sql: str,
        args: Sequence[Any],
        share: Share = FORGE,
        weight: Weight | None = None,
        gone: Gone | None = None,
    ) -> bytes | None:
        """Run a statement of one row and one text column in the lane it belongs to; its bytes, None when it is null.

        With a `weight` the statement must be a guarded one, and what it took is learned. Once the caller is `gone`, a
        heavy one is cancelled, and Disconnected raised. Raises TooHeavy when it was stopped (Unavailable without a
        weight), Unavailable when the database is away or busy.
        """
        known = None if weight is None else weight.seconds.get(share.workspace)
        unsure = weight is not None and (known is None or known >= SLOW)
        if unsure and weight is not None and self.heavy is not None and self.takes_heavy(weight, share):
            return await self._heavily(self.heavy, sql, args, share, weight, gone)
        try:
            text, seconds = await self.reads.timed(sql, args, share)
        except Stopped:
            if self.heavy is None:
                raise stopped(self.limit, weight) from None
            self.was_stopped(weight, share)
            return await self._heavily(self.heavy, sql, args, share, weight, gone)
        if weight is not None and (known is None or known > QUICK or seconds > QUICK):
            weight.took(share.workspace, seconds)
        return text

    def takes_heavy(self, weight: Weight, share: Share) -> bool:
        """Whether a statement belongs into the heavy lane."""
        if weight.is_heavy(share.workspace):
            return True
        if not self._cautious or weight.is_known(share.workspace):
            return False
        return self._cautious.get(share.company, 0.0) > time.monotonic()

    def was_stopped(self, weight: Weight | None, share: Share) -> None:
        """Note that a statement was stopped in the light lane."""
        now = time.monotonic()
        if weight is not None:
            weight.measured(share.workspace, LIGHT)
        self._cautious = {name: until for name, until in self._cautious.items() if until > now}
        if share is not FORGE:
            self._cautious[share.company] = now + _CAUTIOUS

    async def _heavily(
        self, heavy: Reads, sql: str, args: Sequence[Any], share: Share, weight: Weight | None, gone: Gone | None
    ) -> bytes | None:
        timed = heavy.timed(sql if weight is None else sql + _MEASURED, args, share)
        try:
            text, seconds = await (timed if gone is None else unless_gone(gone, timed))
        except Stopped:
            if weight is not None:
                weight.measured(share.workspace, self.limit)
            raise stopped(self.limit, weight) from None
        if weight is not None:
            weight.measured(share.workspace, seconds)
        return text

    async def close(self) -> None:
        """Close both pools; what is under way ends first."""
        pools = [self.reads, self.writes, *([] if self.heavy is None else [self.heavy])]
        await asyncio.gather(*(pool.close() for pool in pools))

    async def _refuse_unsafe_role(self) -> None:
        connection = await self.writes.acquire()
        try:
            role, unbound = (await connection.fetch(_ROLE))[0]
        finally:
            self.writes.release(connection)
        if unbound:
            await self.close()
            raise UnsafeRole(f"role {role} is a superuser or has BYPASSRLS: row-level security would not bind it")


def stopped(limit: float, weight: Weight | None) -> ForgeError:
    """Say that a read was stopped; where the caller can ask for less, of what."""
    if weight is None:
        return Unavailable("The database took too long to answer", retry_after=1)
    message = f"This read took more than {limit:g} s and was stopped: {weight.narrow}"
    return TooHeavy(message, retry_after=max(1, int(limit)))


async def _connect_to_read(dsn: str, role: str, limit: float) -> Connection:
    settings = {
        "role": role,
        "application_name": f"forge {role}",
        "statement_timeout": f"{limit * 1000:.0f}ms",
        "default_transaction_read_only": "on",
    }
    connection = await _connect(dsn, _SETTINGS | settings, limit + _HUNG)
    await exact_times(connection)
    await connection.set_type_codec(
        "text", schema="pg_catalog", encoder=str.encode, decoder=_untouched, format="binary"
    )
    return connection


async def _connect_to_write(dsn: str, settings: dict[str, str]) -> Connection:
    connection = await _connect(dsn, settings, None)
    await exact_times(connection)
    return connection


async def _connect(dsn: str, settings: dict[str, str], limit: float | None) -> Connection:
    return await asyncpg.connect(
        dsn,
        timeout=_CONNECT,
        command_timeout=limit,
        statement_cache_size=_STATEMENTS,
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=0,
        server_settings=settings,
    )


async def _deadlock_setting(dsn: str) -> dict[str, str]:
    """Look early for deadlocks where we may: a retry costs this time, not the work."""
    try:
        connection = await _connect(dsn, {}, None)
        allowed = await connection.fetchval(_MAY_SET)
        await connection.close()
    except FAILURES as error:
        raise Unavailable("The database does not answer", retry_after=1) from error
    return {"deadlock_timeout": "100ms"} if allowed else {}


def _untouched(data: bytes) -> bytes:
    return data
