"""The lines of an 850: a PO1 and the segments that belong to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from core.values.checked import NAME, NOTE, QUANTITY, REFERENCE
from formats.x12 import elements
from formats.x12.prices import unit_price
from formats.x12.purchase_order import Dated, Line, PartNumber
from formats.x12.tokens import Segment


@dataclass(slots=True)
class Details:
    """What the header and each line gather alike from the segments under them."""

    dates: list[Dated] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    descriptions: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_line(position: int, segments: Sequence[Segment], warnings: list[str]) -> Line:
    """Read a PO1 (the first segment) and what follows it; raises `Invalid` naming the segment."""
    head, *rest = segments
    quantity = elements.number(head, 2, "quantity", QUANTITY)
    unit = elements.unit(head, 3, warnings)
    details = Details(warnings=warnings)
    for segment in rest:
        _READ.get(segment.id, unread)(segment, details)
    numbers = part_numbers(head)
    said = [each.value for each in numbers if each.qualifier == "PD"]  # a description sent as a part number
    return Line(
        position=position,
        segment=str(head),
        buyer_line=elements.text(head, 1, REFERENCE),
        quantity=quantity,
        unit=unit.code,
        unit_price=unit_price(head, unit, warnings),
        part_numbers=numbers,
        description=_description(head, details.descriptions or said),
        dates=tuple(details.dates),
        notes=tuple(details.notes),
        unread=tuple(details.unread),
    )


def _description(head: Segment, parts: Sequence[str]) -> str | None:
    try:
        return NOTE.check(" ".join(parts)) or None
    except ValueError as error:
        raise head.invalid(f"its descriptions (PID) together {error}") from None


def part_numbers(head: Segment) -> tuple[PartNumber, ...]:
    """Return the pairs of qualifier and number from PO106 on; raise `Invalid` for half of a pair."""
    found = []
    for place in range(6, len(head.elements) + 1, 2):
        qualifier, value = elements.text(head, place, REFERENCE), elements.text(head, place + 1, NAME)
        if bool(qualifier) != bool(value):
            raise head.invalid(f"PO1{place:02} and PO1{place + 1:02} belong together, but one is empty")
        if qualifier and value:
            found.append(PartNumber(qualifier, value))
    return tuple(found)


def unread(segment: Segment, details: Details) -> None:
    """Keep a segment as sent."""
    details.unread.append(segment.raw)


def dated(segment: Segment, details: Details) -> None:
    """Read a DTM: a day (DTM02), or a period (DTM05, DTM06) by its form: D8 one day, RD8 the first and the last."""
    qualifier, written = elements.required(segment, 1, "date qualifier"), segment[2]
    if not written and segment[5] in {"D8", "RD8"}:
        written = segment[6]
    if not written:
        unread(segment, details)
        return
    days = written.split("-") if segment[5] == "RD8" and not segment[2] else [written]
    for each in days:
        _date(qualifier, segment, each, details)


def noted(segment: Segment, details: Details) -> None:
    """Read an MSG (its first element) or an NTE (its second)."""
    note = elements.text(segment, 2 if segment.id == "NTE" else 1)
    if note:
        details.notes.append(note)


def described(segment: Segment, details: Details) -> None:
    """Read a PID's free text; one without (a code of some list) is kept as sent."""
    description = elements.text(segment, 5)
    if description:
        details.descriptions.append(description)
    else:
        unread(segment, details)


def scheduled(segment: Segment, details: Details) -> None:
    """Read the day of an SCH, and keep the segment for its quantity."""
    if segment[5] and segment[6]:
        _date(segment[5], segment, segment[6], details)
    unread(segment, details)


def _date(qualifier: str, segment: Segment, written: str, details: Details) -> None:
    day = elements.day(segment, written, details.warnings)
    if day is not None:
        details.dates.append(Dated(qualifier, day))


_READ: dict[str, Callable[[Segment, Details], None]] = {
    "DTM": dated,
    "MSG": noted,
    "NTE": noted,
    "PID": described,
    "SCH": scheduled,
}
