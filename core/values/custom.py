"""Custom fields and external ids as callers send them: their form, before anybody looks at what a workspace defines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pydantic.json_schema import JsonSchemaValue

from core.values.checked import Check, Several, Text

KEY_PATTERN: Final = r"[a-z][a-z0-9_]{0,39}"
MAX_FIELDS: Final = 50
"""Custom fields that a record may have values of."""
LONGEST_VALUE: Final = 2_000
"""Characters of a custom text."""
_KEY: Final = re.compile(KEY_PATTERN, re.ASCII)
_VALUE: Final = Text(LONGEST_VALUE)


@dataclass(frozen=True, slots=True)
class Word(Check):
    """A word of lower-case letters, digits, `_` and, unless `plain`, `-` and `.`; it begins with a letter or digit."""

    longest: int
    plain: bool = False

    @property
    def pattern(self) -> str:
        """The regular expression of a word, without its ends."""
        return KEY_PATTERN if self.plain else rf"[a-z0-9][a-z0-9_.-]{{0,{self.longest - 1}}}"

    def check(self, value: Any) -> str:
        """Return the word untouched, or raise `ValueError`."""
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value, re.ASCII):
            more = "_" if self.plain else "_, - and ."
            first = "a letter" if self.plain else "a letter or a digit"
            raise ValueError(f"must be 1 to {self.longest} of a to z, 0 to 9, {more}, and begin with {first}")
        return value

    def json_schema(self) -> JsonSchemaValue:
        """Return the pattern."""
        return {"type": "string", "pattern": f"^{self.pattern}$", "examples": ["material" if self.plain else "erp"]}


@dataclass(frozen=True, slots=True)
class CustomFields(Check):
    """An object of custom fields: keys as they are defined, values that are text, numbers, true, false or null."""

    def check(self, value: Any) -> dict[str, Any]:
        """Return the object untouched, or raise `ValueError` that names the keys."""
        if not isinstance(value, dict):
            raise ValueError("must be an object of custom fields by their keys")  # noqa: TRY004  # pydantic gives a place to ValueError alone
        if len(value) > MAX_FIELDS:
            raise ValueError(f"must have at most {MAX_FIELDS} fields, not {len(value)}")
        wrong = [(str(key)[:100], said) for key, one in value.items() if (said := _wrong(key, one))]
        if wrong:
            raise Several(wrong)
        return value

    def json_schema(self) -> JsonSchemaValue:
        """Return the form."""
        return {
            "type": "object",
            "maxProperties": MAX_FIELDS,
            "propertyNames": {"pattern": f"^{KEY_PATTERN}$"},
            "additionalProperties": _VALUE.json_schema() | {"type": ["string", "number", "boolean", "null"]},
            "examples": [{"material": "steel"}],
        }


def _wrong(key: Any, value: Any) -> str:
    """What is wrong with a custom field; empty when nothing is."""
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        return "is no key of a custom field"
    if isinstance(value, str):
        try:
            _VALUE.check(value)
        except ValueError as error:
            return str(error)
    elif value is not None and not isinstance(value, bool | int | float | Decimal):
        return "must be text, a number, true, false or null"
    return ""


CUSTOM_FIELDS: Final = CustomFields()
FIELD_KEY: Final = Word(40, plain=True)
"""The key of a custom field: `material`, `heat_no`."""
SYSTEM: Final = Word(50)
"""What another system is called: `erp`, `x12`, `quickbooks-online`."""
