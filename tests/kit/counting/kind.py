"""Counting: each step writes one client, named by its number. In a product this is `jobs/kinds/counting.py`."""

from __future__ import annotations

import asyncio

from core.errors import Invalid
from core.values.ids import new_id
from core.writing.unit_of_work import UnitOfWork
from jobs.tasks.kinds import Kind, Kinds, Next, Work
from models import Client
from tests.kit.counting.resolvers import KIND

SECRET = "postgresql://owner:a-password@10.0.0.7/forge"
RETRIES = (0.1, 0.2, 0.2, 0.2, 0.2, 0.2)


async def step(unit: UnitOfWork, work: Work) -> Next:
    """Write the next client; the last step answers how many there are."""
    given = work.parameters
    number = (work.cursor or 0) + 1
    if given["fail_at"] == number:
        raise RuntimeError(SECRET)
    if given["refuse_at"] == number:
        raise Invalid("row 3: no such currency")
    unit.save(Client(id=new_id(Client), name=f"{given['name']} {number}", currency="USD"), "client.created")
    await asyncio.sleep(given["pause"])
    if number < given["steps"]:
        return Next(number, done=number, total=given["steps"])
    url = f"/api/v1/clients?search={given['name']}"
    return Next(None, done=number, total=number, result={"clients": number, "name": given["name"]}, result_url=url)


COUNTING = Kind(KIND, "Writes clients one by one.", step, retries=RETRIES, lease=3.0)
PATIENT = Kind("count_patiently", "The same, however often its worker is killed.", step, retries=(0.1,) * 30, lease=2.0)
KINDS = Kinds(COUNTING, PATIENT)
