"""What stands before the lines of an 850: the order's number and day, who, where, when, on what terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from core.values.checked import NAME, REFERENCE, Number
from formats.x12 import elements, lines
from formats.x12.lines import Details
from formats.x12.purchase_order import REPLACES, Party, Ref, Terms
from formats.x12.tokens import Segment

_NOT_ORDERS = {"01": "a cancellation", "03": "a deletion", "04": "a change"}  # BEG01 that would make a quote of a no
_ORDERS = {"00", REPLACES}
_PERCENT = Number(Decimal(0), Decimal(100))


@dataclass(slots=True)
class Header:
    """The order as far as its header tells it, being read."""

    purpose: str
    type: str
    number: str
    release: str | None
    ordered_on: date | None
    parties: list[Party] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """N2 of the last party, until all of them are read."""
    street: list[str] = field(default_factory=list)
    """N3 of the last party, until all of them are read."""
    references: list[Ref] = field(default_factory=list)
    terms: Terms | None = None
    delivery_terms: str | None = None
    routing: str | None = None
    details: Details = field(default_factory=Details)

    @property
    def buyer_name(self) -> str | None:
        """The name of the buyer, else of who pays, else of who receives."""
        named = ((role, party) for role in ("BY", "BT", "ST") for party in self.parties if party.role == role)
        return next((party.name for _, party in named if party.name), None)


def read_header(segments: Sequence[Segment], warnings: list[str]) -> Header:
    """Read the segments from BEG to the first PO1; raises `Invalid` naming the segment."""
    begin, *rest = segments
    if begin.id != "BEG":
        raise begin.malformed("BEG expected right after ST")
    header = _begin(begin, warnings)
    for segment in rest:
        _READ.get(segment.id, _unread)(header, segment)
    _end_party(header)
    return header


def read_currency(segments: Iterable[Segment]) -> str | None:
    """Return the currency of an order's CUR segments, wherever they stand; two of them must say the same."""
    agreed: str | None = None
    for segment in segments:
        if segment.id == "CUR":
            code = elements.currency(segment, 2)
            if agreed not in {None, code}:
                raise segment.invalid(f"currency {code}, but {agreed} before; an order has one currency")
            agreed = code
    return agreed


def _begin(segment: Segment, warnings: list[str]) -> Header:
    purpose = elements.required(segment, 1, "purpose")
    if purpose in _NOT_ORDERS:
        raise segment.invalid(f"purpose {purpose} is {_NOT_ORDERS[purpose]}, not an order")
    if purpose not in _ORDERS:
        warnings.append(f"{segment}: purpose {purpose!r} (BEG01) is not that of an original order")
    elements.required(segment, 3, "purchase order number")
    return Header(
        purpose=purpose,
        type=elements.required(segment, 2, "order type"),
        number=elements.text(segment, 3, REFERENCE) or "",
        release=elements.text(segment, 4, REFERENCE),
        ordered_on=elements.day(segment, elements.required(segment, 5, "date"), warnings),
        details=Details(warnings=warnings),
    )


def _unread(header: Header, segment: Segment) -> None:
    lines.unread(segment, header.details)


def _currency(header: Header, segment: Segment) -> None:
    """Leave the currency to `read_currency`; keep a rate of exchange as sent."""
    if any(segment.elements[2:]):
        _unread(header, segment)


def _reference(header: Header, segment: Segment) -> None:
    qualifier = elements.required(segment, 1, "reference qualifier")
    value, description = elements.text(segment, 2), elements.text(segment, 3)
    if value:
        header.references.append(Ref(qualifier, value, description))
    elif description:
        header.details.notes.append(description)
    if any(segment.elements[3:]):
        _unread(header, segment)


def _party(header: Header, segment: Segment) -> None:
    _end_party(header)
    role = elements.required(segment, 1, "role")
    qualifier, id_ = elements.text(segment, 3, REFERENCE), elements.text(segment, 4, REFERENCE)
    header.parties.append(Party(role, elements.name(segment, 2), qualifier, id_))


def _end_party(header: Header) -> None:
    """Give the last party its names and street, once: a new value for each segment would take quadratic time."""
    if header.names or header.street:
        header.parties[-1] = replace(header.parties[-1], more_names=tuple(header.names), lines=tuple(header.street))
        header.names, header.street = [], []


def _more_names(header: Header, segment: Segment) -> None:
    header.names += _texts(header, segment)


def _street(header: Header, segment: Segment) -> None:
    header.street += _texts(header, segment)


def _texts(header: Header, segment: Segment) -> list[str]:
    if not header.parties:
        raise segment.malformed("N1 expected before it")
    return [text for place in (1, 2) if (text := elements.text(segment, place, NAME))]


def _town(header: Header, segment: Segment) -> None:
    if not header.parties:
        raise segment.malformed("N1 expected before it")
    if header.parties[-1].has_town:
        _unread(header, segment)
        return
    city, region, postal_code, country = (elements.text(segment, place, NAME) for place in (1, 2, 3, 4))
    header.parties[-1] = replace(
        header.parties[-1],
        city=city,
        region=region or elements.text(segment, 6, NAME),
        postal_code=postal_code,
        country=country,
    )


def _terms(header: Header, segment: Segment) -> None:
    if header.terms is not None:
        _unread(header, segment)
        return
    header.terms = Terms(
        text=elements.text(segment, 12),
        net_days=elements.days(segment, 7, "net days"),
        discount_percent=elements.number(segment, 3, "discount percent", _PERCENT) if segment[3] else None,
        discount_days=elements.days(segment, 5, "discount days"),
    )


def _delivery_terms(header: Header, segment: Segment) -> None:
    said = [text for place in (5, 7, 3) if (text := elements.text(segment, place))]
    if header.delivery_terms is None and said:
        header.delivery_terms = " ".join(said)
    _unread(header, segment)


def _routing(header: Header, segment: Segment) -> None:
    header.routing = header.routing or elements.text(segment, 5) or elements.text(segment, 3)
    _unread(header, segment)


def _detail(read: Callable[[Segment, Details], None]) -> Callable[[Header, Segment], None]:
    return lambda header, segment: read(segment, header.details)


_READ: dict[str, Callable[[Header, Segment], None]] = {
    "CUR": _currency,
    "REF": _reference,
    "N9": _reference,
    "N1": _party,
    "N2": _more_names,
    "N3": _street,
    "N4": _town,
    "ITD": _terms,
    "FOB": _delivery_terms,
    "TD5": _routing,
    "DTM": _detail(lines.dated),
    "MSG": _detail(lines.noted),
    "NTE": _detail(lines.noted),
    "PID": _detail(lines.described),
}
