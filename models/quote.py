"""Quotes: what a shop offers a client, part by part."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index

from core.record import Part, Record, belongs_to, decimal, moment, nulls_last, one_of, six_decimals, sync_order, text


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

    number: str = text()
    revision: int = 1
    status: str = text(default=QuoteStatus.DRAFT)
    client_id: UUID
    contact_id: UUID | None = None
    title: str | None = text(nullable=True)
    customer_rfq_number: str | None = text(nullable=True)
    customer_po_number: str | None = text(nullable=True)
    currency: str = text()
    received_on: date | None = None
    due_on: date | None = None
    expires_on: date | None = None
    sent_at: datetime | None = moment(nullable=True)
    estimator: str | None = text(nullable=True)
    tax_rate: Decimal | None = decimal(nullable=True)
    notes_public: str | None = text(nullable=True)
    notes_private: str | None = text(nullable=True)
    lost_reason: str | None = text(nullable=True)
    subtotal: Decimal = decimal()
    tax: Decimal = decimal()
    total: Decimal = decimal()
    cost: Decimal | None = decimal(nullable=True)

    __table_args__ = (
        one_of("status", QuoteStatus),
        *six_decimals("tax_rate", "subtotal", "tax", "total", "cost"),
        belongs_to("client_id", "clients"),
        ForeignKeyConstraint(
            ["workspace_id", "client_id", "contact_id"], ["contacts.workspace_id", "contacts.client_id", "contacts.id"]
        ),
        *sync_order("quotes"),
        Index("quotes_number", "workspace_id", "number", "revision", unique=True),
        Index("quotes_client", "workspace_id", "client_id", "updated_at", "id"),
        Index("quotes_status", "workspace_id", "status", "updated_at", "id"),
        Index("quotes_created", "workspace_id", "created_at", "id"),
        Index("quotes_total", "workspace_id", "total", "id"),
        Index("quotes_po_number", "workspace_id", "customer_po_number", "id"),
        Index("quotes_rfq_number", "workspace_id", "customer_rfq_number", "id"),
        Index("quotes_title", "workspace_id", "title", "id"),
        Index("quotes_estimator", "workspace_id", "estimator", "id"),
        Index("quotes_currency", "workspace_id", "currency"),
        nulls_last("quotes_due", "due_on", "'infinity'::date"),
        nulls_last("quotes_expires", "expires_on", "'infinity'::date"),
        nulls_last("quotes_sent", "sent_at", "'infinity'::timestamptz"),
        nulls_last("quotes_cost", "cost", "'Infinity'::numeric"),
    )


class QuotePart(Part, table=True):
    """A line of a quote: what, how many, at what price; lives inside it."""

    __tablename__ = "quote_parts"
    within = "quote_id"

    quote_id: UUID
    part_number: str | None = text(nullable=True)
    customer_part_number: str | None = text(nullable=True)
    description: str = text()
    quantity: Decimal = decimal()
    unit: str = text()
    unit_price: Decimal = decimal()
    total: Decimal = decimal()
    unit_cost: Decimal | None = decimal(nullable=True)
    markup: Decimal | None = decimal(nullable=True)
    lead_time_days: int | None = None
    due_on: date | None = None
    notes: str | None = text(nullable=True)

    __table_args__ = (
        *six_decimals("quantity", "unit_price", "total", "unit_cost", "markup"),
        belongs_to("quote_id", "quotes"),
        Index("quote_parts_quote", "workspace_id", "quote_id", "position", "id"),
    )
