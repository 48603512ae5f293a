"""Where what arrives is cut before the parser sees it: heads and chunked bodies end with an empty line."""

from __future__ import annotations

from typing import Final

EMPTY_LINE: Final = b"\r\n\r\n"
_PIECE: Final = 65_536
_TAIL: Final = len(EMPTY_LINE) - 1


def after_empty_line(data: bytes, at: int, tail: bytes) -> tuple[int, bytes]:
    """The place after the next empty line, or where the piece ends that holds none, and the new tail.

    The tail is what the pieces before ended with since the last empty line, at most three bytes: the line may have
    arrived in parts.
    """
    if tail:
        found = (tail + data[at : at + _TAIL]).find(EMPTY_LINE)
        if found >= 0:
            return at + found + len(EMPTY_LINE) - len(tail), b""
    found = data.find(EMPTY_LINE, at, at + _PIECE)
    if found >= 0:
        return found + len(EMPTY_LINE), b""
    upto = min(len(data), at + _PIECE)
    return upto, (tail + data[max(at, upto - _TAIL) : upto])[-_TAIL:]
