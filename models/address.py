"""Addresses: columns that every table of addresses has."""

from __future__ import annotations

from enum import StrEnum

from core.facts import choice, text
from core.record import Stored
from core.values.checked import NAME, REFERENCE
from core.values.countries import COUNTRY


class AddressKind(StrEnum):
    """What an address is for."""

    BILL_TO = "bill_to"
    SHIP_TO = "ship_to"
    OTHER = "other"


class Address(Stored):
    """Where to send things; a document keeps a copy of it, as it was when the document was sent."""

    kind: str = choice(AddressKind, AddressKind.OTHER)
    name: str | None = text(NAME)
    attention: str | None = text(NAME)
    line1: str = text(NAME)
    line2: str | None = text(NAME)
    city: str | None = text(NAME)
    region: str | None = text(NAME)
    postal_code: str | None = text(REFERENCE)
    country: str = text(COUNTRY)
