"""States of records: the moves between them, and the words in which a refusal speaks of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.record import Record
from engine.declare.names import snake, spaced


@dataclass(frozen=True)
class Move:
    """A way from one of some states to another, and what it is called."""

    verb: str
    by: tuple[StrEnum, ...]
    to: StrEnum
    about: str


def called(record: Record) -> str:
    """How a message names a record: by its number where it has one."""
    number = getattr(record, "number", None)
    words = spaced(snake(type(record).__name__))
    if number and str(number).lower().startswith(words):  # RFQ-7 says what it is
        return str(number)
    return f"{words.capitalize()} {number}" if number else f"The {words}"


_PHRASES = {"has_po": "on a purchase order", "rfq_in_progress": "on a request for quotation"}


def standing(status: str) -> str:
    """What a message says that a record is: `sent`, `on hold`, `on a purchase order`."""
    return _PHRASES.get(status) or spaced(status)


def any_of(states: Sequence[StrEnum]) -> str:
    """List states: `draft, sent or lost`."""
    *others, last = (spaced(each.value) for each in states)
    return f"{', '.join(others)} or {last}" if others else last
