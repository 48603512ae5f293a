"""Texts that must not be too short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic.json_schema import JsonSchemaValue

from core.values.checked import Check, Text


@dataclass(frozen=True, slots=True)
class LongText(Check):
    """Text of `least` to `longest` code points; see `Text`. What is refused is not repeated."""

    least: int
    longest: int

    def check(self, value: Any) -> str:
        """Return the text untouched, or raise `ValueError`."""
        text = Text(self.longest).check(value)
        if len(text) < self.least:
            raise ValueError(f"must have at least {self.least:,} characters, not {len(text):,}")
        return text

    def json_schema(self) -> JsonSchemaValue:
        """Return the lengths."""
        return Text(self.longest).json_schema() | {"minLength": self.least}
