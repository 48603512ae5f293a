"""docs/integrating.md: its recipe keeps a copy that is exact, and its figures are those of the code."""

from __future__ import annotations

import re
from typing import Any

from access.plans import PLANS, POINTS
from app.generated import ROOT
from app.streams import PER_KEY
from core.http import LARGEST_BODY
from engine.declare.inputs import MAX_AT_ONCE
from engine.document.cost import MAX_POINTS
from models import Client, Plan, Quote
from rest.contract import MRP
from rest.openapi.errors import error_kinds
from schema.standard import LARGEST_BULK
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant

GUIDE = (ROOT / "docs" / "integrating.md").read_text()
LISTS = ("clients", "quotes")
Copy = dict[str, dict[str, Any]]


async def whole(api: Api) -> Copy:
    """Step 2: every row of every list, deleted ones too."""
    copy: Copy = {}
    for name in LISTS:
        cursor = ""
        while cursor is not None:
            page = (await api.get(f"/api/v1/{name}?deleted=include&limit=2{cursor and f'&cursor={cursor}'}")).json
            copy |= {row["id"]: row for row in page["data"]}
            cursor = page["next_cursor"]
    return copy


async def follow(api: Api, copy: Copy, cursor: str) -> str:
    """Step 3, until there is no more to read now; the cursor to remember."""
    while True:
        page = (await api.get(f"/api/v1/changes?cursor={cursor}&limit=2")).json
        for change in page["data"]:
            known = copy.get(change["record_id"])
            if known is None or known["version"] < change["data"]["version"]:
                copy[change["record_id"]] = change["data"]
        cursor = page["resume_cursor"]
        if page["next_cursor"] is None:
            return cursor


async def test_a_copy_that_is_kept_as_the_guide_says_is_exact(api: Api, company: Tenant):
    clients = [await company.make(Client, name=f"Before {number}") for number in range(3)]
    quotes = [await company.make(Quote, client_id=clients[0].id) for _ in range(3)]
    cursor = (await api.get("/api/v1/changes?limit=1")).json["latest_cursor"]
    assert (await api.patch(f"/api/v1/clients/{clients[1].id}", {"name": "While reading"})).status == 200
    copy = await whole(api)
    assert (await api.delete(f"/api/v1/quotes/{quotes[2].id}")).status == 200
    assert (await api.patch(f"/api/v1/clients/{clients[2].id}", {"name": "After"})).status == 200
    assert (await api.post("/api/v1/clients", {"name": "New"})).status == 201
    cursor = await follow(api, copy, cursor)
    assert copy == await whole(api)
    assert (len(copy), copy[str(clients[1].id)]["name"]) == (7, "While reading")
    assert copy[str(quotes[2].id)]["deleted_at"] is not None
    assert (await api.post(f"/api/v1/quotes/{quotes[2].id}/restore", {})).status == 200
    assert await follow(api, copy, cursor) != cursor
    assert copy == await whole(api)


async def test_writing_back_by_ids_of_ones_own_is_done_once(api: Api):
    rows = {"inputs": [{"name": "Acme", "external_ids": [{"system": "erp", "external_id": "4711"}]}]}
    first, second = [(await api.post("/api/v1/clients/bulk", rows)).data["rows"][0] for _ in range(2)]
    assert (first["result"], second["result"], second["id"]) == ("created", "unchanged", first["id"])


def test_the_figures_are_those_of_the_code():
    starter, *others = Plan
    plans = [f"{PLANS[starter].requests} on the plan starter", *(f"{PLANS[plan].requests:,} {plan}" for plan in others)]
    mebi = 1_048_576
    for told in (
        f"| {', '.join(plans)} |",
        f"{POINTS:,} at once, {POINTS // 20:,} a second on starter",
        f"{MAX_POINTS:,} by one request",
        f"| {MRP.size.largest} ({MRP.size.default} if nothing is said)",
        f"| {LARGEST_BODY // mebi} MiB; of a bulk command of REST {LARGEST_BULK // mebi} MiB and {MAX_AT_ONCE:,} rows",
        f"{PER_KEY} connections of a key",
    ):
        assert told in GUIDE, told


def test_each_status_that_a_request_can_be_refused_with_is_in_the_table():
    rows = re.findall(r"^\| (\d{3}[^|]*) \|", GUIDE, re.MULTILINE)
    told = [int(each) for row in rows for each in re.findall(r"\d{3}", row)]
    of_connections = {408, 431}
    assert sorted(told) == sorted({kind.status for kind in error_kinds()} - of_connections)


def test_the_guide_leads_to_what_is_there():
    for page, text in (("docs", GUIDE), ("examples/clients", (ROOT / "examples/clients/README.md").read_text())):
        for target in re.findall(r"\]\(([^)]+)\)", text):
            path, _, anchor = target.partition("#")
            if not target.startswith("https://"):
                found = (ROOT / page / path).resolve()
                assert found.exists(), target
                heads = re.findall(r"^#+ (.*)$", found.read_text(), re.MULTILINE)
                assert not anchor or anchor in {
                    re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in heads
                }
    assert len(GUIDE.splitlines()) <= 110
