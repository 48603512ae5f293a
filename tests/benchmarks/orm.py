"""The same tables as ordinary ORM classes, for the two ways that use one; their writes have no clock and no event."""

import os
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from uuid import UUID, uuid4

from sqlalchemy import DateTime, ForeignKeyConstraint, Numeric
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import registry
from sqlmodel import Field, MetaData, Relationship, SQLModel

from core.values.ids import new_id
from models import Quote as Table

_NUMBERS = count(1)
_MARK = uuid4().hex[:6]


class Own(SQLModel, registry=registry(metadata=MetaData())):
    """Tables of the benchmark's own, beside Forge's."""


class Client(Own, table=True):
    """A client."""

    __tablename__ = "clients"
    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    name: str


class QuotePart(Own, table=True):
    """A line of a quote."""

    __tablename__ = "quote_parts"
    __table_args__ = (ForeignKeyConstraint(["workspace_id", "quote_id"], ["quotes.workspace_id", "quotes.id"]),)
    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    quote_id: UUID
    position: int
    description: str
    quantity: Decimal = Field(sa_type=Numeric)
    unit_price: Decimal = Field(sa_type=Numeric)
    total: Decimal = Field(sa_type=Numeric)


class Quote(Own, table=True):
    """A quote."""

    __tablename__ = "quotes"
    __table_args__ = (ForeignKeyConstraint(["workspace_id", "client_id"], ["clients.workspace_id", "clients.id"]),)
    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    client_id: UUID
    number: str
    revision: int
    version: int
    title: str | None
    status: str
    currency: str
    due_on: date | None
    subtotal: Decimal = Field(sa_type=Numeric)
    tax: Decimal = Field(sa_type=Numeric)
    total: Decimal = Field(sa_type=Numeric)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))
    deleted_at: datetime | None = Field(sa_type=DateTime(timezone=True))
    client: Client = Relationship()
    parts: list[QuotePart] = Relationship(sa_relationship_kwargs={"order_by": "QuotePart.position"})


def engine() -> AsyncEngine:
    """Return an engine on the benchmark's database, tuned as the others are."""
    url = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://", 1)
    return create_async_engine(url, pool_size=4, connect_args={"server_settings": {"jit": "off", "timezone": "UTC"}})


def new_quote(workspace: UUID, client: UUID, title: str, currency: str, now: datetime) -> Quote:
    """Return a quote that is not saved yet."""
    return Quote(
        workspace_id=workspace,
        id=new_id(Table),
        client_id=client,
        number=f"B-{_MARK}-{next(_NUMBERS)}",
        revision=1,
        version=1,
        title=title,
        status="draft",
        currency=currency,
        due_on=None,
        subtotal=Decimal(0),
        tax=Decimal(0),
        total=Decimal("0.00"),
        created_at=now,
        updated_at=now,
        deleted_at=None,
    )
