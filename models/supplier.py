"""Suppliers: who a shop buys from, the people there, what they sell and at what price."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import UniqueConstraint

from core.facts import choice, decimal, reference, text, whole, words
from core.record import Line, Record
from core.values.checked import COUNT, CURRENCY, NAME, PIECE, PRICE, QUANTITY, REFERENCE, UNIT, WEBSITE, Documented
from models.address import Address

FACTOR = Documented(QUANTITY, (("examples", ("1",)),), name="Factor")
"""How many of a part's own unit one of another unit is."""


class SupplierStatus(StrEnum):
    """Whether the shop buys from a supplier."""

    PENDING = "pending"
    ACTIVE = "active"
    INACTIVE = "inactive"
    REJECTED = "rejected"


class Supplier(Record, table=True):
    """A company the shop buys from."""

    __tablename__ = "suppliers"

    code: str | None = text(REFERENCE, filterable=True, searchable=True, unique_alive=True)
    name: str = text(NAME, filterable=True, sortable=True, searchable=True, contains=True)
    status: str = choice(SupplierStatus, SupplierStatus.ACTIVE, filterable=True)
    currency: str = text(CURRENCY, filterable=True, filled=True)
    payment_terms: str | None = text(NAME)
    payment_days: int | None = whole(COUNT)
    delivery_terms: str | None = text(NAME)
    lead_time_days: int | None = whole(COUNT)
    minimum_order: Decimal | None = decimal(PRICE)
    processes: list[str] = words(REFERENCE, filterable=True)
    website: str | None = text(WEBSITE)


class SupplierContact(Line, table=True):
    """A person at a supplier; lives inside it."""

    __tablename__ = "supplier_contacts"
    parent_column = "supplier_id"

    supplier_id: UUID = reference("suppliers")
    first_name: str = text(NAME)
    last_name: str | None = text(NAME)
    email: str | None = text(REFERENCE, filterable=True)
    phone: str | None = text(REFERENCE)
    role: str | None = text(REFERENCE)

    __table_args__ = (UniqueConstraint("workspace_id", "supplier_id", "id"),)


class SupplierAddress(Address, Line, table=True):
    """An address of a supplier; lives inside it."""

    __tablename__ = "supplier_addresses"
    parent_column = "supplier_id"

    supplier_id: UUID = reference("suppliers")

    __table_args__ = (UniqueConstraint("workspace_id", "supplier_id", "id"),)


class SupplierPart(Record, table=True):
    """A part as a supplier sells it: their number, their unit, their prices."""

    __tablename__ = "supplier_parts"

    supplier_id: UUID = reference("suppliers", filterable=True, fixed=True, unique_with=("part_id",))
    part_id: UUID = reference("parts", filterable=True, fixed=True)
    supplier_part_number: str | None = text(REFERENCE, filterable=True, searchable=True)
    currency: str = text(CURRENCY, filled=True)
    unit: str = text(UNIT, default=PIECE, filled=True)
    factor: Decimal = decimal(FACTOR, default=Decimal(1), filled=True)
    """How many of the part's own unit one of `unit` is."""
    minimum_quantity: Decimal | None = decimal(QUANTITY)
    lead_time_days: int | None = whole(COUNT)


class PriceBreak(Line, table=True):
    """A price from a quantity on; lives inside a supplier's part."""

    __tablename__ = "price_breaks"
    parent_column = "supplier_part_id"

    supplier_part_id: UUID = reference("supplier_parts")
    quantity: Decimal = decimal(QUANTITY)
    unit_price: Decimal = decimal(PRICE)
