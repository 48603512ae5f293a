"""Quotes: what a shop offers a client, part by part."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, literal_column

from core.facts import choice, day, decimal, document, moment, reference, text, whole
from core.record import Line, Record
from core.values.checked import COUNT, CURRENCY, FRACTION, NAME, NOTE, PIECE, PRICE, QUANTITY, REFERENCE, UNIT


class QuoteStatus(StrEnum):
    """Where a quote is in its life; the moves allowed are in `resolvers/quotes.py`."""

    DRAFT = "draft"
    SENT = "sent"
    APPROVED = "approved"
    LOST = "lost"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    CONVERTED = "converted"


class Quote(Record, table=True):
    """An offer to a client, numbered in the workspace's own series (`Q-1`, `Q-2`, …)."""

    __tablename__ = "quotes"
    series = "quote"
    prefix = "Q-"
    orders = (("status", "due_on"), ("client_id", "due_on"))

    number: str = text(REFERENCE, filterable=True, searchable=True, unique_with=("revision",), derived=True)
    revision: int = whole(COUNT, default=1, derived=True)
    status: str = choice(QuoteStatus, QuoteStatus.DRAFT, filterable="often", derived=True)
    client_id: UUID = reference("clients", filterable=True)
    contact_id: UUID | None = reference("contacts", through="client_id", filterable=True)
    bill_to_address_id: UUID | None = reference("client_addresses", through="client_id")
    ship_to_address_id: UUID | None = reference("client_addresses", through="client_id")
    bill_to: dict[str, Any] = document()
    ship_to: dict[str, Any] = document()
    """The addresses as they were when it was sent."""
    title: str | None = text(NAME, filterable=True, searchable=True)
    customer_rfq_number: str | None = text(REFERENCE, filterable=True, searchable=True)
    customer_po_number: str | None = text(REFERENCE, filterable=True, searchable=True)
    currency: str = text(CURRENCY, filterable=True, filled=True)
    received_on: date | None = day()
    due_on: date | None = day(filterable=True, sortable=True)
    expires_on: date | None = day(filterable=True, sortable=True)
    sent_at: datetime | None = moment(filterable=True, sortable=True, derived=True)
    estimator: str | None = text(NAME, filterable=True)
    tax_rate: Decimal | None = decimal(FRACTION)
    notes_public: str | None = text(NOTE)
    notes_private: str | None = text(NOTE)
    lost_reason: str | None = text(NOTE, derived=True)
    subtotal: Decimal = decimal(derived=True)
    tax: Decimal = decimal(derived=True)
    total: Decimal = decimal(filterable=True, sortable=True, derived=True)
    cost: Decimal | None = decimal(filterable=True, sortable=True, derived=True)

    __table_args__ = (Index("quotes_sent", "expires_on", postgresql_where=literal_column("status = 'sent'")),)


class QuotePart(Line, table=True):
    """A line of a quote: what, how many, at what price; lives inside it."""

    __tablename__ = "quote_parts"
    parent_column = "quote_id"

    quote_id: UUID = reference("quotes")
    part_id: UUID | None = reference("parts")
    part_number: str | None = text(REFERENCE)
    customer_part_number: str | None = text(REFERENCE)
    description: str = text(NAME)
    quantity: Decimal = decimal(QUANTITY)
    unit: str = text(UNIT, default=PIECE, filled=True)
    unit_price: Decimal = decimal(PRICE)
    total: Decimal = decimal(derived=True)
    unit_cost: Decimal | None = decimal(PRICE)
    markup: Decimal | None = decimal(FRACTION)
    lead_time_days: int | None = whole(COUNT)
    due_on: date | None = day()
    notes: str | None = text(NOTE)
