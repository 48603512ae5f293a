"""`python -m app tasks`: listed, watched, cancelled and started from the command line."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
import pytest

from core.settings import Settings
from jobs.kinds import KINDS
from models.task import INSTALLATION
from tests.kit import forked
from tests.kit.counting.kind import KINDS as COUNTING
from tests.kit.processes import plain_environment
from tests.kit.tenant import Tenant
from tests.kit.turning import put_off, start, turning

pytestmark = pytest.mark.xdist_group("tasks")  # turns take what is due in any workspace
GIVEN = {"name": "Counted", "steps": 3, "pause": 0, "fail_at": 0, "refuse_at": 0}
Forge = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
async def forge(settings: Settings, company: Tenant, owner: asyncpg.Connection[Any]) -> Forge:
    await put_off(owner, [company.workspace_id])

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return forked.run(["tasks", *words], plain_environment(settings.environ()))

    return run


async def test_tasks_are_listed_and_cancelled(forge: Forge, company: Tenant):
    task_id = await start(company, "count", **GIVEN)
    line = forge("list", "--status", "queued").stdout.split()
    assert (line[0], line[1], line[3:]) == (str(task_id), str(company.workspace_id), ["count", "queued", "0"])
    [shown] = orjson.loads(forge("list", "--status", "queued", "--json").stdout)
    assert {name: shown[name] for name in ("id", "kind", "status", "done", "total", "attempts", "held", "error")} == {
        "id": str(task_id),
        "kind": "count",
        "status": "queued",
        "done": 0,
        "total": None,
        "attempts": 0,
        "held": False,
        "error": None,
    }
    done = forge("cancel", str(task_id))
    assert (done.returncode, done.stdout) == (0, f"forge: task {task_id} is cancelled\n")
    assert await company.value("select status from tasks") == "cancelled"
    told = await company.all("select type from outbox order by sequence")
    assert [each["type"] for each in told] == ["task.created", "task.finished"]
    again = forge("cancel", str(task_id))
    assert (again.returncode, again.stderr) == (1, f"forge: task {task_id} has cancelled already\n")
    nobody = uuid4()
    assert forge("cancel", str(nobody)).stderr == f"forge: no task {nobody}\n"


async def test_what_is_watched_is_shown_until_it_has_ended(forge: Forge, company: Tenant, database_url: str):
    good = await start(company, "count", **GIVEN)
    bad = await start(company, "count", **GIVEN | {"refuse_at": 2})
    async with turning(database_url, COUNTING) as turns:
        while await turns.turn():
            pass
    done = forge("watch", str(good))
    assert done.returncode == 0
    assert "3/3 succeeded" in done.stdout
    done = forge("watch", str(good), str(bad))
    assert (done.returncode, done.stderr) == (1, f"forge: task {bad}: row 3: no such currency\n")


async def test_a_task_of_the_installation_is_started_by_hand(
    forge: Forge, database_url: str, owner: asyncpg.Connection[Any]
):
    made = forge("run", "prune_events")
    assert made.returncode == 0, made.stderr
    task_id = made.stdout.strip()
    async with turning(database_url, KINDS) as turns:
        while await turns.turn():
            pass
    found = await owner.fetchrow("select workspace_id, kind, status from tasks where id = $1::text::uuid", task_id)
    assert found is not None
    assert tuple(found) == (INSTALLATION, "prune_events", "succeeded")
    refused = forge("run", "count")
    assert (refused.returncode, refused.stderr) == (
        1,
        (
            "forge: kind: one of expire_quotes, expire_reservations, prune_attempts, prune_events, purge_sandboxes,"
            " verify_stock\n"
        ),
    )
