"""A purchase order as its sender wrote it, free of X12's syntax: plain frozen values with our units and currencies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

REPLACES = "05"
"""BEG01 of an order that takes the place of one sent before."""


@dataclass(frozen=True, slots=True)
class Key:
    """What makes an order the same one when it is sent again; X12 has no better (ISA05 to 08, ISA13, GS06, ST02)."""

    sender_qualifier: str
    sender_id: str
    receiver_qualifier: str
    receiver_id: str
    interchange: str
    group: str
    transaction: str

    @property
    def is_x12(self) -> bool:
        """Whether an X12 envelope says all of it; else a table does, whose orders have a number instead."""
        return bool(self.transaction)

    @property
    def sender(self) -> str:
        """The sender as an external id of system `x12`: `<ISA05>:<ISA06>`."""
        return f"{self.sender_qualifier}:{self.sender_id}"

    @property
    def receiver(self) -> str:
        """The receiver, written as the sender is: `<ISA07>:<ISA08>`."""
        return f"{self.receiver_qualifier}:{self.receiver_id}"

    def __str__(self) -> str:
        """Write the key as one text, the same for the same key and different for any other."""
        parts = (self.sender, self.receiver, self.interchange, self.group, self.transaction)
        return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in parts)


@dataclass(frozen=True, slots=True)
class Party:
    """Someone named in the order (N1 and what follows it); `role` is the code of N101, such as BY, BT, ST or SU."""

    role: str
    name: str | None
    id_qualifier: str | None
    id: str | None
    more_names: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None

    @property
    def has_town(self) -> bool:
        """Whether anything of its N4 is known."""
        return any((self.city, self.region, self.postal_code, self.country))

    @property
    def address(self) -> str:
        """The name and address as one would write them on an envelope, line under line."""
        town = " ".join(part for part in (self.city and f"{self.city},", self.region, self.postal_code) if part)
        rows = (self.name, *self.more_names, *self.lines, town.rstrip(","), self.country)
        return "\n".join(row for row in rows if row)


@dataclass(frozen=True, slots=True)
class Dated:
    """A date with the X12 374 code that says what happens on it (002 delivery requested, 010 ship requested, …)."""

    qualifier: str
    on: date


@dataclass(frozen=True, slots=True)
class Ref:
    """A number of someone's with the X12 128 code that says whose (IA vendor's number for us, PO purchase order, …)."""

    qualifier: str
    value: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """When to pay: the sender's words, the days to the net amount, and the cash discount if one is offered."""

    text: str | None
    net_days: int | None
    discount_percent: Decimal | None = None
    discount_days: int | None = None


@dataclass(frozen=True, slots=True)
class PartNumber:
    """A number of a part with the X12 235 code that says whose: BP is the buyer's, VN and VP the vendor's."""

    qualifier: str
    value: str


@dataclass(frozen=True, slots=True)
class Line:
    """One thing ordered: quantity in a Rec 20 unit, price per that unit (None when the sender gave none).

    A table may leave the unit out: None, and it counts in the unit of whatever it names.
    `segment` names the PO1 in the document; `unread` is as that of the order.
    """

    position: int
    segment: str
    buyer_line: str | None
    quantity: Decimal
    unit: str | None
    unit_price: Decimal | None
    part_numbers: tuple[PartNumber, ...]
    description: str | None
    dates: tuple[Dated, ...]
    notes: tuple[str, ...]
    unread: tuple[str, ...]

    def part_number(self, *qualifiers: str) -> str | None:
        """Return the number of the first of these qualifiers that was sent."""
        numbers = {each.qualifier: each.value for each in reversed(self.part_numbers)}
        return next((numbers[qualifier] for qualifier in qualifiers if qualifier in numbers), None)

    @property
    def shop_part_number(self) -> str | None:
        """The number the receiver of the order knows the part by, as far as the buyer knows it."""
        return self.part_number("VP", "VN", "VC", "VA")

    @property
    def buyer_part_number(self) -> str | None:
        """The number the buyer knows the part by."""
        return self.part_number("BP", "IN", "PN", "CB", "SK", "UP")

    @property
    def title(self) -> str:
        """What to call the line: its description, else its first part number, else its position."""
        number = next((each.value for each in self.part_numbers), None)
        return self.description or number or f"Line {self.position}"

    @property
    def due(self) -> date | None:
        """The day the buyer wants this, by the most binding date sent (see `due_of`)."""
        return due_of(self.dates)


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """An 850; `unread` are the sender's segments that have no place here, wholly or in part, as sent.

    `content` is the SHA-256 of everything from ST to SE, whatever the separators, line breaks and code page: two orders
    of one key and one content are the same order sent again. `ordered_on` is None when the sender wrote no date.
    `buyer_name` is that of BY, BT or ST, the first that has one; `currency` None means the receiver's own.
    """

    key: Key
    content: bytes
    test: bool
    purpose: str
    type: str
    number: str
    release: str | None
    ordered_on: date | None
    currency: str | None
    buyer_name: str | None
    parties: tuple[Party, ...]
    references: tuple[Ref, ...]
    dates: tuple[Dated, ...]
    terms: Terms | None
    delivery_terms: str | None
    routing: str | None
    notes: tuple[str, ...]
    lines: tuple[Line, ...]
    unread: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def replaces(self) -> bool:
        """Whether it takes the place of an order of the same number that was sent before."""
        return self.purpose == REPLACES

    @property
    def ship_to(self) -> Party | None:
        """Where the goods go: the first ST."""
        return next((party for party in self.parties if party.role == "ST"), None)

    @property
    def due(self) -> date | None:
        """The day the buyer wants the order, by the most binding date sent for the whole of it."""
        return due_of(self.dates)


# X12 374, most binding first: delivery requested, requested for delivery by, required by, promised, schedule delivery,
# do not deliver after, estimated delivery; then the days of shipping: requested, not later than, available.
_DUE = ("002", "074", "106", "069", "067", "063", "017", "010", "038", "018")


def due_of(dates: tuple[Dated, ...]) -> date | None:
    """Return the day the buyer wants the goods: of the most binding kind sent, the earliest; else None."""
    for qualifier in _DUE:
        days = [each.on for each in dates if each.qualifier == qualifier]
        if days:
            return min(days)
    return None
