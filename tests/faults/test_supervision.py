"""A supervisor of several processes: what dies is started again, and nothing is left behind."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from core.settings import Settings
from models import Client as ClientRow
from tests.kit.client import Client
from tests.kit.fixtures import Key
from tests.kit.metrics import metrics, value
from tests.kit.process import ServerProcess, free_port
from tests.kit.processes import ROOT, plain_environment, wait_until_gone
from tests.kit.receiver import Receiver, Reply
from tests.kit.sweep import FULL
from tests.kit.teams import BROKEN, breakable, children, place_of, replaced, settled
from tests.kit.tenant import Tenant
from tests.kit.worker import WorkerProcess, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

TWO = {"FORGE_PROCESSES": "2"}


STRICT = "import app.supervisor as it, sys; it.STEADY = 90.0; from app.cli import main; sys.exit(main(['serve']))"
"""Whatever ends within 90 s has ended at once: on a busy machine a start alone takes longer than the usual time."""


async def test_what_dies_at_once_is_started_again_later_each_time_and_nothing_is_left_of_a_supervisor_that_is_killed(
    settings: Settings, tmp_path: Path
):
    broken, env = breakable(tmp_path)
    with ServerProcess(settings, TWO | env, words=(STRICT,), flag="-c") as process:
        first = await settled(process.pid, 2)
        broken.touch()
        os.kill(process.pid, signal.SIGHUP)
        await asyncio.sleep(1)
        assert children(process.pid) == first
        os.kill(first[0], signal.SIGKILL)
        await asyncio.sleep(2.5)
        assert children(process.pid) == first[1:]
        assert process.http.get("/livez").status_code == 200
        broken.unlink()
        left = await settled(process.pid, 2, (first[0],))
        process.kill()
        wait_until_gone(left, 5)
        said = re.sub(r"(\S+Z|process \d+)", "", process.said())
    again = " WARNING forge: serve:  ended with {} and is started again in {} s"
    assert [line for line in said.splitlines() if line != BROKEN] == [
        " WARNING forge: serve: the new  ended with 3: those that run stay as they are",
        *(again.format(*each) for each in ((-9, 1), (3, 2))),
    ]
    with socket.create_server(("127.0.0.1", process.settings.port)):  # nobody listens there any more
        pass


async def test_hangups_faster_than_processes_start_replace_all_of_them_and_one_round_follows(settings: Settings):
    with ServerProcess(settings, TWO) as process:
        seen = dict.fromkeys(await settled(process.pid, 2), 0)  # with the place of each new one
        quiet = time.monotonic() + 30
        while time.monotonic() < quiet:
            if len(seen) < 4:
                os.kill(process.pid, signal.SIGHUP)
            for each in children(process.pid):
                if each not in seen and (place := place_of(each)) is not None:
                    seen[each], quiet = place, time.monotonic() + (30 if len(seen) < 5 else 2)
            await asyncio.sleep(0.1)
        assert list(seen.values())[2:] == [0, 1, 0, 1]
        assert await settled(process.pid, 2, tuple(seen)[:4]) == list(seen)[4:]
        assert process.http.get("/livez").status_code == 200


@pytest.mark.parametrize("processes", ["2", "1"])
def test_sighup_at_the_start_ends_one_process_and_no_supervisor(settings: Settings, tmp_path: Path, processes: str):
    """It comes at the first import of many, half a second before the command line and the settings are read."""
    hook = (
        "import os, signal, sys\n"
        "class Told:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'app.cli' and '--status' not in sys.orig_argv:\n"
        "            os.kill(os.getpid(), signal.SIGHUP)\n"
        "sys.meta_path.insert(0, Told())\n"
    )
    (tmp_path / "sitecustomize.py").write_text(hook)
    env = {"FORGE_PROCESSES": processes, "PYTHONPATH": str(tmp_path)}
    if processes == "1":
        assert forge("serve", **replace(settings, port=0).environ() | env)[0] == -signal.SIGHUP
        return
    with ServerProcess(settings, env) as process:
        assert process.http.get("/livez").status_code == 200


def begun(pid: int) -> list[int]:
    """The processes of a supervisor that run a program of their own: one that is just forked keeps it waiting."""
    return [each for each in children(pid) if place_of(each) is not None]


HURRIED = "import app.supervisor as it, sys; it.NEWCOMER = 1.0; from app.cli import main; sys.exit(main(['serve']))"


async def test_all_ends_within_five_seconds_whatever_hangs_and_a_stuck_newcomer_holds_nothing_up(settings: Settings):
    with ServerProcess(
        settings, TWO | {"FORGE_METRICS_PORT": str(free_port())}, words=(HURRIED,), flag="-c"
    ) as process:
        first = await settled(process.pid, 2)
        os.kill(process.pid, signal.SIGHUP)
        new: list[int] = []
        while not new:
            await asyncio.sleep(0.02)
            new = [each for each in begun(process.pid) if each not in first]
        os.kill(new[0], signal.SIGSTOP)
        await asyncio.sleep(1.5)  # the newcomer is given up, and the supervisor goes on
        os.kill(first[0], signal.SIGKILL)
        while not (again := [each for each in begun(process.pid) if each not in [*first, *new]]):
            await asyncio.sleep(0.02)
            assert new[0] in children(process.pid), "it was started only when the newcomer had ended"
        os.kill(again[0], signal.SIGSTOP)
        os.kill(first[1], signal.SIGSTOP)
        left = children(process.pid)
        assert new[0] in left
        began = time.monotonic()
        process.process.terminate()
        await asyncio.to_thread(process.process.wait, 10)
        assert time.monotonic() - began < 5
        assert process.process.returncode == 128 + signal.SIGTERM
        wait_until_gone(left, 0.1)


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_processes_that_cannot_start_at_all_end_with_their_error(command: str, settings: Settings, tmp_path: Path):
    broken, env = breakable(tmp_path)
    broken.touch()
    given = replace(settings, port=0).environ() | env
    assert forge(command, "--processes", "2", **given) == (3, f"{BROKEN}\n")


async def test_told_to_end_all_processes_finish_what_is_under_way(settings: Settings, key: Key):
    body = b'{"name": "Half"}'
    lines = [
        "POST /api/v1/clients HTTP/1.1",
        "Host: forge",
        f"Authorization: Bearer {await key()}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    with ServerProcess(settings, TWO) as process:
        pids = await settled(process.pid, 2)
        links = [await asyncio.open_connection("127.0.0.1", process.settings.port) for _ in pids * 2]
        for _, writer in links:
            writer.write("\r\n".join([*lines, "", ""]).encode() + body[:5])
        await asyncio.sleep(0.2)
        began = time.monotonic()
        process.process.terminate()
        await asyncio.sleep(0.5)
        for reader, writer in links:
            writer.write(body[5:])
            assert (await reader.readline()) == b"HTTP/1.1 201 Created\r\n"
        await asyncio.to_thread(process.process.wait, 10)
        assert time.monotonic() - began < 5
        for _, writer in links:
            writer.close()
        wait_until_gone(pids, 0.1)
        assert process.process.returncode == 128 + signal.SIGTERM


def forge(*words: str, **env: str) -> tuple[int, str]:
    """Run a command that cannot start: its exit code and what it says."""
    done = subprocess.run(
        [sys.executable, "-m", "app", *words],
        cwd=ROOT,
        env=plain_environment(env),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_number_of_processes_that_cannot_be_is_named(command: str):
    wrong = "FORGE_PROCESSES must be a whole number from 1 to 64, not 'many'"
    assert forge(command, FORGE_PROCESSES="many") == (2, f"forge: {wrong}\n")


@pytest.mark.parametrize("number", ["0", "1000", "x"])
def test_a_number_of_processes_on_the_command_line_is_checked_too(number: str):
    code, said = forge("serve", "--processes", number)
    assert code == 2
    assert f"argument --processes: must be a whole number from 1 to 64, not {number!r}" in said


def test_a_port_that_is_taken_is_told_before_anything_starts(settings: Settings):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        env = replace(settings, port=port, database_url="postgresql://nobody.invalid/none").environ()
        for processes in ("1", "2"):
            assert forge("serve", "--processes", processes, **env) == (
                2,
                f"forge: FORGE_PORT {port} on 127.0.0.1: Address already in use\n",
            )


async def test_workers_are_replaced_and_deliver_each_webhook_once(settings: Settings, api: Client, company: Tenant):
    """Those under way to a slow receiver, too, which take longer than a worker has when it is told to end."""
    slow, port = "/slow", free_port()
    with (
        Receiver(lambda got: Reply(seconds=5 if got.path.endswith(slow) else 0.02)) as receiver,
        WorkerProcess(replace(settings, metrics_port=port), TWO) as worker,
    ):
        await api.post("/api/v1/webhook-endpoints", {"url": receiver.url, "events": ["quote.created"]})
        await api.post("/api/v1/webhook-endpoints", {"url": receiver.url + slow, "events": ["client.created"]})
        pid = worker.process.pid
        before = await settled(pid, 2)
        clients = [str((await company.make(ClientRow)).id) for _ in range(4)]
        quotes: list[str] = []

        async def write(count: int) -> None:
            for _ in range(count):
                answer = await api.post("/api/v1/quotes", {"clientId": clients[0]})
                quotes.append(answer.data["id"])

        await write(5)
        writing = asyncio.create_task(write(400 if FULL else 20))
        for _ in range(4 if FULL else 1):
            after = await replaced(pid, 2)
            assert not set(before) & set(after)
            before = after
        await writing
        await until(lambda: {each.json["data"]["id"] for each in receiver.got} >= {*quotes, *clients})
        attempts = partial(value, name="forge_webhook_attempts_total", outcome="delivered")
        await until(lambda: attempts(metrics(port)) == len(quotes + clients))  # with those of workers that have ended
        await asyncio.sleep(0.3)  # for what should not come
        os.kill(after[0], signal.SIGKILL)
        assert after[1] in await settled(pid, 2, (after[0],))
    assert Counter(each.json["data"]["id"] for each in receiver.got) == dict.fromkeys([*quotes, *clients], 1)
