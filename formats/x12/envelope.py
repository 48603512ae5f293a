"""X12 envelopes: an interchange (ISA to IEA) of groups (GS to GE) of transactions (ST to SE), their counts enforced."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from formats.x12.tokens import ONE_AT_A_TIME, Segment, tokenize

_COUNT = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class Transaction:
    """One document of the sender: ST, what stands between, and SE, which has been checked."""

    header: Segment
    body: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Transactions of one kind under a GS, whose GE has been checked."""

    header: Segment
    transactions: tuple[Transaction, ...]


@dataclass(frozen=True, slots=True)
class Interchange:
    """A whole document; `warnings` are what a reader should know and need not refuse."""

    header: Segment
    groups: tuple[Group, ...]
    warnings: tuple[str, ...]


def read_interchange(document: bytes) -> Interchange:
    """Read an X12 document of one interchange; raises what `tokenize` and `enclose` raise."""
    return enclose(*tokenize(document))


def enclose(segments: Iterable[Segment], warnings: Iterable[str]) -> Interchange:
    """Put segments into their envelopes; `warnings` are those of their tokens.

    Raises `BadRequest` naming the segment where the structure breaks or a count (SE01, GE01, IEA01) or a control number
    (SE02, GE02) is wrong; an IEA02 that is not ISA13 is only a warning, as real senders get it wrong.
    """
    cursor = _Cursor(segments)
    header = cursor.take("ISA")
    if not (header[6] and header[8] and header[13]):
        raise header.malformed("sender (ISA06), receiver (ISA08) or control number (ISA13) missing")
    cursor.skip("TA1")
    groups: list[Group] = []
    while not groups or cursor.next_id == "GS":
        groups.append(_group(cursor))
    trailer = cursor.take("IEA")
    _count(trailer, len(groups), "groups")
    if not _same(trailer[2], header[13]):
        warnings = [*warnings, f"{trailer}: control number {trailer[2]!r} is not {header[13]!r}, that of the ISA"]
    cursor.end()
    _unique(groups)
    return Interchange(header, tuple(groups), tuple(warnings))


def _group(cursor: _Cursor) -> Group:
    header = cursor.take("GS")
    transactions: list[Transaction] = []
    while not transactions or cursor.next_id == "ST":
        transactions.append(_transaction(cursor))
    trailer = cursor.take("GE")
    _count(trailer, len(transactions), "transactions")
    _control(trailer, header, header[6])
    return Group(header, tuple(transactions))


def _transaction(cursor: _Cursor) -> Transaction:
    header = cursor.take("ST")
    body: list[Segment] = []
    while cursor.next_id not in {"SE", "ISA", "GS", "ST", "GE", "IEA", None}:
        body.append(cursor.take())
    trailer = cursor.take("SE")
    _count(trailer, len(body) + 2, "segments from ST to SE")
    _control(trailer, header, header[2])
    return Transaction(header, tuple(body))


class _Cursor:
    """A place in the segments, which knows what to say when another one was expected."""

    def __init__(self, segments: Iterable[Segment]) -> None:
        self._segments = list(segments)
        self._place = 0

    @property
    def next_id(self) -> str | None:
        return self._segments[self._place].id if self._place < len(self._segments) else None

    def take(self, expected: str | None = None) -> Segment:
        if self.next_id is None:
            self._truncated(expected)
        segment = self._segments[self._place]
        if expected not in {None, segment.id}:
            raise segment.malformed(f"{expected} expected here")
        self._place += 1
        return segment

    def skip(self, id_: str) -> None:
        while self.next_id == id_:
            self._place += 1

    def end(self) -> None:
        if self.next_id is not None:
            raise self._segments[self._place].malformed(ONE_AT_A_TIME)

    def _truncated(self, expected: str | None) -> NoReturn:
        last = self._segments[self._place - 1]
        raise last.malformed(f"the document ends here, before {expected}; it is truncated")


def _count(trailer: Segment, found: int, what: str) -> None:
    if not _COUNT.fullmatch(trailer[1]) or int(trailer[1]) != found:
        raise trailer.malformed(f"says {trailer[1] or 'nothing'} {what}, but there are {found}")


def _control(trailer: Segment, header: Segment, control: str) -> None:
    if not control:
        raise header.malformed("control number missing")
    if not _same(trailer[2], control):
        raise trailer.malformed(f"control number {trailer[2]!r} is not {control!r}, that of {header}")


def _same(one: str, other: str) -> bool:
    return one.lstrip("0") == other.lstrip("0")


def _unique(groups: Iterable[Group]) -> None:
    """Refuse a control number used twice: the second transaction would pass for the first one sent again."""
    seen: set[tuple[str, str]] = set()
    for group in groups:
        for transaction in group.transactions:
            key = (group.header[6], transaction.header[2])
            if key in seen:
                raise transaction.header.malformed(f"control number {key[1]!r} is used twice in group {key[0]!r}")
            seen.add(key)
