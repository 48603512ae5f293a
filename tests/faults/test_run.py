"""`run` ends with all it started, however it ends, and finds its data again."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import asyncpg
import pytest
from redis.asyncio import Redis

from app.team import MOST, usable_processors
from tests.kit.metrics import Found, counted, metrics
from tests.kit.process import descendants, free_port
from tests.kit.processes import ROOT, Run, plain_environment, wait_until_gone
from tests.kit.sweep import FULL

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

Start = Callable[[], Run]
PROMISED = 5 if FULL else 10
"""Seconds in which all has ended: 5 are the promise, which `make faults` holds; in the suite other tests run beside."""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Run] = []

    def start_run() -> Run:
        started.append(Run(tmp_path / "home"))
        return started[-1]

    yield start_run
    for run in started:
        run.clear_up()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A run that is ready, for tests which leave it so."""
    run = Run(tmp_path_factory.mktemp("run") / "home")
    run.lines_when_ready()
    yield run
    ended = run.process.poll()
    said = run.clear_up()
    assert ended is None, said


together = pytest.mark.xdist_group("running")


async def test_killed_with_9_it_leaves_no_process_and_the_next_start_finds_the_data(start: Start):
    first = start()
    first.lines_when_ready()
    connection = await asyncpg.connect(first.servers["DATABASE_URL"])
    await connection.execute("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('steel')")
    connection.terminate()
    async with Redis.from_url(first.servers["REDIS_URL"]) as valkey:
        await valkey.set("kept", "brass")
    assert first.end(signal.SIGKILL) < PROMISED

    second = start()
    second.lines_when_ready()
    assert second.ready - second.began < 20  # 10 s is the promise; other tests run beside this one
    connection = await asyncpg.connect(second.servers["DATABASE_URL"])
    assert await connection.fetchval("SELECT word FROM kept") == "steel"
    assert await connection.fetchval("SHOW fsync") == "on"
    connection.terminate()
    async with Redis.from_url(second.servers["REDIS_URL"]) as valkey:
        assert await valkey.get("kept") == b"brass"


async def test_ctrl_c_stops_everything_within_five_seconds(start: Start):
    run = start()
    assert len(run.lines_when_ready()) <= 10
    idle = await asyncpg.connect(run.servers["DATABASE_URL"])
    assert run.end(signal.SIGINT) < PROMISED
    assert run.process.returncode == 0
    assert not (run.home / "servers.env").exists()
    idle.terminate()


@together
def test_a_run_is_ready_and_what_it_keeps_is_private(running: Run):
    with urlopen(f"{running.url}/readyz") as answer:
        assert json.load(answer)["checks"] == {"postgres": "ok", "valkey": "ok", "migrations": "ok"}
    assert stat.S_IMODE(running.home.stat().st_mode) == 0o700
    for name in ("demo.env", "secret", "servers.env", "postgres.password"):
        assert stat.S_IMODE((running.home / name).stat().st_mode) == 0o600, name


@together
def test_a_second_run_on_one_home_is_refused_and_the_first_goes_on(running: Run):
    second = Run(running.home)
    _, said = second.process.communicate(timeout=20)
    assert (second.process.returncode, said) == (
        1,
        f"forge: {running.home} is in use by another `run`; stop that one, or set FORGE_HOME to another folder\n",
    )
    assert _answers(running.url)


@together
def test_a_command_beside_a_run_uses_its_servers(running: Run):
    env = plain_environment({"FORGE_HOME": str(running.home)})
    done = subprocess.run(
        [sys.executable, "-m", "app", "doctor"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "ok    migrations  current" in done.stdout
    assert re.search(r"answers, version 18\.[1-9]", done.stdout)
    assert _answers(running.url)


@together
def test_a_command_beside_a_run_keeps_to_its_own_settings(running: Run):
    port, metrics_port = free_port(), free_port()
    ours = {"FORGE_PORT": str(port), "FORGE_METRICS_PORT": str(metrics_port), "FORGE_CORS_ORIGINS": "https://a.example"}
    env = plain_environment({"FORGE_HOME": str(running.home), "FORGE_ACCESS_LOG": "off"} | ours)
    with subprocess.Popen([sys.executable, "-m", "app", "serve"], cwd=ROOT, env=env, stdout=subprocess.PIPE) as serve:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 20
        while not _answers(url):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with urlopen(Request(f"{url}/livez", headers={"Origin": "https://a.example"})) as answer:
            assert answer.headers["access-control-allow-origin"] == "https://a.example"
        assert lives(metrics(metrics_port)) >= 1
        serve.terminate()
        said, _ = serve.communicate(timeout=20)
    assert said == b""  # no access log
    assert set(running.servers) == {"DATABASE_URL", "REDIS_URL", "FORGE_SECRET"}
    assert _answers(running.url)


@together
def test_an_api_that_dies_is_started_again_and_what_it_counted_stays(running: Run):
    below = descendants(running.process.pid)
    serving = [pid for pid in below if b"\0serve\0" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    alone = usable_processors() == 1
    assert len(serving) == (1 if alone else 1 + min(MOST, usable_processors()))
    time.sleep(max(0.0, running.ready + 3 - time.monotonic()))  # what dies at once is not tried again
    assert _answers(running.url)
    before = metrics(running.metrics_port)
    assert lives(before) >= 1
    assert ("forge_relay_lag_seconds", frozenset()) in before  # the worker's
    os.kill(serving[0], signal.SIGKILL)
    wait_until_gone(serving)
    deadline = time.monotonic() + 20
    while not _answers(running.url):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert lives(metrics(running.metrics_port)) > lives(before)


def lives(found: Found) -> float:
    """How often all processes together were asked whether they live."""
    return counted(found, "forge_http_requests_total", route="/livez", status="200")


def test_a_signal_for_make_alone_ends_everything(tmp_path: Path):
    env = plain_environment(
        {"FORGE_HOME": str(tmp_path / "home"), "FORGE_PORT": "0", "FORGE_METRICS_PORT": "0", "FORGE_PROCESSES": "1"}
    )
    for with_signal in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with subprocess.Popen(["make", "run"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as make:
            assert make.stdout is not None
            while "Ctrl-C" not in make.stdout.readline():
                assert make.poll() is None
            below = descendants(make.pid)
            assert len(below) > 5
            began = time.monotonic()
            make.send_signal(with_signal)
            wait_until_gone(below)
            assert time.monotonic() - began < PROMISED


def test_when_postgres_dies_run_says_so_and_ends(start: Start):
    run = start()
    run.lines_when_ready()
    below = descendants(run.process.pid)
    server = next(pid for pid in below if b"listen_addresses" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(server, signal.SIGKILL)
    _, said = run.process.communicate(timeout=20)
    assert run.process.returncode == 1
    assert "postgres ended by itself" in said
    wait_until_gone(below)


def test_a_port_that_is_taken_is_an_error_before_anything_starts(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        env = plain_environment({"FORGE_HOME": str(tmp_path / "home"), "FORGE_PORT": str(port)})
        done = subprocess.run(
            [sys.executable, "-m", "app", "run"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr == f"forge: FORGE_PORT {port} on 127.0.0.1: Address already in use\n"
    assert not (tmp_path / "home").exists()


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/livez") as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
