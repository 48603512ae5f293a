"""What a file is, by the bytes it begins with: the types that drawings, models and papers of a shop come in.

Libraries that tell types do not know STEP, DXF, IGES or CSV. What nothing tells is `application/octet-stream`, and
what is only known to be text is `text/plain`, so that a browser runs nothing of it.
"""

from __future__ import annotations

import re
from typing import Final

HEAD: Final = 4_096
"""Bytes that are looked at."""
UNKNOWN: Final = "application/octet-stream"
_TEXT: Final = "text/plain"
_STARTS: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"ISO-10303-21;", "model/step"),
    (b"AutoCAD Binary DXF\r\n\x1a\x00", "image/vnd.dxf"),
    (b"glTF", "model/gltf-binary"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"{\\rtf", "application/rtf"),
    (b"ISA", "application/edi-x12"),
)
_DWG: Final = re.compile(rb"AC10\d\d\x00")
_DXF: Final = re.compile(rb"\s*(?:999\r?\n[^\n]*\n\s*)*0\r?\n\s*SECTION\r?\n")
_IGES: Final = re.compile(rb"[^\r\n]{72}S\s{0,6}\d{1,7}\r?\n")
_STL: Final = re.compile(rb"solid\b[^\n]*\r?\n\s*facet\s")
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_ZIPPED: Final = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (b"3D/", "model/3mf"),
)
_TRIANGLE: Final = 50
_BINARY_STL: Final = 84


def media_type(head: bytes, size: int) -> str:
    """The media type of a file of `size` bytes that begins with `head`, its first `HEAD` bytes or all of them."""
    for start, found in _STARTS:
        if head.startswith(start) and (start != b"BM" or _is_bitmap(head, size)) and (start != b"ISA" or _is_x12(head)):
            return found
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(head)
    if _DWG.match(head):
        return "image/vnd.dwg"
    if len(head) >= _BINARY_STL and size == _BINARY_STL + _TRIANGLE * int.from_bytes(head[80:84], "little"):
        return "model/stl"
    return _textual(head)


def _is_bitmap(head: bytes, size: int) -> bool:
    return int.from_bytes(head[2:6], "little") == size


def _is_x12(head: bytes) -> bool:
    return len(head) > 105 and head[3:4] == head[103:104]  # noqa: PLR2004  # the places of the separators of ISA


def _zipped(head: bytes) -> str:
    for name, found in _ZIPPED:
        if name in head:
            return found
    return "application/zip"


def _textual(head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf")
    if _CONTROL.search(text):
        return UNKNOWN
    if _IGES.match(text):
        return "model/iges"
    if _DXF.match(text):
        return "image/vnd.dxf"
    if _STL.match(text):
        return "model/stl"
    try:
        text[: len(text) - 3].decode()  # the last character may be cut
    except UnicodeDecodeError:
        return UNKNOWN if _mostly_binary(text) else _TEXT
    return _TEXT if text else UNKNOWN


def _mostly_binary(text: bytes) -> bool:
    return sum(each >= 0x80 for each in text) * 3 > len(text)  # noqa: PLR2004  # Latin-1 has fewer
