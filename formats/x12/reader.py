"""X12 850 documents to purchase orders: whole or refused, with the segment named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from hashlib import sha256

from core.errors import BadRequest, ForgeError, Invalid
from core.values.checked import Text
from formats.x12 import elements
from formats.x12.envelope import Group, Interchange, Transaction, enclose
from formats.x12.header import read_currency, read_header
from formats.x12.lines import read_line
from formats.x12.purchase_order import Key, Line, PurchaseOrder
from formats.x12.tokens import CodePage, Segment, decode, part, split, tokenize
from formats.x12.totals import Totals

_KEY_PART = Text(35)
_LONGEST_NUMBER = 100
_STRUCTURE = {"BEG", "PO1", "CTT"}
_ONCE = {"BEG", "CTT"}
_OTHERS = {
    "810": "an invoice",
    "820": "a payment order",
    "824": "an application advice",
    "830": "a planning schedule",
    "832": "a price catalogue",
    "840": "a request for quotation",
    "843": "a response to a request for quotation",
    "846": "an inventory inquiry",
    "855": "a purchase order acknowledgement",
    "856": "a ship notice",
    "860": "a purchase order change",
    "862": "a shipping schedule",
    "865": "a purchase order change acknowledgement",
    "997": "a functional acknowledgement",
    "999": "an implementation acknowledgement",
}


def read_orders(
    document: bytes, code_page: CodePage | None = None, most_lines: int | None = None
) -> tuple[PurchaseOrder, ...]:
    """Read every purchase order (850) of an X12 document, in the document's order; at least one, or it is refused.

    The document is UTF-8, else of its code page, else Windows-1252. An order of more than `most_lines` lines is refused
    before they are read.
    Raises `PayloadTooLarge` (over 1 MiB), `BadRequest` (not X12, truncated, a wrong count) or `Invalid` (another kind
    of document, an unknown unit, a bad number, …); message and `field` name the segment, such as `PO1 (segment 12)`.
    """
    segments, warnings = tokenize(document, code_page)
    _refuse_others(segments)
    interchange = enclose(segments, warnings)
    return tuple(
        _order(interchange, group, transaction, most_lines)
        for group in interchange.groups
        for transaction in group.transactions
    )


@dataclass(frozen=True, slots=True)
class Refused:
    """A transaction that cannot be taken: its key, its purchase order number as far as it can be read, and why."""

    key: Key
    number: str | None
    error: ForgeError


def read_file(
    document: bytes, code_page: CodePage | None = None, most_lines: int | None = None, most: int | None = None
) -> list[PurchaseOrder | Refused]:
    """Read every transaction of every interchange of an X12 file, in the file's order; at least one.

    What is wrong with one transaction refuses that one. What breaks an envelope (a count, a control number) refuses the
    file, for nobody can tell then what belongs to which order; so do more than `most` transactions. Raises what
    `read_orders` raises.
    """
    text, told = decode(document, code_page)
    found: list[PurchaseOrder | Refused] = []
    first = 1
    for place, each in enumerate(part(text)):
        warnings = list(told) if place == 0 else []
        segments = split(each, warnings, first)
        first += len(segments)
        interchange = enclose(segments, warnings)
        for group in interchange.groups:
            for transaction in group.transactions:
                if most is not None and len(found) >= most:
                    raise transaction.header.invalid(f"the file holds more than {most:,} transactions (ST to SE)")
                found.append(_taken(interchange, group, transaction, most_lines))
    return found


def _taken(
    interchange: Interchange, group: Group, transaction: Transaction, most_lines: int | None
) -> PurchaseOrder | Refused:
    key = _key(interchange.header, group.header, transaction.header)
    try:
        _refuse_others([transaction.header])
        return _order(interchange, group, transaction, most_lines)
    except (BadRequest, Invalid) as error:
        begins = next((each for each in transaction.body if each.id == "BEG"), None)
        number = begins[3].strip()[:_LONGEST_NUMBER] if begins is not None else ""
        return Refused(key, number or None, error)


def _refuse_others(segments: Iterable[Segment]) -> None:
    for segment in segments:
        if segment.id == "ST" and segment[1] != "850":
            kind = _OTHERS.get(segment[1], "another document")
            raise segment.invalid(f"{segment[1]!r} is {kind}; a purchase order (850) is expected")


def _order(interchange: Interchange, group: Group, transaction: Transaction, most_lines: int | None) -> PurchaseOrder:
    warnings = list(interchange.warnings)
    test = interchange.header[15].strip().upper() == "T"
    if test:
        warnings.append(f"{interchange.header}: its sender marks it as a test (ISA15)")
    telling = _telling(_once(transaction, warnings), warnings)
    heading, items, summary = _areas(telling)
    if most_lines is not None and len(items) > most_lines:
        reason = f"the order has {len(items):,} lines (PO1); at most {most_lines:,} are taken"
        raise transaction.header.invalid(reason)
    header = read_header(heading, warnings)
    if header.buyer_name is None:
        warnings.append(f"{transaction.header}: no buyer is named (N1 of BY, BT or ST)")
    lines = tuple(read_line(position, item, warnings) for position, item in enumerate(items, 1))
    _check_totals(telling.body, lines, warnings)
    return PurchaseOrder(
        key=_key(interchange.header, group.header, transaction.header),
        content=_content(interchange.header, transaction),
        test=test,
        purpose=header.purpose,
        type=header.type,
        number=header.number,
        release=header.release,
        ordered_on=header.ordered_on,
        currency=read_currency(telling.body),
        buyer_name=header.buyer_name,
        parties=tuple(header.parties),
        references=tuple(header.references),
        dates=tuple(header.details.dates),
        terms=header.terms,
        delivery_terms=header.delivery_terms,
        routing=header.routing,
        notes=(*header.details.notes, *header.details.descriptions),
        lines=lines,
        unread=(*header.details.unread, *(segment.raw for segment in summary if segment.id != "CTT")),
        warnings=tuple(warnings),
    )


def _once(transaction: Transaction, warnings: list[str]) -> Transaction:
    """Leave out a BEG or CTT that says again what one said before, with a warning; refuse a BEG that says otherwise."""
    kept: list[Segment] = []
    first: dict[str, Segment] = {}
    telling = {segment.id for segment in transaction.body if not segment.says_nothing}
    for segment in transaction.body:
        before = first.get(segment.id)
        if segment.id not in _ONCE:
            kept.append(segment)
        elif segment.says_nothing and (before or segment.id in telling):
            warnings.append(f"{segment}: says nothing and is skipped")
        elif before is None:
            first[segment.id] = segment
            kept.append(segment)
        elif _said(segment) == _said(before):
            warnings.append(f"{segment}: says again what {before} says")
        elif segment.id == "BEG":
            raise segment.malformed(f"a second BEG, which says something else than {before}; an order has one")
        else:
            warnings.append(f"{segment}: a second {segment.id} after {before}; an order has one")
            kept.append(segment)
    return replace(transaction, body=tuple(kept))


def _said(segment: Segment) -> list[str]:
    """The elements of a segment, without empty ones at its end."""
    said = list(segment.elements)
    while said and not said[-1]:
        said.pop()
    return said


def _telling(transaction: Transaction, warnings: list[str]) -> Transaction:
    """Leave out segments in which no element holds anything, with a warning; BEG, PO1 and CTT part the areas."""
    kept = []
    for segment in transaction.body:
        if segment.says_nothing and segment.id not in _STRUCTURE:
            warnings.append(f"{segment}: says nothing and is skipped")
        else:
            kept.append(segment)
    return replace(transaction, body=tuple(kept))


def _areas(transaction: Transaction) -> tuple[list[Segment], list[list[Segment]], list[Segment]]:
    """Part a transaction into its heading, its lines (each from its PO1 on) and its summary (from CTT on)."""
    heading: list[Segment] = []
    items: list[list[Segment]] = []
    summary: list[Segment] = []
    for segment in transaction.body:
        if segment.id == "PO1":
            if summary:
                raise segment.malformed(f"a line after {summary[0]}")
            items.append([])
        if segment.id == "CTT" or summary:
            summary.append(segment)
        else:
            (items[-1] if items else heading).append(segment)
    if not heading:
        raise transaction.header.malformed("BEG expected right after it")
    if not items:
        raise transaction.header.invalid("the order has no line (PO1)")
    return heading, items, summary


def _check_totals(body: Iterable[Segment], lines: Sequence[Line], warnings: list[str]) -> None:
    """Enforce CTT01, the number of lines; totals (CTT02, AMT*TT) only warn, for senders cut and round them."""
    totals = Totals(lines)
    for segment in body:
        if segment.id == "CTT":
            _check_count(segment, lines, warnings)
            _compare(segment, segment[2], "hash total", "CTT02", totals.quantities, "quantities", warnings)
        elif segment.id == "AMT" and segment[1] == "TT":
            _compare(segment, segment[2], "total", "AMT02", totals.amounts, "lines", warnings)


def _check_count(segment: Segment, lines: Sequence[Line], warnings: list[str]) -> None:
    if segment.says_nothing:
        warnings.append(f"{segment}: says nothing; the lines (PO1) are not counted")
    elif not segment[1].isdecimal() or int(segment[1][:10]) != len(lines):
        raise segment.malformed(f"says {segment[1] or 'nothing'} lines (PO1), but there are {len(lines)}")


def _compare(
    segment: Segment,
    told: str,
    what: str,
    place: str,
    sums: Callable[[int], frozenset[Decimal]],
    of: str,
    warnings: list[str],
) -> None:
    told = told.strip()
    if not told:
        return
    found = sums(len(told.partition(".")[2]))
    try:
        agrees = Decimal(told) in found
    except InvalidOperation:
        agrees = False
    if not agrees:
        warnings.append(f"{segment}: {what} {told[:40]} ({place}) is not {max(found)}, the sum of the {of}")


def _content(isa: Segment, transaction: Transaction) -> bytes:
    """The digest of a transaction's elements, wherever a component or repetition separator stands in them."""
    inner = {isa[16]: "\x1f", isa[11]: "\x1e"}
    told = {ord(each): mark for each, mark in inner.items() if len(each) == 1 and not each.isalnum()}
    digest = sha256()
    for segment in (transaction.header, *transaction.body):
        said = [segment.id, *(each.translate(told) for each in _said(segment))]
        digest.update("\x1d".join(said).encode() + b"\x1c")
    return digest.digest()


def _key(isa: Segment, gs: Segment, st: Segment) -> Key:
    """Return the order's key, each part short enough to be indexed (the standard allows 2 to 15 characters)."""
    places = ((isa, 5), (isa, 6), (isa, 7), (isa, 8), (isa, 13), (gs, 6), (st, 2))
    return Key(*((elements.text(segment, place, _KEY_PART) or "").strip() for segment, place in places))
