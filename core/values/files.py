"""What is said of files: their names, and the digests of their bytes."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from pydantic.json_schema import JsonSchemaValue

from core.values.checked import Check, Text

LONGEST_NAME: Final = 200
_SEPARATORS: Final = frozenset('/\\:*?"<>|')
"""What some system takes for a part of a path, or does not take in a name."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Characters that control, format or break a line."""
_BAD: Final = r'/\\:*?"<>|\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff'
"""The most of them, for a regular expression."""
_TEXT: Final = Text(LONGEST_NAME, blank=False)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class FileName(Check):
    """The name of a file: no path, no control or formatting characters, no dot or space at its end."""

    def check(self, value: Any) -> str:
        """Return the name untouched, or raise `ValueError`."""
        name = _TEXT.check(value)
        bad = next((each for each in name if each in _SEPARATORS or unicodedata.category(each) in _UNSEEN), None)
        if bad is not None:
            raise ValueError(f"must be the name of a file, without {bad!a}")
        if name != name.strip() or name.endswith("."):
            raise ValueError("must not begin or end with a space, nor end with a dot")
        return name

    def json_schema(self) -> JsonSchemaValue:
        """Return the lengths, and what may stand in it."""
        pattern = rf"^(?! )[^{_BAD}]*[^ .{_BAD}]$"
        return _TEXT.json_schema() | {"pattern": pattern, "examples": ["bracket.step"]}


@dataclass(frozen=True, slots=True)
class Sha256(Check):
    """A SHA-256 digest as 64 lower-case hexadecimal digits."""

    def check(self, value: Any) -> str:
        """Return the digest, or raise `ValueError`."""
        if not isinstance(value, str) or not _DIGEST.fullmatch(value):
            raise ValueError("must be 64 lower-case hexadecimal digits")
        return value

    def json_schema(self) -> JsonSchemaValue:
        """Return the pattern."""
        return {"type": "string", "pattern": "^[0-9a-f]{64}$", "examples": [sha256(b"").hexdigest()]}


FILE_NAME: Final = FileName()
SHA256: Final = Sha256()
