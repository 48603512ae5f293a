"""X12 bytes to segments: whatever the separators, line breaks, indentation, byte-order mark or length of the ISA."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from core.errors import BadRequest, Invalid, PayloadTooLarge

LARGEST = 1024 * 1024  # bytes of one document
_ISA_ELEMENTS = 16
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # in an element; usual as separators
_CONTROL = re.compile(r"[\x80-\x9f]")
_BLANK = " \t\r\n\u00a0"  # not str.strip's own set, which takes the usual separators \x1c to \x1f for blanks
_PADDING = _BLANK + "\x1a"  # the end-of-file mark of older systems
_SEGMENT_ID = re.compile(r"[A-Z][A-Z0-9]{1,2}")
_NO_X12 = "not an X12 interchange: it does not begin with an ISA segment"
ONE_AT_A_TIME = "nothing may follow the IEA; send one interchange at a time"


class CodePage(StrEnum):
    """How the bytes of a document are read as text, when they are not UTF-8."""

    CP437 = "cp437"
    CP850 = "cp850"
    CP1252 = "cp1252"


_MARKS = ("\ufeff", *(codecs.BOM_UTF8.decode(each) for each in CodePage))
"""A byte-order mark, however it was read."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: its ordinal in the document (from 1), its id, and its elements as sent, trimmed at the end."""

    number: int
    id: str
    elements: tuple[str, ...]
    raw: str = field(compare=False, repr=False, default="")

    @property
    def says_nothing(self) -> bool:
        """Whether no element holds anything."""
        return not any(each.strip() for each in self.elements)

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
    """What stands between elements, between the components or repeats of one (empty: nothing), and after a segment."""

    element: str
    component: str
    repeat: str
    segment: str

    @property
    def inner(self) -> str:
        """What may stand inside an element."""
        return self.component + self.repeat


def tokenize(document: bytes, code_page: CodePage | None = None) -> tuple[list[Segment], list[str]]:
    """Split a document of one interchange into its segments; the second list holds warnings.

    Raises `PayloadTooLarge` over 1 MiB and `BadRequest` for anything that is not the text of a whole X12 interchange.
    """
    text, warnings = decode(document, code_page)
    return split(text, warnings), warnings


def split(text: str, warnings: list[str], first: int = 1) -> list[Segment]:
    """Split the text of one interchange into its segments; `first` is the number of the first one."""
    separators = find_separators(text, first)
    if not separators.component:
        warnings.append(
            f"ISA (segment {first}): no component separator (ISA16); {separators.segment!r} ends every segment"
        )
    text = text.replace("\r", "\n" if separators.segment == "\n" else "")
    if separators.segment != "\n":
        text = text.replace("\n", "")  # line breaks are the sender's layout, even inside an element
    *pieces, rest = (piece.strip(_BLANK) for piece in text.split(separators.segment))
    rest = rest.strip("\x1a")
    if separators.segment == "\n":
        pieces, rest = [*pieces, rest], ""  # the last line of a file may go without its line break
    segments: list[Segment] = []
    for piece in filter(None, pieces):
        _refuse_another(segments, piece)
        segments.append(_segment(first + len(segments), piece, separators))
    _refuse_another(segments, rest)
    if rest:
        cut = f"{rest.split(separators.element)[0][:3]} (segment {first + len(segments)})"
        raise BadRequest(f"{cut}: the document ends inside it; it is truncated", field=cut)
    return segments


def part(text: str) -> Iterator[str]:
    """Part a text into its interchanges, each from its ISA to the end of its IEA; their separators may differ.

    What follows the last IEA and is no ISA stays with the last one, and so does a text without an IEA.
    """
    while True:
        end = _end_of(text, find_separators(text))
        rest = _unmarked(text[end:])
        if not rest.startswith("ISA"):
            yield text
            return
        yield text[:end]
        text = rest


def _end_of(text: str, separators: Separators) -> int:
    """Where the first IEA ends, its separator included; the text's end where there is none."""
    lines = separators.segment == "\n"
    broken = "" if lines else r"[\r\n]*"
    for found in re.finditer(broken.join(("I", "E", "A", re.escape(separators.element))), text):
        place = found.start()
        while place and text[place - 1] in _BLANK:
            place -= 1
        before = text[place : found.start()] if lines else text[place - 1 : place]
        if any(each in before for each in ("\r\n" if lines else separators.segment)):
            ends = (text.find(each, found.end()) for each in ("\r\n" if lines else separators.segment))
            return min((end + 1 for end in ends if end >= 0), default=len(text))
    return len(text)


def _refuse_another(segments: list[Segment], piece: str) -> None:
    """Refuse a second interchange here, for its separators may be others."""
    if segments and segments[-1].id == "IEA" and _unmarked(piece).startswith("ISA"):
        place = f"ISA (segment {segments[-1].number + 1})"
        raise BadRequest(f"{place}: {ONE_AT_A_TIME}", field=place)


def _unmarked(text: str) -> str:
    """A text without what may stand before an ISA: blanks, an end-of-file mark, a byte-order mark."""
    text = text.lstrip(_PADDING)
    found = next((mark for mark in _MARKS if text.startswith(mark)), "")
    return text.removeprefix(found).lstrip(_PADDING)


