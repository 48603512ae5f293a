"""Strawberry, SQLAlchemy and DataLoader as their documentation shows them."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import strawberry
from aiodataloader import DataLoader
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlmodel import select
from strawberry.fastapi import BaseContext, GraphQLRouter

from tests.benchmarks import orm

sessions = async_sessionmaker(orm.engine(), expire_on_commit=False)
WORKSPACE = UUID(os.environ.get("BENCH_WORKSPACE", str(UUID(int=0))))


class Context(BaseContext):
    """The loaders of one request."""

    def __init__(self) -> None:
        super().__init__()
        self.clients: DataLoader[UUID, orm.Client] = DataLoader(self._clients)
        self.parts: DataLoader[UUID, list[orm.QuotePart]] = DataLoader(self._parts)

    async def _clients(self, ids: Sequence[UUID]) -> list[orm.Client]:
        async with sessions() as session:
            wanted = select(orm.Client).where(orm.Client.workspace_id == WORKSPACE, orm.Client.id.in_(ids))  # type: ignore[attr-defined]
            found = {row.id: row for row in await session.scalars(wanted)}
        return [found[each] for each in ids]

    async def _parts(self, ids: Sequence[UUID]) -> list[list[orm.QuotePart]]:
        found: dict[UUID, list[orm.QuotePart]] = defaultdict(list)
        part = orm.QuotePart
        async with sessions() as session:
            wanted = select(part).where(part.workspace_id == WORKSPACE, part.quote_id.in_(ids))  # type: ignore[attr-defined]
            for row in await session.scalars(wanted.order_by(part.position)):  # type: ignore[arg-type]
                found[row.quote_id].append(row)
        return [found[each] for each in ids]


Info = strawberry.Info[Context, None]


@strawberry.type
class Client:
    """A client."""

    id: strawberry.ID
    name: str


@strawberry.type
class QuotePart:
    """A line."""

    id: strawberry.ID
    description: str
    quantity: Decimal
    unit_price: Decimal
    total: Decimal


@strawberry.type
class Parts:
    """A page of lines."""

    nodes: list[QuotePart]


@strawberry.type
class PageInfo:
    """Where a page stands."""

    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class Quote:
    """A quote."""

    id: strawberry.ID
    number: str
    revision: int
    title: str | None
    status: str
    currency: str
    due_on: date | None
    total: Decimal
    created_at: datetime
    updated_at: datetime
    client_id: strawberry.Private[UUID]

    @strawberry.field
    async def client(self, info: Info) -> Client:
        """The client, by the loader."""
        return await info.context.clients.load(self.client_id)  # type: ignore[return-value]

    @strawberry.field
    async def parts(self, info: Info) -> Parts:
        """The lines, by the loader."""
        return Parts(nodes=await info.context.parts.load(UUID(self.id)))  # type: ignore[arg-type]


@strawberry.type
class Quotes:
    """A page of quotes."""

    nodes: list[Quote]
    page_info: PageInfo


@strawberry.input
class CreateQuoteInput:
    """What a new quote is made of."""

    client_id: strawberry.ID
    currency: str
    title: str


def _shown(row: orm.Quote) -> Quote:
    names = (
        "number",
        "revision",
        "title",
        "status",
        "currency",
        "due_on",
        "total",
        "created_at",
        "updated_at",
        "client_id",
    )
    return Quote(id=strawberry.ID(str(row.id)), **{name: getattr(row, name) for name in names})


@strawberry.type
class Query:
    """What can be read."""

    @strawberry.field
    async def quotes(self, first: int) -> Quotes:
        """The newest quotes."""
        quote: Any = orm.Quote
        wanted = select(quote).where(quote.workspace_id == WORKSPACE, quote.deleted_at == None)  # noqa: E711
        async with sessions() as session:
            rows = (
                await session.scalars(wanted.order_by(quote.created_at.desc(), quote.id.desc()).limit(first + 1))
            ).all()
        end = str(rows[first - 1].id) if rows else None
        return Quotes(
            nodes=[_shown(row) for row in rows[:first]],
            page_info=PageInfo(has_next_page=len(rows) > first, end_cursor=end),
        )

    @strawberry.field
    async def quote(self, id: strawberry.ID) -> Quote | None:
        """One quote."""
        async with sessions() as session:
            row = await session.get(orm.Quote, (WORKSPACE, UUID(id)))
        return None if row is None else _shown(row)


@strawberry.type
class Mutation:
    """What can be done."""

    @strawberry.mutation
    async def create_quote(self, input: CreateQuoteInput) -> Quote:
        """Make a quote."""
        made = orm.new_quote(WORKSPACE, UUID(input.client_id), input.title, input.currency, datetime.now(UTC))
        async with sessions() as session:
            session.add(made)
            await session.commit()
        return _shown(made)


async def _context() -> Context:
    return Context()


app = FastAPI()
app.include_router(GraphQLRouter(strawberry.Schema(Query, Mutation), context_getter=_context), prefix="/graphql")
