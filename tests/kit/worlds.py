"""Workspaces filled alike, with a row of every type of the graph: what is of one is to be seen in no other."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from sqlmodel import SQLModel

from core.record import Entity, Row
from models import TAGS
from schema.assembly import graph
from tests.kit.bought import bought
from tests.kit.client import Answer, Client
from tests.kit.delivered import Owner, attempt, delivery, taken
from tests.kit.every import kind_of, kinds_here, made
from tests.kit.fixtures import address
from tests.kit.processes import ROOT
from tests.kit.tenant import Tenant
from tests.kit.turning import start

ORDER = (ROOT / "examples/x12/full.850.edi").read_bytes()
_COMPANY = {str(model.__tablename__) for model in TAGS if issubclass(model, Entity)}
_OF_COMPANY = {str(model.__tablename__): model for model in TAGS if issubclass(model, Row) and model.of_company}
TABLES = sorted(set(SQLModel.metadata.tables) - _COMPANY - set(_OF_COMPANY) - {"activity", "key_digests"})
"""Tables of workspaces' own rows; entries of the activity log come when they come."""
_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass
class World:
    """A workspace, a key to it, and a word that stands in each of its records and nowhere else."""

    tenant: Tenant
    api: Client
    word: str
    ids: dict[str, str]
    """A row of each type of the graph, by the type's name."""
    company: dict[str, str] = field(default_factory=dict)
    """A row of each type that is the company's, and that its sandbox sees, too."""
    all_ids: frozenset[bytes] = frozenset()
    """The ids of all rows in it."""

    def shares_with(self, other: World) -> bool:
        """Whether both are of one company."""
        return self.tenant.made.id == other.tenant.made.id

    def strange_to(self, other: World) -> dict[str, str]:
        """Rows that the other must not see, by type."""
        return self.ids if self.shares_with(other) else self.ids | self.company

    def knows(self, answer: Answer) -> bool:
        """Whether anything of this workspace's own stands in an answer."""
        return bool(self.all_ids & set(_ID.findall(answer.body))) or self.word.encode() in answer.body

    async def look(self, owner: Owner) -> None:
        """Read the ids of what is in it by now."""
        found: set[bytes] = set()
        for table in TABLES:
            if "id" in SQLModel.metadata.tables[table].columns:
                rows = await owner.fetch(f"select id from {table} where workspace_id = $1", self.tenant.workspace_id)
                found |= {str(row["id"]).encode() for row in rows}
        self.all_ids = frozenset(found)

    async def digest(self, owner: Owner) -> dict[str, str]:
        """What is in each of its tables, in short."""
        found = {}
        for table in TABLES:
            sql = f"select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) from {table} t"
            found[table] = await owner.fetchval(f"{sql} where workspace_id = $1", self.tenant.workspace_id)
        return found


async def filled(app: Any, tenant: Tenant, word: str, owner: Owner, count: int) -> World:
    """Fill a workspace with so many records of every kind, and one row of every other type."""
    api, ids = Client(app, address(), await tenant.key()), dict[str, str]()
    names = [{"system": "erp", "external_id": "4711"}]  # the same in each
    for number in range(count):
        for kind in kinds_here():
            more = {"external_ids": names} if not number else {}
            ids[kind.spec.name] = (await made(api, kind, tags=[word], notes=f"of {word}", **more))["id"]
    client = (await api.post("/api/v1/clients", {"name": word, "contacts": [{"first_name": word}]})).data
    [contact] = (await api.get(f"/api/v1/clients/{client['id']}?include=contacts")).data["contacts"]
    part = {"description": word, "quantity": "1", "unit_price": "1"}
    given = {"client_id": client["id"], "contact_id": contact["id"], "parts": [part]}
    quote = (await api.post("/api/v1/quotes?include=parts", given)).data
    ids |= {"Contact": contact["id"], "QuotePart": quote["parts"][0]["id"]}
    ids |= await _made_of(api, ids, word)
    mapping = (await api.get(f"/api/v1/intake-mappings/{ids['IntakeMapping']}?include=columns")).data
    attached = await api.post("/api/v1/attachments", {"record_id": quote["id"], "filename": f"{word}.pdf"})
    ids |= {"IntakeColumn": mapping["columns"][0]["id"], "Attachment": attached.data["id"]}
    came = await api.request("POST", "/api/v1/intake", content=ORDER, headers={"content-type": "application/edi-x12"})
    ids["Intake"] = came.data["id"]
    ids |= await bought(api, word)
    ids["Task"] = str(await start(tenant, f"kind of {word}"))
    await _sent(tenant, ids, owner)
    ids["AuditEntry"] = (await api.get("/api/v1/audit?limit=1")).data[0]["id"]
    document = (
        f'mutation {{ made: createDocument(input: {{name: "{word}", folder: "{word}"}}) {{ id folder {{ id }} }} }}'
    )
    filed = (await api.graphql(document)).data["made"]
    ids |= {"Document": filed["id"], "Folder": filed["folder"]["id"]}
    company = {}
    for spec in graph().catalogue.types.values():
        if spec.model.of_company:
            sql = f"select id from {spec.table} where workspace_id = $1 limit 1"
            company[spec.name] = str(await owner.fetchval(sql, tenant.made.live_id))
    missing = set(graph().catalogue.types) - set(ids) - set(company)
    assert missing <= {"ActivityEntry"}, f"types of which no row was made: {sorted(missing)}"
    return World(tenant, api, word, ids, {name: row for name, row in company.items() if row != "None"})


async def _made_of(api: Client, ids: dict[str, str], word: str) -> dict[str, str]:
    """A part with a recipe, and a job that makes it: the ids of what is inside them."""
    bom = [{"component_id": ids["Part"], "quantity": 1}]
    given = {"part_number": f"made of {word}", "name": word, "bom": bom, "operations": [{"name": word}]}
    part = (await api.post("/api/v1/parts?include=bom,operations", given)).data
    makes = [{"part_id": part["id"], "description": word, "quantity": 1}]
    job = (await api.post("/api/v1/jobs?include=parts", {"title": word, "parts": makes})).data
    found = {"BomLine": part["bom"], "RoutingOperation": part["operations"], "JobPart": job["parts"]}
    return {name: rows[0]["id"] for name, rows in found.items()}


async def _sent(tenant: Tenant, ids: dict[str, str], owner: asyncpg.Connection[Any]) -> None:
    """Write what a worker would: a delivery, its attempt, and what the sink took."""
    endpoint = ids[kind_of("endpoints").spec.name]
    row = await delivery(owner, tenant.workspace_id, endpoint)
    await attempt(owner, tenant.workspace_id, endpoint, row)
    kept = await taken(owner, tenant.workspace_id, endpoint, row)
    tried = await owner.fetchval("select id from attempts where delivery_id = $1", row)
    ids |= {"WebhookDelivery": str(row), "WebhookAttempt": str(tried), "SandboxRequest": str(kept)}
