"""The files behind `/metrics` cannot be written, are taken away or hold something else: everything else works."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from app.exposition import gathered
from core.settings import Settings
from tests.kit.metrics import counted, metrics, value
from tests.kit.process import ServerProcess, free_port
from tests.kit.processes import ROOT, wait_until_gone
from tests.kit.teams import replaced, settled

MISSING = "what this process counts is missing from /metrics, its files cannot be written"
COUNTING = """
import logging, resource
if LIMIT:
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))
from core import instrument_files
from core.instruments import PLANS, REQUESTS, STREAMS
PLANS.labels("sql").inc(2)
STREAMS.inc()
logging.basicConfig()
instrument_files.tell()
for number in range(2_000):
    REQUESTS.labels("GET", f"/route/{number}", "200").inc()
REQUESTS.labels("GET", "/route/0", "200").inc()
PLANS.labels("sql").inc()
assert REQUESTS.labels("GET", "/route/0", "200")._value.get() == 2
print("ready", flush=True)
input()
"""


@contextmanager
def counting(limit: int, variables: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A process that counts 2,000 routes, and whose files may not be longer than `limit` bytes (0: any length)."""
    with subprocess.Popen(
        [sys.executable, "-c", f"LIMIT = {limit}{COUNTING}"],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n", child.communicate()
        yield child


def plans(port: int) -> float:
    return value(metrics(port), "forge_plans_compiled_total", cache="sql")


@pytest.mark.parametrize(
    ("limit", "routes", "compiled"),
    [(0, 2_001, 3), (1 << 17, range(500, 1_500), 2), (1 << 12, [0], 0)],
    ids=["room for all", "room for some", "room for none"],
)
def test_without_room_for_its_files_a_process_counts_on_by_itself_and_says_so_once(
    settings: Settings, tmp_path: Path, limit: int, routes: int | range | list[int], compiled: int
):
    port = free_port()
    with gathered(replace(settings, metrics_port=port, home=tmp_path)) as variables:
        with counting(limit, dict(variables)) as child:
            found = metrics(port)
            total = counted(found, "forge_http_requests_total")
            assert total == routes if isinstance(routes, int) else total in routes
            assert value(found, "forge_plans_compiled_total", cache="sql") == compiled
            for file in (tmp_path / "metrics").rglob(
                "*.db"
            ):  # a page that is missing ends its process when it is written
                assert file.stat().st_blocks * 512 >= file.stat().st_size
            said = child.communicate("\n")[1].splitlines()
            assert child.returncode == 0
        assert said == ([f"WARNING:forge:{MISSING}: File too large"] if limit else [])
        assert counted(metrics(port), "forge_http_requests_total") == total  # of a process that has ended, too


def test_what_has_ended_is_added_up_when_there_is_room_again(settings: Settings, tmp_path: Path):
    port = free_port()
    with gathered(replace(settings, metrics_port=port, home=tmp_path)) as variables:
        with counting(0, dict(variables)) as child:
            child.communicate("\n")
        kept = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 12, kept[1]))
        try:
            assert [plans(port) for _ in range(2)] == [3, 3]
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, kept)
        assert len(list((tmp_path / "metrics").rglob(f"*_{child.pid}.db"))) > 1
        assert plans(port) == 3
        assert list((tmp_path / "metrics").rglob(f"*_{child.pid}.db")) == []


def test_a_home_that_cannot_be_written_leaves_temporary_files(settings: Settings, tmp_path: Path):
    (tmp_path / "file").touch()
    port = free_port()
    with gathered(replace(settings, metrics_port=port, home=tmp_path / "file")) as variables:
        with counting(0, dict(variables)):
            assert plans(port) == 3
        (folder,) = map(Path, variables.values())
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
async def test_a_folder_that_is_taken_away_or_holds_rubbish_stops_no_process(settings: Settings, tmp_path: Path):
    port = free_port()
    given = replace(settings, metrics_port=port, home=tmp_path)
    env = {"FORGE_PROCESSES": "2"}
    with ServerProcess(given, env) as process:
        await settled(process.pid, 2)
        (folder,) = (tmp_path / "metrics").iterdir()
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        assert metrics(port) == {}
        await replaced(process.pid, 2)
        for name, content in {
            "counter_1.db": b"",
            "counter_x.db": b"\xff" * 100,
            "counter_999999999.db": b"",
            "gauge_.db": b"\x40\0\0\0\0\0\0\0" + b"x" * 56,
            "x_.db": b"1",
            "counter_ended.db": b"\xff" * 100,
            "histogram_ended.db": b"1",
        }.items():
            (folder / name).write_bytes(content)
        (folder / "counter_2.db").mkdir()
        for _ in range(2):
            assert process.http.get("/api/v1/nothing").status_code == 401
        assert counted(metrics(port), "forge_http_requests_total") >= 2
        left = await settled(process.pid, 2)
        process.kill()
        wait_until_gone(left, 5)
        assert folder.exists()
    with ServerProcess(given, env):  # what a supervisor left that was killed is taken away
        (new,) = (tmp_path / "metrics").iterdir()
        assert new != folder
    assert list((tmp_path / "metrics").iterdir()) == []
    with pytest.raises(httpx.ConnectError):
        metrics(port)
