"""Passwords that mean something in a URL, in a shell or in YAML, through the real servers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from redis.asyncio import Redis

from app.diagnosis import of_servers
from core.settings import Settings
from core.valkey import Valkey, pack

NASTY = [
    "p@ss/word",
    "a:b%40c%",
    " $HOME ${X} $$ ",
    'it\'s "quoted" \\ `x`',
    "?a=b&c#d;e,f",
    "[::1]",
    "über☃ 日本",
]
USER = "forge_nasty"


@pytest.fixture(params=NASTY)
async def password(
    request: pytest.FixtureRequest, owner: asyncpg.Connection[asyncpg.Record], redis_url: str
) -> AsyncIterator[str]:
    """A password that a user of both servers has."""
    nasty: str = request.param
    with suppress(asyncpg.DuplicateObjectError):
        await owner.execute(f"create role {USER} login superuser")
    await owner.execute(f"alter role {USER} password {await owner.fetchval('select quote_literal($1)', nasty)}")
    async with Redis.from_url(redis_url) as valkey:
        await valkey.execute_command("ACL", "SETUSER", USER, "reset", "on", f">{nasty}", "~*", "&*", "+@all")
        yield nasty
        await valkey.execute_command("ACL", "DELUSER", USER)


def of_user(url: str) -> str:
    """The URL without a password, for the user."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{USER}@{parts.netloc.rpartition('@')[2]}"))


async def test_whatever_a_password_holds_it_opens_the_servers(settings: Settings, password: str):
    given = settings.environ() | {
        "DATABASE_URL": of_user(str(settings.database_url)),
        "REDIS_URL": of_user(str(settings.redis_url)),
        "DATABASE_PASSWORD": password,
        "REDIS_PASSWORD": password,
    }
    found = Settings.load(given)
    assert password not in repr(found)
    assert {each.level for each in await of_servers(found)} == {"ok"}
    valkey = Valkey(str(found.redis_url), patience=2)
    assert await valkey.call(pack(b"ACL", b"WHOAMI")) == USER.encode()
    await valkey.close()
    wrong = Settings.load(given | {"DATABASE_PASSWORD": f"{password}x", "REDIS_PASSWORD": f"{password}x"})
    told = [each for each in await of_servers(wrong) if each.level == "bad"]
    assert [each.what for each in told] == ["postgres", "valkey"]
    assert not any(password in each.text or re.search(r"%[0-9A-F]{2}", each.text) for each in told)
