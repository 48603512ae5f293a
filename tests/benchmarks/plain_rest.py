"""FastAPI and SQLModel as their documentation shows them: sessions, relationships, response models."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import selectinload
from sqlmodel import select

from tests.benchmarks.orm import Quote, engine, new_quote

app = FastAPI()
sessions = async_sessionmaker(engine(), expire_on_commit=False)
WORKSPACE = UUID(os.environ.get("BENCH_WORKSPACE", str(UUID(int=0))))


class Out(BaseModel):
    """What is read from attributes."""

    model_config = ConfigDict(from_attributes=True)


class ClientOut(Out):
    """A client."""

    id: UUID
    name: str


class PartOut(Out):
    """A line."""

    id: UUID
    description: str
    quantity: Decimal
    unit_price: Decimal
    total: Decimal


class QuoteOut(Out):
    """A quote, flat."""

    id: UUID
    number: str
    revision: int
    title: str | None
    status: str
    currency: str
    due_on: date | None
    total: Decimal
    created_at: datetime
    updated_at: datetime


class TreeOut(QuoteOut):
    """A quote with what belongs to it."""

    client: ClientOut
    parts: list[PartOut]


class MadeOut(QuoteOut):
    """A new quote."""

    client: ClientOut


class QuoteIn(BaseModel):
    """What a new quote is made of."""

    clientId: UUID  # noqa: N815
    currency: str
    title: str


async def _session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


Session = Annotated[AsyncSession, Depends(_session)]


def _newest(n: int) -> Any:
    mine = select(Quote).where(Quote.workspace_id == WORKSPACE, Quote.deleted_at == None)  # noqa: E711
    return mine.order_by(Quote.created_at.desc(), Quote.id.desc()).limit(n)  # type: ignore[attr-defined]


@app.get("/tree", response_model=list[TreeOut])
async def tree(session: Session, n: int) -> Any:
    """Quotes with client and parts."""
    loaded = (selectinload(Quote.client), selectinload(Quote.parts))  # type: ignore[arg-type]
    return (await session.scalars(_newest(n).options(*loaded))).all()


@app.get("/flat", response_model=list[QuoteOut])
async def flat(session: Session, n: int) -> Any:
    """Quotes alone."""
    return (await session.scalars(_newest(n))).all()


@app.get("/one/{quote_id}", response_model=QuoteOut)
async def one(session: Session, quote_id: UUID) -> Any:
    """One quote."""
    return await session.get(Quote, (WORKSPACE, quote_id))


@app.post("/create", response_model=MadeOut)
async def create(session: Session, given: QuoteIn) -> Any:
    """Make a quote."""
    made = new_quote(WORKSPACE, given.clientId, given.title, given.currency, datetime.now(UTC))
    session.add(made)
    await session.commit()
    await session.refresh(made, ["client"])
    return made
