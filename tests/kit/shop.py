"""A company with one workspace to write in, and the smallest answers and rows that tests of the write path need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from core.database.database import Database
from core.record import Record
from core.values.ids import new_id
from core.writing.claim import Claim
from core.writing.unit_of_work import UnitOfWork
from core.writing.writes import Projection
from models import Client, Company, Endpoint, Quote, QuotePart, Workspace


def projection(alias: str) -> str:
    """The `data` of events in these tests: id and version."""
    return f"""'{{"id":"' || {alias}.id || '","version":' || {alias}.version || '}}'"""


PROJECTIONS: Mapping[type[Record], Projection] = {Client: projection, Quote: projection, Endpoint: projection}


@dataclass(frozen=True)
class Shown:
    """An answer: id, number and client's name of a quote, with its parts; made as the engine makes it."""

    quote_id: UUID

    @property
    def key(self) -> object:
        return "quote"

    @property
    def values(self) -> tuple[Any, ...]:
        return (self.quote_id,)

    def expression(self, written: Mapping[str, str], first: int) -> str:
        quotes, parts = written.get("quotes", "quotes"), written.get("quote_parts", "quote_parts")
        clients = (
            f"(select * from clients union all select * from {written['clients']})"
            if "clients" in written
            else "clients"
        )
        return f"""(select '{{"number":"' || q.number || '","client":' ||
            (select to_json(c.name)::text from {clients} c where c.workspace_id = $1::uuid and c.id = q.client_id) ||
            ',"parts":[' || coalesce((select string_agg(to_json(p.description)::text, ',') from (
                select description from {parts} where workspace_id = $1::uuid and quote_id = q.id order by position
            ) p), '') || ']}}'
            from {quotes} q where q.workspace_id = $1::uuid and q.id = ${first}::uuid)"""


@dataclass(frozen=True)
class Said:
    """An answer that is a constant."""

    text: str = "ok"

    @property
    def key(self) -> object:
        return "said"

    @property
    def values(self) -> tuple[Any, ...]:
        return (self.text,)

    def expression(self, written: Mapping[str, str], first: int) -> str:  # noqa: ARG002  # it needs no table
        return f"${first}::text"


@dataclass(frozen=True)
class Shop:
    """One workspace, as `forge_api` writes to it and as the tables' owner looks at it."""

    database: Database
    owner: asyncpg.Connection[asyncpg.Record]
    workspace_id: UUID

    def unit(self, claim: Claim | None = None, *, epoch: int = 0, **more: Any) -> UnitOfWork:
        """A unit of work in it."""
        return UnitOfWork(
            self.database,
            workspace_id=self.workspace_id,
            epoch=epoch,
            claim=claim,
            projections=PROJECTIONS,
            **more,
        )

    async def client(self, **given: Any) -> Client:
        """Write a client."""
        async with self.unit() as unit:
            made = unit.save(client(**given), "client.created")
            await unit.finish(Said())
        return made

    async def quote(self, client_id: UUID, claim: Claim | None = None) -> bytes | None:
        """Write a quote and return the answer."""
        async with self.unit(claim) as unit:
            made = unit.save(quote(client_id), "quote.created")
            return (await unit.finish(Shown(made.id), status=201)).body

    async def rows(self, sql: str, *args: Any) -> list[tuple[Any, ...]]:
        """Look, as the owner; `$1` is the workspace."""
        return [tuple(row) for row in await self.owner.fetch(sql, self.workspace_id, *args)]

    async def value(self, sql: str, *args: Any) -> Any:
        """Look at one value, as the owner; `$1` is the workspace."""
        return await self.owner.fetchval(sql, self.workspace_id, *args)


def client(**given: Any) -> Client:
    """A client, not yet written."""
    return Client(**{"name": "Acme", "currency": "USD"} | given)


def quote(client_id: UUID, **given: Any) -> Quote:
    """A quote, not yet written."""
    zero = Decimal("0.00")
    plain: dict[str, Any] = {"client_id": client_id, "currency": "USD", "subtotal": zero, "tax": zero, "total": zero}
    return Quote(**plain | given)


def part(position: int, **given: Any) -> QuotePart:
    """A line of a quote, not yet written."""
    figures: dict[str, Any] = {"quantity": Decimal(1), "unit_price": Decimal(1), "total": Decimal(1)}
    words = {"position": position, "description": f"line {position}", "unit": "C62"}
    return QuotePart(**figures | words | given)


async def open_shop(database: Database, owner: asyncpg.Connection[asyncpg.Record]) -> Shop:
    """Make a company with one live workspace."""
    company_id, workspace_id = new_id(Company), new_id(Workspace)
    await owner.execute("insert into companies (id, name, plan) values ($1, 'Shop', 'pro')", company_id)
    await owner.execute(
        "insert into workspaces (id, company_id, environment, name, currency, time_zone)"
        " values ($1, $2, 'live', 'Shop', 'USD', 'UTC')",
        workspace_id,
        company_id,
    )
    return Shop(database, owner, workspace_id)
