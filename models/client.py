"""Clients: who a shop works for, and the people there."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, literal_column

from core.record import Part, Record, belongs_to, decimal, nulls_last, one_of, six_decimals, sync_order, text, words


class ClientStatus(StrEnum):
    """Whether the shop still works for a client."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class Client(Record, table=True):
    """A company the shop quotes, makes and ships for."""

    __tablename__ = "clients"

    code: str | None = text(nullable=True)
    name: str = text()
    status: str = text(default=ClientStatus.ACTIVE)
    currency: str = text()
    payment_terms: str | None = text(nullable=True)
    payment_days: int | None = None
    credit_limit: Decimal | None = decimal(nullable=True)
    tax_exempt: bool = False
    tax_rate: Decimal | None = decimal(nullable=True)
    discount_rate: Decimal | None = decimal(nullable=True)
    website: str | None = text(nullable=True)
    notes: str | None = text(nullable=True)
    tags: list[str] = words()

    __table_args__ = (
        one_of("status", ClientStatus),
        *six_decimals("credit_limit", "tax_rate", "discount_rate"),
        *sync_order("clients"),
        Index(
            "clients_code", "workspace_id", "code", unique=True, postgresql_where=literal_column("deleted_at is null")
        ),
        Index("clients_created", "workspace_id", "created_at", "id"),
        Index("clients_name", "workspace_id", "name", "id"),
        Index("clients_status", "workspace_id", "status", "updated_at", "id"),
        Index("clients_currency", "workspace_id", "currency"),
        Index("clients_tax_exempt", "workspace_id", "tax_exempt"),
        nulls_last("clients_credit_limit", "credit_limit", "'Infinity'::numeric"),
    )


class Contact(Part, table=True):
    """A person at a client; lives inside it."""

    __tablename__ = "contacts"
    within = "client_id"

    client_id: UUID
    first_name: str = text()
    last_name: str | None = text(nullable=True)
    email: str | None = text(nullable=True)
    phone: str | None = text(nullable=True)
    role: str | None = text(nullable=True)

    __table_args__ = (
        belongs_to("client_id", "clients"),
        UniqueConstraint("workspace_id", "client_id", "id"),
        Index("contacts_client", "workspace_id", "client_id", "position", "id"),
    )
