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


@pytest.fixture(params=enumerate(NASTY), ids=NASTY)
async def login(
    request: pytest.FixtureRequest, owner: asyncpg.Connection[asyncpg.Record], redis_url: str
) -> AsyncIterator[tuple[str, str]]:
    """A user of both servers, one for each password, since tests run side by side; and the password."""
    number, nasty = request.param
    user = f"forge_nasty_{number}"
    with suppress(asyncpg.DuplicateObjectError):
        await owner.execute(f"create role {user} login superuser")
    await owner.execute(f"alter role {user} password {await owner.fetchval('select quote_literal($1)', nasty)}")
    async with Redis.from_url(redis_url) as valkey:
        await valkey.execute_command("ACL", "SETUSER", user, "reset", "on", f">{nasty}", "~*", "&*", "+@all")
        yield user, nasty
        await valkey.execute_command("ACL", "DELUSER", user)


def of_user(url: str, user: str) -> str:
    """The URL without a password, for the user."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{user}@{parts.netloc.rpartition('@')[2]}"))


async def test_whatever_a_password_holds_it_opens_the_servers(settings: Settings, login: tuple[str, str]):
    user, password = login
    given = settings.environ() | {
        "DATABASE_URL": of_user(str(settings.database_url), user),
        "REDIS_URL": of_user(str(settings.redis_url), user),
        "DATABASE_PASSWORD": password,
        "REDIS_PASSWORD": password,
    }
    found = Settings.load(given)
    assert password not in repr(found)
    assert {each.level for each in await of_servers(found)} == {"ok"}
    valkey = Valkey(str(found.redis_url), patience=2)
    assert await valkey.call(pack(b"ACL", b"WHOAMI")) == user.encode()
    await valkey.close()
    wrong = Settings.load(given | {"DATABASE_PASSWORD": f"{password}x", "REDIS_PASSWORD": f"{password}x"})
    told = [each for each in await of_servers(wrong) if each.level == "bad"]
    assert [each.what for each in told] == ["postgres", "valkey"]
    assert not any(password in each.text or re.search(r"%[0-9A-F]{2}", each.text) for each in told)
