"""X12 bytes to segments: whatever the separators, line breaks, indentation, byte-order mark or length of the ISA."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from core.errors import BadRequest, Invalid, PayloadTooLarge

LARGEST = 1024 * 1024  # bytes of one document
_ISA_ELEMENTS = 16
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # in an element; usual as separators
_BLANK = " \t\r\n\u00a0"  # not str.strip's own set, which takes the usual separators \x1c to \x1f for blanks
_SEGMENT_ID = re.compile(r"[A-Z][A-Z0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: its ordinal in the document (from 1), its id, and its elements as sent, trimmed at the end."""

    number: int
    id: str
    elements: tuple[str, ...]
    raw: str = field(compare=False, repr=False, default="")

    def __getitem__(self, place: int) -> str:
        """Return element 01, 02, …; empty where it was not sent."""
        return self.elements[place - 1] if place <= len(self.elements) else ""

    def __str__(self) -> str:
        """Name the segment as every message names it."""
        return f"{self.id} (segment {self.number})"

    def malformed(self, reason: str) -> BadRequest:
        """Make the error for a document whose structure is broken here."""
        return BadRequest(f"{self}: {reason}", field=str(self))

    def invalid(self, reason: str) -> Invalid:
        """Make the error for a sound document whose content here cannot be taken."""
        return Invalid(f"{self}: {reason}", field=str(self))


@dataclass(frozen=True, slots=True)
class Separators:
    """What stands between elements, between the components or repeats of one, and after a segment."""

    element: str
    inner: str
    segment: str


def tokenize(document: bytes) -> tuple[list[Segment], list[str]]:
    """Split a document into its segments; the second list holds warnings.

    Raises `PayloadTooLarge` over 1 MiB and `BadRequest` for anything that is not the text of a whole X12 interchange.
    """
    text, warnings = decode(document)
    separators = find_separators(text)
    text = text.replace("\r", "\n" if separators.segment == "\n" else "")
    if separators.segment != "\n":
        text = text.replace("\n", "")  # line breaks are the sender's layout, even inside an element
    *pieces, rest = (piece.strip(_BLANK) for piece in text.split(separators.segment))
    rest = rest.strip("\x1a")  # the end-of-file mark of older systems
    if separators.segment == "\n":
        pieces, rest = [*pieces, rest], ""  # the last line of a file may go without its line break
    segments = [_segment(number, piece, separators) for number, piece in enumerate(filter(None, pieces), 1)]
    if rest:
        cut = f"{rest.split(separators.element)[0][:3]} (segment {len(segments) + 1})"
        raise BadRequest(f"{cut}: the document ends inside it; it is truncated", field=cut)
    return segments, warnings


def decode(document: bytes) -> tuple[str, list[str]]:
    """Read bytes as UTF-8, else as Windows-1252 (Latin-1 with its usual extension) with a warning."""
    if not document.strip():
        raise BadRequest("the document is empty")
    if len(document) > LARGEST:
        raise PayloadTooLarge(f"the document has {len(document):,} bytes; at most {LARGEST:,} are taken")
    warnings: list[str] = []
    try:
        text = document.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = document.decode("cp1252")
        except UnicodeDecodeError:
            raise BadRequest("the document is neither UTF-8 nor Latin-1 text") from None
        warnings.append("the document is not UTF-8; it was read as Windows-1252 (Latin-1)")
    text = text.lstrip("\ufeff" + _BLANK)
    if not text.startswith("ISA"):
        raise BadRequest("not an X12 interchange: it does not begin with an ISA segment")
    return text, warnings


def find_separators(text: str) -> Separators:
    """Find the separators in the ISA by splitting it: its elements are not always padded to their fixed lengths.

    The element separator is the fourth character; ISA16 is the component separator; the next one ends the segment.
    """
    element = text[3:4]
    parts = text.split(element, _ISA_ELEMENTS) if element else []
    tail = parts[-1].lstrip("\r\n") if len(parts) > _ISA_ELEMENTS else ""
    after = tail[1:].lstrip(_BLANK)
    if not after:
        raise BadRequest(f"ISA (segment 1): {_ISA_ELEMENTS} elements expected", field="ISA (segment 1)")
    broken = tail[1] in "\r\n" and after[0].isalnum()  # nothing but a line break before the next segment's id
    component, segment = tail[0], "\n" if broken else after[0]
    if any(each.isalnum() for each in (element, component, segment)) or element in _BLANK or component in _BLANK:
        raise BadRequest("ISA (segment 1): its separators cannot be told", field="ISA (segment 1)")
    if len({element, component, segment}) < len((element, component, segment)):
        raise BadRequest("ISA (segment 1): its separators are not all different", field="ISA (segment 1)")
    repeat = parts[11].strip(_BLANK)  # a letter, U, before version 00402
    return Separators(element, component + ("" if repeat.isalnum() else repeat), segment)


def _segment(number: int, piece: str, separators: Separators) -> Segment:
    id_, *elements = (each.rstrip(_BLANK) for each in piece.split(separators.element))
    if not _SEGMENT_ID.fullmatch(id_):
        raise BadRequest(f"segment {number} has no segment id: {piece[:20]!r}", field=f"segment {number}")
    segment = Segment(number, id_, tuple(elements), piece)
    if _NOT_TEXT.search("".join(elements).translate(dict.fromkeys(map(ord, separators.inner)))):
        raise segment.malformed("holds a control character")
    return segment
