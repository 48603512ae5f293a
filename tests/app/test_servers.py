"""The servers that every other test stands on."""

from __future__ import annotations

import asyncpg
from redis.asyncio import Redis


async def test_the_test_server_is_postgresql_18_with_the_settings_tests_need(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch(
            "SELECT name, setting FROM pg_settings WHERE name = ANY($1)",
            ["jit", "fsync", "track_commit_timestamp", "deadlock_timeout", "listen_addresses", "server_encoding"],
        )
        version = await connection.fetchval("SELECT current_setting('server_version_num')::int / 10000")
    finally:
        await connection.close()
    assert version == 18
    assert {row["name"]: row["setting"] for row in rows} == {
        "jit": "off",
        "fsync": "off",
        "track_commit_timestamp": "on",
        "deadlock_timeout": "100",
        "listen_addresses": "",
        "server_encoding": "UTF8",
    }


async def test_valkey_keeps_what_it_is_told(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as valkey:
        await valkey.set("greeting", "hello")
        assert await valkey.get("greeting") == b"hello"
        assert (await valkey.info("server"))["server_name"] == "valkey"
