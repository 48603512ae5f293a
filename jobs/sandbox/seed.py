"""The data that a sandbox begins with: a few clients, and quotes in the states that quotes can be moved to.

Each record has an external id of the system `sandbox`, by which a second seeding finds it. So seeding twice, or two at
once, comes to the same as once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from access.principal import Principal
from access.scopes import Scope
from access.transaction import transaction
from core.errors import Invalid
from core.record import Record
from core.writing.columns import table_of
from core.writing.unit_of_work import UnitOfWork
from engine.declare.inputs import read_input
from engine.run.context import Command
from jobs.tasks.kinds import Tools
from models import TAGS, Environment, ExternalId, Task
from resolvers.clients import create_client
from resolvers.moves import input_of
from resolvers.quotes import create_quote, send_quote

SYSTEM: Final = "sandbox"
"""The system whose external ids the seeded records have."""
CLIENTS: Final = (
    ("harbor", "Harbor Pump Repair", "Net 30", 30, "Ana Novak"),
    ("kestrel", "Kestrel Aerostructures", "Net 60", 60, "Omar Haddad"),
    ("lumen", "Lumen Optics", "Net 14", 14, "Keiko Ito"),
)
"""Id, name, terms of payment, days, and a person there."""
QUOTES: Final = (
    ("impellers", "harbor", "Impeller shafts", True, (("Shaft, keyed, 4140 steel", "10", "96.00", "71.50"),)),
    ("repair", "harbor", "Pump housing, repair", False, (("Bearing housing, bored", "1", "142.50", "98.00"),)),
    (
        "brackets",
        "kestrel",
        "Mounting brackets, lot 1",
        True,
        (("Bracket, 7075-T651", "250", "18.40", "12.10"), ("Spacer, turned", "500", "4.85", "2.90")),
    ),
    ("prototype", "kestrel", "Prototype ribs", False, (("Rib, Ti-6Al-4V", "2", "385.00", None),)),
    ("mounts", "lumen", "Lens mounts", True, (("Mount, black anodised", "50", "27.45", "16.20"),)),
    ("empty", "lumen", "To be priced", False, ()),
)
"""Id, client, title, whether it was sent, and its parts: description, quantity, price, cost."""
_LOCK: Final = "select pg_advisory_xact_lock(hashtextextended($1::uuid::text, 11)) is null as locked"
_WHOSE: Final = "select company_id, environment, currency from workspaces where id = $1"


async def seed(tools: Tools, workspace_id: UUID, actor_id: UUID | None = None, *, if_empty: bool = False) -> int:
    """Write what of the data is not there; returns how many records. With `if_empty` only where there is no data.

    Raises Invalid for a workspace that is no sandbox.
    """
    principal = await principal_of(tools, workspace_id, actor_id)

    async def work(unit: UnitOfWork) -> int:
        await unit.ask(_LOCK)  # two at once come one after the other, and the second sees what the first has written
        if if_empty and await _has_data(unit):
            return 0
        return await _Seeding(Command(principal, unit, tools.graph, tools.installation)).write()

    return await tools.units.run(workspace_id, work, actor_id)


async def principal_of(tools: Tools, workspace_id: UUID, actor_id: UUID | None = None) -> Principal:
    """Somebody who may do everything in a sandbox; raises Invalid for another workspace."""
    async with transaction(tools.access) as connection:
        row = await connection.fetchrow(_WHOSE, workspace_id)
    if row is None or row["environment"] != Environment.TEST:
        raise Invalid("only a sandbox is seeded and reset")
    return Principal(
        key_id=actor_id or UUID(int=0),
        public_id="",
        company_id=row["company_id"],
        workspace_id=workspace_id,
        scopes=frozenset(Scope),
        epoch=0,
        currency=row["currency"],
        environment=Environment.TEST,
    )


async def _has_data(unit: UnitOfWork) -> bool:
    """Whether there is a record that is neither deleted nor a setting nor a task."""
    tables = [
        table_of(each).name for each in TAGS if issubclass(each, Record) and not each.lasting and each is not Task
    ]
    tests = (f"exists (select from {each} where workspace_id = $1 and deleted_at is null)" for each in tables)
    [found] = await unit.ask(f"select {' or '.join(tests)} as found")
    return bool(found["found"])


class _Seeding:
    def __init__(self, ctx: Command) -> None:
        self._ctx, self._count = ctx, 0
        self._known: dict[tuple[str, str], UUID] = {}

    async def write(self) -> int:
        found = await self._ctx.unit.find(ExternalId, system=SYSTEM)
        self._known = {(each.record_type, each.external_id): each.record_id for each in found}
        for row in CLIENTS:
            await self._once("clients", row[0], create_client, _client(*row))
        await self._ctx.unit.flush()  # commands that follow read what these have written
        new = []
        for name, client, title, is_sent, parts in QUOTES:
            given = _quote(name, self._known["clients", client], title, parts)
            if await self._once("quotes", name, create_quote, given) and is_sent:
                new.append(self._known["quotes", name])
        await self._ctx.unit.flush()
        for quote_id in new:
            await send_quote(self._ctx, quote_id)
        return self._count

    async def _once(
        self, table: str, name: str, command: Callable[..., Awaitable[Any]], given: Mapping[str, Any]
    ) -> bool:
        """Write a record unless it is there; returns whether it was written."""
        if (table, name) in self._known:
            return False
        names = {"external_ids": [{"system": SYSTEM, "external_id": name}]}
        made = await command(self._ctx, read_input(input_of(command), {**given, **names}))
        self._known[table, name] = made.row_id
        self._count += 1
        return True


def _client(name: str, called: str, terms: str, days: int, person: str) -> dict[str, Any]:
    first, _, last = person.partition(" ")
    contact = {
        "first_name": first,
        "last_name": last,
        "email": f"{first}.{last}@{name}.example".lower(),
        "role": "Buyer",
    }
    return {"name": called, "payment_terms": terms, "payment_days": days, "contacts": [contact]}


def _quote(name: str, client_id: UUID, title: str, parts: Sequence[Sequence[str | None]]) -> dict[str, Any]:
    today = datetime.now(UTC).date()
    lines = [
        {"description": text, "quantity": quantity, "unit_price": price, "unit_cost": cost}
        for text, quantity, price, cost in parts
    ]
    return {
        "client_id": client_id,
        "title": title,
        "customer_rfq_number": f"RFQ-{name.upper()}",
        "received_on": today,
        "due_on": today + timedelta(days=7),
        "expires_on": today + timedelta(days=60),
        "parts": lines,
    }
