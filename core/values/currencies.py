"""Currencies: the ISO 4217 codes in use and how many digits each keeps after the point.

The table is ours because Babel's digits are those of everyday use (CLDR gives Iraqi dinar 0, ISO 4217 gives 3);
Babel names the codes that were withdrawn. Decision 0011 has the comparison.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from babel.numbers import get_currency_name, list_currencies

from core.errors import Invalid


def currency(code: str) -> int:
    """Return the minor-unit digits of a currency (JPY 0, USD 2, KWD 3); raise `Invalid` for any that cannot be used."""
    digits = currencies().get(code)
    if digits is not None:
        return digits
    if code in currencies():
        raise Invalid(f"{code} ({_name(code)}) has no minor unit in ISO 4217 and cannot be a document's currency")
    if code in list_currencies():
        raise Invalid(f"{code} ({_name(code)}) is not a current ISO 4217 currency")
    raise Invalid(f"unknown currency {code[:20]!r}; send an ISO 4217 code such as USD")


@cache
def currencies() -> dict[str, int | None]:
    """Return the digits of every current ISO 4217 code; None for those without a minor unit (gold, test codes)."""
    with Path(__file__).with_name("currencies.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: int(row["digits"]) if row["digits"] else None for row in csv.DictReader(file)}


def _name(code: str) -> str:
    return get_currency_name(code, locale="en")
