"""Filling an empty database with the demo, by the resolvers that every caller's writes go through."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any, Final, TypeVar
from uuid import UUID

from access.new_company import NewCompany
from access.principal import Principal
from access.scopes import Scope
from core.database.database import Database
from core.installation import Installation
from core.settings import Settings
from core.writing.unit_of_work import UnitOfWork
from engine.declare.inputs import read_input
from engine.run.context import Command
from engine.sql.projection import event_projections
from jobs.demo.data import CLIENTS, DemoData
from resolvers.clients import create_client
from resolvers.days import begin_on
from resolvers.moves import input_of
from resolvers.quotes import create_quote, send_quote
from schema.assembly import graph

T = TypeVar("T")
CREATE_CLIENT, CREATE_QUOTE = input_of(create_client), input_of(create_quote)
BATCH: Final = 50
"""Quotes written in one transaction."""


async def fill(
    database: Database, settings: Settings, company: NewCompany, key_id: UUID, *, clients: int, quotes: int
) -> None:
    """Write so many clients and quotes into a company's live workspace, three of five quotes sent, as made by a key."""
    seeding = _Seeding(database, Installation.of(settings), company, key_id)
    data = DemoData()
    made = await seeding.each(
        lambda ctx, row: create_client(ctx, read_input(CREATE_CLIENT, data.client(*row))), CLIENTS[:clients]
    )
    owners = [made[number % clients] for number in range(quotes)]
    for batch in _batches(owners):
        written = await seeding.each(
            lambda ctx, client_id: create_quote(ctx, read_input(input_of(create_quote), data.quote(client_id, "USD"))),
            batch,
        )
        await seeding.each(send_quote, [quote_id for quote_id in written if data.is_sent()])


class _Seeding:
    def __init__(self, database: Database, installation: Installation, company: NewCompany, key_id: UUID) -> None:
        self._database, self._installation, self._graph = database, installation, graph()
        self._projections = event_projections(self._graph.catalogue)
        self._principal = Principal(
            key_id=key_id,
            public_id="",
            company_id=company.id,
            workspace_id=company.live_id,
            scopes=frozenset(Scope),
            epoch=0,
            currency="USD",
        )

    async def each(self, command: Callable[[Command, T], Awaitable[Any]], inputs: Sequence[T]) -> list[UUID]:
        """Run a command for each input, all in one transaction; returns the ids of the rows."""
        principal = self._principal
        unit = UnitOfWork(
            self._database,
            workspace_id=principal.workspace_id,
            epoch=principal.epoch,
            claim=None,
            projections=self._projections,
            actor_id=principal.key_id,
        )
        async with unit:
            ctx = Command(principal, unit, self._graph, self._installation)
            await begin_on(ctx, date.min)  # quotes were held when they were sent
            rows = [await command(ctx, each) for each in inputs]
            await unit.finish_with(b"{}")
        return [row.row_id for row in rows]


def _batches(rows: Sequence[T]) -> Iterator[list[T]]:
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        yield batch
