"""Carriers: who brings what a shop sends."""

from __future__ import annotations

from decimal import Decimal

from sqlmodel import SQLModel

from core.declaring import declare
from core.facts import decimal, text, whole
from core.record import Record
from core.values.checked import COUNT, NAME, PRICE

TAG = 0xFFE


class Carrier(Record, table=True):
    """A company that brings what the shop sends."""

    __tablename__ = "carriers"

    name: str = text(NAME, filterable=True, sortable=True)
    lead_time_days: int | None = whole(COUNT)
    min_order: Decimal | None = decimal(PRICE)
    part_2d_drawing: str | None = text(NAME)


declare(Carrier, TAG)
SQLModel.metadata.remove(Carrier.__table__)  # type: ignore[attr-defined]  # or other tests take it for one of Forge's