def decode(document: bytes, code_page: CodePage | None = None) -> tuple[str, list[str]]:
    """Read bytes as UTF-8, else by their code page, else as Windows-1252 with a warning.

    Raises `BadRequest` naming the byte that is no text, its place (from 1), and the parameter that says how to read it.
    """
    if not document.strip():
        raise BadRequest("the document is empty")
    if len(document) > LARGEST:
        raise PayloadTooLarge(f"the document has {len(document):,} bytes; at most {LARGEST:,} are taken")
    warnings: list[str] = []
    try:
        text = _utf_8(document, code_page)
        if code_page is not None and not text.isascii():
            warnings.append(f"the document is UTF-8 and was read as that, not as {code_page} (code_page)")
    except UnicodeDecodeError:
        text = _windows(document) if code_page is None else _by_code_page(document, code_page)
        if code_page is None:
            warnings.append(
                "the document is not UTF-8; it was read as Windows-1252 (Latin-1): code_page names another code page"
            )
    text = text.lstrip("\ufeff" + _BLANK)
    if not text.startswith("ISA"):
        raise BadRequest(_NO_X12)
    return text, warnings


def _utf_8(document: bytes, code_page: CodePage | None) -> str:
    """Read UTF-8; UnicodeDecodeError for what is none.

    Two bytes of a code page may be UTF-8 by chance, but then seldom of a character of any document.
    """
    text = document.decode("utf-8-sig")
    chance = _CONTROL.search(text) if code_page is not None else None
    if chance is not None:
        raise UnicodeDecodeError("utf-8", document, chance.start(), chance.end(), "a control character")
    return text


def _by_code_page(document: bytes, code_page: CodePage) -> str:
    try:
        return document.removeprefix(codecs.BOM_UTF8).decode(code_page)
    except UnicodeDecodeError as error:
        raise _no_text(document, error, f"is no character of {code_page}") from None


def _windows(document: bytes) -> str:
    try:
        return document.decode(CodePage.CP1252)
    except UnicodeDecodeError as error:
        known = ", ".join(CodePage)
        reason = f"is neither UTF-8 nor Windows-1252 text; say how to read it: code_page is one of {known}"
        raise _no_text(document, error, reason) from None


def _no_text(document: bytes, error: UnicodeDecodeError, reason: str) -> BadRequest:
    if not document.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"ISA"):
        return BadRequest(_NO_X12)
    place = error.start + 1 + (len(document) - len(error.object))
    return BadRequest(
        f"code_page: byte 0x{error.object[error.start]:02X} at place {place:,} {reason}", field="code_page"
    )


def find_separators(text: str, number: int = 1) -> Separators:
    """Find the separators in the ISA by splitting it: its elements are not always padded to their fixed lengths.

    The element separator is the fourth character; ISA16 is the component separator; the next one ends the segment.
    Without an ISA16 the character in its place ends the segment, where it can be nothing else.
    """
    place = f"ISA (segment {number})"
    element = text[3:4]
    parts = text.split(element, _ISA_ELEMENTS) if element else []
    tail = parts[-1].lstrip("\r\n") if len(parts) > _ISA_ELEMENTS else ""
    after = tail[1:].lstrip(_BLANK)
    if not after:
        raise BadRequest(f"{place}: {_ISA_ELEMENTS} elements expected", field=place)
    component, segment = _ends(tail, after)
    blank = element in _BLANK or (component and component in _BLANK)
    if blank or any(each.isalnum() for each in (element, component, segment)):
        raise BadRequest(f"{place}: its separators cannot be told", field=place)
    if len({element, component, segment}) < len((element, component, segment)):
        raise BadRequest(f"{place}: its separators are not all different", field=place)
    repeat = parts[11].strip(_BLANK)  # a letter, U, before version 00402
    return Separators(element, component, "" if repeat.isalnum() else repeat, segment)


def _ends(tail: str, after: str) -> tuple[str, str]:
    """The component separator (empty without one) and what ends a segment, from what follows the ISA's 15 elements."""
    if not after[0].isalnum():
        return tail[0], after[0]
    if tail[1] in "\r\n":  # nothing but a line break before the next segment's id
        lines = [line for each in after.replace("\r", "\n").split("\n") if (line := each.strip(_PADDING))]
        whole = lines[:-1] or lines  # the last one may be cut off
        return ("", tail[0]) if all(line.endswith(tail[0]) for line in whole) else (tail[0], "\n")
    return ("", tail[0]) if after.rstrip(_PADDING).endswith(tail[0]) else (tail[0], after[0])


def _segment(number: int, piece: str, separators: Separators) -> Segment:
    id_, *elements = (each.rstrip(_BLANK) for each in piece.split(separators.element))
    if not _SEGMENT_ID.fullmatch(id_):
        raise BadRequest(f"segment {number} has no segment id: {piece[:20]!r}", field=f"segment {number}")
    segment = Segment(number, id_, tuple(elements), piece)
    if _NOT_TEXT.search("".join(elements).translate(dict.fromkeys(map(ord, separators.inner)))):
        raise segment.malformed("holds a control character")
    return segment
