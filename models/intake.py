"""Intake: which purchase orders have come in, so that one sent twice is taken once."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint

from core.facts import binary, document, flag, moment, reference, text, words
from core.record import Row


class Intake(Row, table=True):
    """One X12 850 and the quote it became, known by its envelope (ISA05 to 08, 13 and 15, GS06, ST02) and content."""

    __tablename__ = "intakes"

    sender_qualifier: str = text()
    sender_id: str = text()
    receiver_qualifier: str = text()
    receiver_id: str = text()
    interchange_control: str = text()
    group_control: str = text()
    set_control: str = text()
    test: bool = flag()
    """Whether its sender marked it as a test (ISA15): tests have control numbers of their own."""
    content: bytes | None = binary()
    """SHA-256 of what stood from ST to SE; None of those taken in before it was kept."""
    occurrence: int = 0
    """Counts the orders under one envelope, from 0: several only where that was asked for."""
    quote_id: UUID = reference("quotes")
    said: dict[str, Any] = document()
    """What it said of the whole quote, as text by column, so that an order that replaces it can tell that apart."""
    received_at: datetime = moment()
    warnings: list[str] = words()
    """What was odd about the document, as told to its sender."""

    __table_args__ = (
        UniqueConstraint(
            "workspace_id",
            "sender_qualifier",
            "sender_id",
            "receiver_qualifier",
            "receiver_id",
            "interchange_control",
            "group_control",
            "set_control",
            "test",
            "occurrence",
            name="intakes_envelope",
        ),
        Index("intakes_quote", "workspace_id", "quote_id"),
        {"info": {"run_again_on_duplicate": True}},
    )
