r"""Lots and serial numbers: what is written on a thing, so two that look the same are the same.

LOT.check(" A7 ")           # "A7"
LOT.check("A7\u200b")       # ValueError
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from pydantic.json_schema import JsonSchemaValue

from core.values.checked import Check, Documented, Text

_VISIBLE: Final = (
    r"\u0021-\u007e\u00a1-\u00ac\u00ae-\u034e\u0350-\u061b\u061d-\u115e\u1161-\u167f\u1681-\u17b3\u17b6-\u180a"
    r"\u1810-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\u27ff\u2801-\u2fff\u3001-\u3163\u3165-\ud7ff\ue000-\ufdff"
    r"\ufe10-\ufefe\uff00-\uff9f\uffa1-\uffef\ufffc\ufffd"
)
"""Characters that can be seen, up to U+FFFD, as they stand in a set of a regular expression.

No controls, formats, fillers, selectors, nor blanks. What lies above cannot be named so that Python and the regular
expressions of JSON Schema agree; it is refused.
"""
_MARK: Final = f"^ *[{_VISIBLE}][ {_VISIBLE}]*$(?!\\n)"
_OTHER: Final = re.compile(f"[^ {_VISIBLE}]")


@dataclass(frozen=True, slots=True)
class Mark(Check):
    """Text of at most `longest` characters that can be seen; spaces at its ends are cut off."""

    longest: int

    def check(self, value: Any) -> str:
        """Return the text without spaces at its ends, or raise `ValueError`."""
        text = Text(self.longest, blank=False).check(value)
        other = _OTHER.search(text)
        if other is not None:
            raise ValueError(f"must be of characters that can be seen; U+{ord(other[0]):04X} is none, or above U+FFFD")
        return text.strip(" ")

    def json_schema(self) -> JsonSchemaValue:
        """Return the lengths, and which characters there may be."""
        return {"type": "string", "minLength": 1, "maxLength": self.longest, "pattern": _MARK}


LOT: Final = Documented(Mark(100), (("examples", ("A7",)),), name="Lot")
"""A lot or a serial number: 1 to 100 characters that can be seen, without spaces at the ends."""
