"""The heartbeat of a worker, as the health check of its container sees it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from core.database.database import Database
from core.settings import Settings
from jobs.heartbeat import FOLDER, Heartbeat, unwell
from tests.kit.processes import ROOT, plain_environment
from tests.kit.worker import WorkerProcess, until


def health(home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", "health"],
        cwd=ROOT,
        env=plain_environment({"FORGE_HOME": str(home)}),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


async def test_a_worker_is_well_while_it_lives_and_no_longer(settings: Settings, tmp_path: Path):
    nobody = f"no worker is at work in {tmp_path}"
    assert unwell(tmp_path) == nobody
    with WorkerProcess(replace(settings, home=tmp_path)) as worker:
        await until(lambda: unwell(tmp_path) is None, within=20)
        assert (health(tmp_path).returncode, health(tmp_path).stderr) == (0, "")
        worker.process.kill()
        worker.process.wait()
        assert len(list((tmp_path / FOLDER).iterdir())) == 1
    done = health(tmp_path)
    assert (done.returncode, done.stderr) == (1, f"forge: {nobody}\n")
    assert list((tmp_path / FOLDER).iterdir()) == []


async def test_a_worker_that_is_told_to_stop_takes_its_file_away(database: Database, tmp_path: Path):
    beating = asyncio.create_task(Heartbeat(tmp_path, database).run())
    await until(lambda: unwell(tmp_path) is None)
    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)
    assert list((tmp_path / FOLDER).iterdir()) == []


async def test_of_several_workers_all_must_reach_the_database(database: Database, database_url: str, tmp_path: Path):
    away = await Database.open(database_url, size=1)
    await away.close()
    ill = asyncio.create_task(Heartbeat(tmp_path, away, every=0.02).run())
    well = asyncio.create_task(Heartbeat(tmp_path, database, every=0.02).run())
    try:
        await until(lambda: len(list((tmp_path / FOLDER).glob("[!.]*"))) == 2)
        assert unwell(tmp_path) is None  # it has just started
        await asyncio.sleep(0.4)
        assert (unwell(tmp_path, late=0.3) or "").startswith("a worker has not reached the database for ")
        ill.cancel()
        await asyncio.gather(ill, return_exceptions=True)
        assert unwell(tmp_path, late=0.3) is None
    finally:
        for each in (ill, well):
            each.cancel()
        await asyncio.gather(ill, well, return_exceptions=True)


async def test_a_home_that_cannot_be_written_is_said_and_no_more(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    (tmp_path / FOLDER).write_text("no folder")
    await asyncio.wait_for(Heartbeat(tmp_path, database).run(), 5)
    assert f"no heartbeat for health checks: {tmp_path}/{FOLDER}/{os.getpid()}." in caplog.text
