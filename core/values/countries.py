"""Countries: the officially assigned two-letter codes of ISO 3166-1."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from babel import Locale
from pydantic.json_schema import JsonSchemaValue

from core.values.checked import Check, wrong_kind

_NOT_ASSIGNED: Final = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}
"""Two letters that CLDR has names for, and ISO 3166-1 assigns to no country."""
COUNTRIES: Final = frozenset(re.findall(r"\b[A-Z]{2}\b", " ".join(map(str, Locale("en").territories)))) - _NOT_ASSIGNED


@dataclass(frozen=True, slots=True)
class CountryRule(Check):
    """A two-letter code of ISO 3166-1 that is assigned."""

    def check(self, value: Any) -> str:
        """Return the code, or raise `ValueError`."""
        if not isinstance(value, str):
            raise wrong_kind("a code", value)
        if value not in COUNTRIES:
            raise ValueError(f"unknown country {value[:20]!r}; send a two-letter ISO 3166-1 code such as US")
        return value

    def json_schema(self) -> JsonSchemaValue:
        """Return the codes."""
        return {"type": "string", "enum": sorted(COUNTRIES), "examples": ["US"]}


COUNTRY: Final = CountryRule()
