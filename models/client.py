"""Clients: who a shop works for, and the people there."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import UniqueConstraint

from core.facts import choice, decimal, flag, reference, text, whole
from core.record import Line, Record
from core.values.checked import COUNT, CURRENCY, FRACTION, NAME, PRICE, REFERENCE, WEBSITE
from models.address import Address


class ClientStatus(StrEnum):
    """Whether the shop still works for a client."""

    ACTIVE = "active"
    INACTIVE = "inactive"


class Client(Record, table=True):
    """A company the shop quotes, makes and ships for."""

    __tablename__ = "clients"

    code: str | None = text(REFERENCE, filterable=True, searchable=True, unique_alive=True)
    name: str = text(NAME, filterable=True, sortable=True, searchable=True, contains=True)
    status: str = choice(ClientStatus, ClientStatus.ACTIVE, filterable=True)
    currency: str = text(CURRENCY, filterable=True, filled=True)
    payment_terms: str | None = text(NAME)
    payment_days: int | None = whole(COUNT)
    credit_limit: Decimal | None = decimal(PRICE, filterable=True, sortable=True)
    tax_exempt: bool = flag(filterable=True)
    tax_rate: Decimal | None = decimal(FRACTION)
    discount_rate: Decimal | None = decimal(FRACTION)
    website: str | None = text(WEBSITE)


class Contact(Line, table=True):
    """A person at a client; lives inside it."""

    __tablename__ = "contacts"
    parent_column = "client_id"

    client_id: UUID = reference("clients")
    first_name: str = text(NAME)
    last_name: str | None = text(NAME)
    email: str | None = text(REFERENCE, filterable=True)
    phone: str | None = text(REFERENCE)
    role: str | None = text(REFERENCE)

    __table_args__ = (UniqueConstraint("workspace_id", "client_id", "id"),)


class ClientAddress(Address, Line, table=True):
    """An address of a client; lives inside it."""

    __tablename__ = "client_addresses"
    parent_column = "client_id"

    client_id: UUID = reference("clients")

    __table_args__ = (UniqueConstraint("workspace_id", "client_id", "id"),)
