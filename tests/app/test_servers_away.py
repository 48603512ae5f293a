"""Any command, any server that is away or refuses: one line that names what to change, no trace, no password."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from app.cli import COMMANDS, main
from app.migrations import upgrade
from core.settings import Settings
from tests.kit.processes import ROOT, plain_environment
from tests.kit.servers import Addresses, create, drop, named

PASSWORD = "hunter2"
AWAY = f"postgresql://forge:{PASSWORD}@127.0.0.1:1/forge"
ORDER = str(ROOT / "examples/x12/full.850.edi")
NEED_POSTGRES = [
    ("migrate",),
    ("seed",),
    ("keys", "list"),
    ("keys", "create", "--name", "x", "--scopes", "all", "--print"),
    ("companies", "list"),
    ("companies", "set", "--plan", "pro"),
    ("companies", "create", "x", "--owner", "x@shop.example"),
    ("keys", "revoke", "x"),
    ("users", "list"),
    ("webhooks", "list", "--key", "x"),
    ("webhooks", "create", "--url", "https://shop.example", "--key", "x", "--print"),
    ("sandbox", "reset"),
    ("stock", "verify"),
    ("sandbox", "requests"),
    ("intake", ORDER, "--key", "x"),
    ("tasks", "list"),
    ("tasks", "run", "prune_events"),
]
SERVED = ("run", "serve", "worker")
ALONE = ("schema", "openapi", "docs", "check", "migration", "completion", "health")
"""Commands that need no server that was set."""
WRONG = {
    "away": "DATABASE_URL does not answer: [Errno 111] Connect call failed ('127.0.0.1', 1)",
    "no such host": "DATABASE_URL does not answer: [Errno ",
    "socket away": "DATABASE_URL does not answer: [Errno 2] No such file or directory",
    "wrong password": "DATABASE_URL has a user or a password that PostgreSQL refuses: password authentication failed",
    "no database": 'DATABASE_URL names a database that does not exist: database "nowhere" does not exist',
    "may not": "DATABASE_URL has a user who may not do this; docs/operating.md says what it must own and be granted: ",
    "crowded": "DATABASE_URL leads to a server that has no connection left: too many connections for role",
    "bad option": "DATABASE_URL cannot be used: `sslmode` parameter must be one of",
    "libpq's alone": "DATABASE_URL has a parameter that PostgreSQL does not know; it takes those of asyncpg and"
    ' settings of the server: unrecognized configuration parameter "channel_binding"',
    "bad value": "DATABASE_URL has a parameter whose value PostgreSQL refuses: invalid value for parameter "
    '"statement_timeout": "x"',
    "other kind": "DATABASE_URL leads to no server of the kind that its target_session_attrs asks for: ",
}
BAD_URLS = [
    ("DATABASE_URL", "postgresql://forge@127.0.0.1:port/forge", "must have a port from 0 to 65535"),
    ("DATABASE_URL", f"postgresql://forge:{PASSWORD}/x@127.0.0.1/forge", "must have a port from 0 to 65535"),
    ("DATABASE_URL", "postgresql://127.0.0.1:65536/forge", "must have a port from 0 to 65535"),
    ("DATABASE_URL", "postgresql://[::1/forge", "must be a URL that begins with postgresql://"),
    ("DATABASE_URL", "127.0.0.1:5432", "must be a URL that begins with postgresql://"),
    ("REDIS_URL", "redis://127.0.0.1:port/0", "must have a port from 0 to 65535"),
    ("REDIS_URL", f"redis://:{PASSWORD}/x@127.0.0.1/0", "must have a port from 0 to 65535"),
    ("REDIS_URL", "redis://127.0.0.1:1/zero", "must end with the number of a database"),
    ("REDIS_URL", "http://127.0.0.1", "must be a URL that begins with redis://"),
]


@pytest.fixture(scope="module")
def urls(servers: Addresses, worker_number: int) -> Iterator[dict[str, str]]:
    """A URL for each thing that can be wrong with PostgreSQL."""
    name, ours = f"forge_away_{worker_number}", servers.database_url
    url = asyncio.run(_prepare(servers, name))

    more = f"{url}{'&' if '?' in url else '?'}"

    def as_user(user: str) -> str:
        return re.sub(r"//[^@]*@", f"//{user}:{PASSWORD}@", url)

    yield {
        "away": AWAY,
        "no such host": f"postgresql://forge:{PASSWORD}@no-such-host.invalid/forge",
        "socket away": "postgresql://forge@/forge?host=/nowhere",
        "wrong password": as_user("forge_poor").replace(PASSWORD, f"{PASSWORD}x"),
        "no database": named(ours, "nowhere"),
        "may not": as_user("forge_poor"),
        "crowded": as_user("forge_crowd"),
        "bad option": f"{more}sslmode=nonsense",
        "libpq's alone": f"{more}channel_binding=require",
        "bad value": f"{more}statement_timeout=x",
        "other kind": f"{more}target_session_attrs=read-only",
    }
    asyncio.run(drop(servers, name))


async def _prepare(servers: Addresses, name: str) -> str:
    url = await create(servers, name)
    await upgrade(url)
    connection = await asyncpg.connect(url)
    for role, limit in (("forge_poor", -1), ("forge_crowd", 0)):
        if not await connection.fetchval("select count(*) from pg_roles where rolname = $1", role):
            await connection.execute(f"create role {role} login password '{PASSWORD}' connection limit {limit}")
    await connection.close()
    return url


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """The environment of a command that runs in this process, on good servers until a variable is set otherwise."""
    for name, value in (settings.environ() | {"FORGE_HOME": str(tmp_path / "home"), "FORGE_PORT": "0"}).items():
        monkeypatch.setenv(name, value)
    before = signal.getsignal(signal.SIGTERM)
    yield monkeypatch
    signal.signal(signal.SIGTERM, before)


def only_line(told: str) -> str:
    """What was said, which must be one line, without a trace or a password."""
    assert PASSWORD not in told
    [line] = told.splitlines()
    return line


def test_every_command_is_looked_at_here():
    assert {words[0] for words in NEED_POSTGRES} | {*SERVED, *ALONE, "doctor"} == set(COMMANDS)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("words", NEED_POSTGRES, ids=lambda words: " ".join(words[:2])[:20])
def test_a_command_names_what_is_wrong_with_the_database(
    command: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], urls: dict[str, str], words: list[str], wrong: str
):
    command.setenv("DATABASE_URL", urls[wrong])
    assert main(words) == 1
    assert only_line(capsys.readouterr().err).startswith(f"forge: {WRONG[wrong]}")


@pytest.mark.parametrize("wrong", WRONG)
def test_doctor_names_it_and_goes_on(
    command: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], urls: dict[str, str], wrong: str
):
    command.setenv("DATABASE_URL", urls[wrong])
    assert main(["doctor"]) == 1
    told = capsys.readouterr()
    assert told.err == ""
    [bad] = [line for line in told.out.splitlines() if line.startswith("bad")]
    assert WRONG[wrong] in bad
    assert "ok    valkey" in told.out
    assert PASSWORD not in told.out


@pytest.mark.parametrize(("variable", "url", "reason"), BAD_URLS)
@pytest.mark.parametrize("name", ["migrate", "serve", "worker", "run", "doctor"])
def test_a_url_that_cannot_be_read_is_refused_before_anything_is_done(
    command: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, variable: str, url: str, reason: str
):
    command.setenv(variable, url)
    assert main([name]) == 2
    assert only_line(capsys.readouterr().err).startswith(f"forge: {variable} {reason}")


@pytest.mark.parametrize("words", NEED_POSTGRES, ids=lambda words: " ".join(words[:2])[:20])
def test_without_valkey_a_command_does_its_work_or_says_what_it_lacks(
    command: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
):
    command.setenv("REDIS_URL", f"redis://:{PASSWORD}@127.0.0.1:1/0")
    code = main(words)
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    assert PASSWORD not in told.err + told.out
    assert code == 0 or told.err.startswith("forge: ")


def test_a_file_that_is_not_there_is_named(command: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    command.setenv("FORGE_PORT", "0")
    assert main(["intake", "/nowhere/order.edi", "--key", "x"]) == 1
    assert only_line(capsys.readouterr().err) == "forge: /nowhere/order.edi: No such file or directory"


@pytest.mark.parametrize("name", ["serve", "worker"])
@pytest.mark.parametrize("wrong", ["away", "wrong password"])
def test_a_server_process_waits_and_says_once_for_what(settings: Settings, urls: dict[str, str], name: str, wrong: str):
    env = plain_environment(settings.environ() | {"DATABASE_URL": urls[wrong], "FORGE_PORT": "0"})
    process = subprocess.Popen(
        [sys.executable, "-m", "app", name],
        cwd=ROOT,
        env=env,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    time.sleep(1.5)  # three more tries
    process.terminate()
    _, more = process.communicate(timeout=10)
    assert "it is tried again: DATABASE_URL " in line
    assert "Traceback" not in more
    assert "tried again" not in more
    assert PASSWORD not in line + more


def test_run_names_it_and_ends(settings: Settings, tmp_path: Path):
    env = settings.environ() | {"DATABASE_URL": AWAY, "FORGE_PORT": "0", "FORGE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "app", "run"],
        cwd=ROOT,
        env=plain_environment(env),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, only_line(done.stderr)) == (1, f"forge: {WRONG['away']}")
