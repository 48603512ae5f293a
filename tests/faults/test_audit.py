"""An entry for each version and no other, whatever dies: it is written by the statement that writes the record."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx

from tests.kit.fixtures import Key
from tests.kit.process import ServerProcess
from tests.kit.tenant import Tenant
from tests.kit.worker import until

WRITERS, KILLS = 8, 2
ENTRIES = """
select a.record_id, a.at, a.changes -> 'old' ->> 'name' as old, a.changes -> 'new' ->> 'name' as new from audit a
where a.workspace_id = $1 order by a.record_id, a.at
"""


async def write(url: str, headers: dict[str, str], name: str) -> None:
    """Make a client and rename it until the process dies."""
    async with httpx.AsyncClient(timeout=5, headers=headers) as browser:
        try:
            made = await browser.post(f"{url}/api/v1/clients", json={"name": name})
            path = f"{url}/api/v1/clients/{made.json()['data']['id']}"
            for turn in itertools.count():
                await browser.patch(path, json={"name": f"{name}, turn {turn}"})
        except (httpx.HTTPError, KeyError):
            return


async def written(company: Tenant, kill: int) -> bool:
    """Whether every writer has made its client, and somebody has renamed one."""
    found = await company.all("select version from clients where name like $1", f"Client {kill} %")
    return len(found) == WRITERS and sum(row["version"] for row in found) > WRITERS


async def test_killed_processes_leave_an_entry_for_each_version(
    server: Callable[..., ServerProcess], company: Tenant, key: Key, owner: Any
):
    headers = {"authorization": f"Bearer {await key()}"}
    for kill in range(KILLS):
        process = server()
        writers = [write(process.url, headers, f"Client {kill} {number}") for number in range(WRITERS)]
        writing = asyncio.gather(*writers)
        await until(partial(written, company, kill))
        await asyncio.sleep(random.uniform(0, 0.5))
        process.kill()
        await writing
    clients = await owner.fetch(
        "select id, name, version, updated_at from clients where workspace_id = $1", company.workspace_id
    )
    assert sum(row["version"] for row in clients) > WRITERS * KILLS
    found: dict[Any, list[Any]] = {}
    for row in await owner.fetch(ENTRIES, company.workspace_id):
        found.setdefault(row["record_id"], []).append(row)
    assert set(found) == {row["id"] for row in clients}
    for row in clients:
        entries = found[row["id"]]
        assert len(entries) == row["version"]
        assert entries[0]["old"] is None
        assert all(before["new"] == after["old"] for before, after in itertools.pairwise(entries))
        assert (entries[-1]["new"], entries[-1]["at"]) == (row["name"], row["updated_at"])
