"""X12 850 documents to purchase orders: whole or refused, with the segment named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

from core.values import Text
from core.x12 import elements
from core.x12.envelope import Group, Interchange, Transaction, enclose
from core.x12.header import read_currency, read_header
from core.x12.lines import read_line
from core.x12.purchase_order import Key, Line, PurchaseOrder
from core.x12.tokens import Segment, tokenize

_KEY_PART = Text(35)
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


def read_orders(document: bytes) -> tuple[PurchaseOrder, ...]:
    """Read every purchase order (850) of an X12 document, in the document's order; at least one, or it is refused.

    Raises `PayloadTooLarge` (over 1 MiB), `BadRequest` (not X12, truncated, a wrong count) or `Invalid` (another kind
    of document, an unknown unit, a bad number, …); message and `field` name the segment, such as `PO1 (segment 12)`.
    """
    segments, warnings = tokenize(document)
    _refuse_others(segments)
    interchange = enclose(segments, warnings)
    return tuple(
        _order(interchange, group, transaction) for group in interchange.groups for transaction in group.transactions
    )


def _refuse_others(segments: Iterable[Segment]) -> None:
    for segment in segments:
        if segment.id == "ST" and segment[1] != "850":
            kind = _OTHERS.get(segment[1], "another document")
            raise segment.invalid(f"{segment[1]!r} is {kind}; a purchase order (850) is expected")


def _order(interchange: Interchange, group: Group, transaction: Transaction) -> PurchaseOrder:
    warnings = list(interchange.warnings)
    test = interchange.header[15] == "T"
    if test:
        warnings.append(f"{interchange.header}: its sender marks it as a test (ISA15)")
    heading, items, summary = _areas(transaction)
    header = read_header(heading, warnings)
    if header.buyer_name is None:
        warnings.append(f"{transaction.header}: no buyer is named (N1 of BY, BT or ST)")
    lines = tuple(read_line(position, item, warnings) for position, item in enumerate(items, 1))
    if summary:
        _check_totals(summary[0], lines, warnings)
    return PurchaseOrder(
        key=_key(interchange.header, group.header, transaction.header),
        test=test,
        purpose=header.purpose,
        type=header.type,
        number=header.number,
        release=header.release,
        ordered_on=header.ordered_on,
        currency=read_currency(transaction.body),
        buyer_name=header.buyer_name,
        parties=tuple(header.parties),
        references=tuple(header.references),
        dates=tuple(header.details.dates),
        terms=header.terms,
        delivery_terms=header.delivery_terms,
        routing=header.routing,
        notes=(*header.details.notes, *header.details.descriptions),
        lines=lines,
        unread=(*header.details.unread, *(segment.raw for segment in summary[1:])),
        warnings=tuple(warnings),
    )


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


def _check_totals(segment: Segment, lines: Sequence[Line], warnings: list[str]) -> None:
    """Enforce CTT01, the number of lines; CTT02, a hash total that senders cut and round as they like, only warns."""
    if not segment[1].isdecimal() or int(segment[1][:10]) != len(lines):
        raise segment.malformed(f"says {segment[1] or 'nothing'} lines (PO1), but there are {len(lines)}")
    if segment[2]:
        added = sum((line.quantity for line in lines), Decimal(0))
        try:
            agrees = Decimal(segment[2]) == added
        except InvalidOperation:
            agrees = False
        if not agrees:
            warnings.append(f"{segment}: hash total {segment[2]} (CTT02) is not {added}, the sum of the quantities")


def _key(isa: Segment, gs: Segment, st: Segment) -> Key:
    """Return the order's key, each part short enough to be indexed (the standard allows 2 to 15 characters)."""
    places = ((isa, 5), (isa, 6), (isa, 7), (isa, 8), (isa, 13), (gs, 6), (st, 2))
    return Key(*((elements.text(segment, place, _KEY_PART) or "").strip() for segment, place in places))
