"""Suppliers: who a shop buys from. In a real resource this is `models/supplier.py`."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Index

from core.record import Record, decimal, six_decimals, sync_order, tagged, text

TAG = 0xFFE


class Supplier(Record, table=True):
    """A company the shop buys from."""

    __tablename__ = "suppliers"
    tag = TAG

    name: str = text()
    lead_time_days: int | None = None
    min_order: Decimal | None = decimal(nullable=True)

    __table_args__ = (
        *six_decimals("min_order"),
        *sync_order("suppliers"),
        Index("suppliers_created", "workspace_id", "created_at", "id"),
        Index("suppliers_name", "workspace_id", "name", "id"),
    )


Supplier.__table__.append_constraint(tagged(TAG))  # type: ignore[attr-defined]
