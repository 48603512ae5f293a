"""Requests for quotation: what is asked of suppliers, and what they answer."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index

from core.facts import choice, day, decimal, flag, moment, reference, text, whole
from core.record import Line, Record
from core.values.checked import COUNT, CURRENCY, NAME, NOTE, PIECE, PRICE, QUANTITY, REFERENCE, UNIT
from models.supplier import FACTOR


class RfqStatus(StrEnum):
    """Where a request for quotation is in its life; the two responded states follow from the invitations."""

    DRAFT = "draft"
    SENT = "sent"
    PARTIALLY_RESPONDED = "partially_responded"
    RESPONDED = "responded"
    AWARDED = "awarded"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Rfq(Record, table=True):
    """A request for quotation to one or several suppliers."""

    __tablename__ = "rfqs"
    series, prefix = "rfq", "RFQ-"
    orders = (("status", "due_on"),)

    number: str = text(REFERENCE, filterable=True, searchable=True, unique_with=(), derived=True)
    status: str = choice(RfqStatus, RfqStatus.DRAFT, filterable="often", derived=True)
    title: str | None = text(NAME, filterable=True, searchable=True)
    job_id: UUID | None = reference("jobs", filterable=True)
    due_on: date | None = day(filterable=True, sortable=True)
    sent_at: datetime | None = moment(filterable=True, derived=True)
    awarded_at: datetime | None = moment(derived=True)
    message: str | None = text(NOTE)


class RfqLine(Line, table=True):
    """What is asked for; lives inside the request."""

    __tablename__ = "rfq_lines"
    parent_column = "rfq_id"

    rfq_id: UUID = reference("rfqs")
    requirement_id: UUID | None = reference("requirements")
    part_id: UUID | None = reference("parts")
    description: str = text(NAME)
    unit: str = text(UNIT, default=PIECE, filled=True)
    factor: Decimal = decimal(FACTOR, default=Decimal(1), filled=True)
    """How many of the part's own unit one of `unit` is."""
    required_on: date | None = day()
    notes: str | None = text(NOTE)

    __table_args__ = (Index("rfq_lines_requirement_id", "workspace_id", "requirement_id"),)


class RfqQuantity(Line, table=True):
    """A quantity at which a line is to be priced; lives inside the line."""

    __tablename__ = "rfq_quantities"
    parent_column = "rfq_line_id"

    rfq_id: UUID = reference("rfqs", derived=True)
    rfq_line_id: UUID = reference("rfq_lines")
    quantity: Decimal = decimal(QUANTITY)

    __table_args__ = (Index("rfq_quantities_rfq", "workspace_id", "rfq_id"),)


class InvitationStatus(StrEnum):
    """What a supplier has done with a request."""

    INVITED = "invited"
    VIEWED = "viewed"
    DECLINED = "declined"
    RESPONDED = "responded"


class RfqInvitation(Line, table=True):
    """A supplier who is asked; lives inside the request."""

    __tablename__ = "rfq_invitations"
    parent_column = "rfq_id"

    rfq_id: UUID = reference("rfqs")
    supplier_id: UUID = reference("suppliers")
    status: str = choice(InvitationStatus, InvitationStatus.INVITED, derived=True)
    currency: str | None = text(CURRENCY, derived=True)
    valid_until: date | None = day(derived=True)
    responded_at: datetime | None = moment(derived=True)
    message: str | None = text(NOTE, derived=True)


class RfqResponse(Line, table=True):
    """A supplier's price of a line at a quantity; lives inside the invitation."""

    __tablename__ = "rfq_responses"
    parent_column = "rfq_invitation_id"

    rfq_invitation_id: UUID = reference("rfq_invitations")
    rfq_id: UUID = reference("rfqs", derived=True)
    rfq_line_id: UUID = reference("rfq_lines")
    supplier_id: UUID = reference("suppliers", derived=True)
    currency: str = text(CURRENCY, derived=True)
    quantity: Decimal = decimal(QUANTITY)
    unit_price: Decimal = decimal(PRICE)
    lead_time_days: int | None = whole(COUNT)
    rank: int = whole(COUNT, derived=True)
    """The place in the comparison of all answers to the request, from 1."""
    is_cheapest: bool = flag(derived=True)
    """Among the answers for the same line, quantity and currency."""
    is_fastest: bool = flag(derived=True)
    is_awarded: bool = flag(derived=True)

    __table_args__ = (Index("rfq_responses_rfq", "workspace_id", "rfq_id"),)
