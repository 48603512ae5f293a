"""What the elements of a segment hold: text, numbers, days, units; each error names the segment and the element."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from decimal import Decimal

from core.errors import Invalid
from core.values import currencies, units
from core.values.checked import NAME, NOTE, Number, Text
from formats.x12.tokens import Segment

_DAY = re.compile(r"(?P<century>[0-9]{2})?(?P<year>[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
_CENTURY_TURN = 70  # X12 before 004010 writes two digits of the year: 70 to 99 are 19xx


def required(segment: Segment, place: int, what: str) -> str:
    """Return an element's text, which must be there."""
    if not segment[place].strip():
        raise segment.invalid(f"{what} ({segment.id}{place:02}) missing")
    return segment[place]


def text(segment: Segment, place: int, rule: Text = NOTE) -> str | None:
    """Return an element's text, or None when it is empty; raise `Invalid` when it is longer than we can keep."""
    if not segment[place]:
        return None
    try:
        return rule.check(segment[place])
    except ValueError as error:
        raise segment.invalid(f"{segment.id}{place:02} {error}") from None


def name(segment: Segment, place: int) -> str | None:
    """Return a name, or None when there is none."""
    return text(segment, place, NAME) if segment[place].strip() else None


def number(segment: Segment, place: int, what: str, rule: Number) -> Decimal:
    """Return a number within its rule, exactly as written."""
    written = required(segment, place, what)
    try:
        return rule.check(written.strip())
    except ValueError as error:
        raise segment.invalid(f"{what} ({segment.id}{place:02}) {error}") from None


def days(segment: Segment, place: int, what: str) -> int | None:
    """Return a whole number of days, or None when none was sent."""
    if not segment[place]:
        return None
    if not re.fullmatch(r"[0-9]{1,5}", segment[place]):
        raise segment.invalid(f"{what} ({segment.id}{place:02}) is not a number of days: {segment[place][:20]!r}")
    return int(segment[place])


def day(segment: Segment, written: str, warnings: list[str]) -> date | None:
    """Return the day that CCYYMMDD or YYMMDD means; None with a warning for what systems write in place of no date.

    That is zeros, or a day of the year 1 (the first that .NET knows).
    """
    if set(written) == {"0"} or written.startswith("0001"):
        warnings.append(f"{segment}: {written[:20]!r} is taken for no date")
        return None
    match = _DAY.fullmatch(written)
    if match:
        century, year = match["century"], int(match["year"])
        hundreds = int(century) if century else 19 if year >= _CENTURY_TURN else 20
        with suppress(ValueError):
            return date(hundreds * 100 + year, int(match["month"]), int(match["day"]))
    raise segment.invalid(f"not a date (CCYYMMDD): {written[:20]!r}")


def unit(segment: Segment, place: int, warnings: list[str]) -> units.Unit:
    """Return the unit that an X12 355 code means; a warning tells where senders use a code as X12 does not."""
    code = required(segment, place, "unit of measure")
    try:
        found = units.from_x12(code)
    except Invalid as error:
        raise segment.invalid(error.message) from None
    caution = units.x12_codes()[code].caution
    if caution:
        warnings.append(f"{segment}: {caution}")
    return found


def currency(segment: Segment, place: int) -> str:
    """Return a currency that can be used."""
    code = required(segment, place, "currency")
    try:
        currencies.currency(code)
    except Invalid as error:
        raise segment.invalid(error.message) from None
    return code
