"""Units of measure: the UN/ECE Recommendation 20 codes of the field, what X12 calls them, and exact conversion.

`units.csv` holds Recommendation 20 codes (a factor is exact: a decimal, or a quotient of two where no decimal is);
`packages.csv` holds packages of Recommendation 21, which Recommendation 20 takes in with an X before the code;
`units_x12.csv` maps the codes of X12 data element 355 to these.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Literal, cast

from core.errors import Invalid

Status = Literal["valid", "deprecated", "deleted"]

# A quotient without an end (1 inch in yards) is cut here; one with an end is never cut.
_ENDLESS = Context(prec=28, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure; `factor` times a quantity gives it in the base unit of `dimension` (SI; pieces: C62).

    `factor` is None where no fixed factor exists (a box, a set, a Fahrenheit temperature): it converts only to itself.
    `replacement` is the code to send instead of a deprecated or deleted one, or None when the standard names none.
    """

    code: str
    name: str
    symbol: str | None
    dimension: str
    factor: Fraction | None
    status: Status = "valid"
    replacement: str | None = None


def unit(code: str) -> Unit:
    """Return the unit of a code that may be used today; raise `Invalid` for any other, naming its replacement."""
    found = units().get(code)
    if found is None:
        raise Invalid(f"unknown unit of measure {_shown(code)}")
    if found.status != "valid":
        instead = f"; send {found.replacement}" if found.replacement else ""
        raise Invalid(f"unit of measure {code!r} ({found.name}) is {found.status} in UN/ECE Rec 20{instead}")
    return found


def from_x12(code: str) -> Unit:
    """Return the unit that an X12 sender means by a code of data element 355; raise `Invalid` for one not mapped."""
    found = x12_codes().get(code)
    if found is None:
        raise Invalid(f"unknown unit of measure {_shown(code)}")
    return unit(found.code)


def convert(quantity: Decimal, from_: str, to: str) -> Decimal:
    """Express a quantity of one unit in another: exact wherever a decimal can be, else 28 digits rounded half-up.

    Raises `Invalid` for an unknown unit, another dimension, or a unit without a fixed factor.
    """
    source, target = unit(from_), unit(to)
    if source == target:
        return quantity
    if source.dimension != target.dimension:
        raise Invalid(f"cannot convert {from_} ({source.dimension}) to {to} ({target.dimension})")
    for each in (source, target):
        if each.factor is None:
            raise Invalid(f"cannot convert {from_} to {to}: {each.code} ({each.name}) has no fixed factor")
    return plain(Fraction(quantity) * cast("Fraction", source.factor) / cast("Fraction", target.factor))


def same(one: str, other: str) -> bool:
    """Whether a quantity is the same number in two units: `C62`, `EA` and `H87` all count single pieces."""
    if one == other:
        return True
    first, second = units().get(one), units().get(other)
    if first is None or second is None or first.factor is None:
        return False
    return (first.dimension, first.factor) == (second.dimension, second.factor)


def plain(number: Fraction) -> Decimal:
    """Write a fraction as a decimal without exponent: exactly if it ends, else 28 digits rounded half-up."""
    places, rest = 0, number.denominator
    while rest % 10 == 0:
        places, rest = places + 1, rest // 10
    while (prime := next((p for p in (2, 5) if rest % p == 0), None)) is not None:
        places, rest = places + 1, rest // prime
    if rest == 1:
        return Decimal(f"{number.numerator * 10**places // number.denominator}E-{places}")
    return Decimal(format(_ENDLESS.divide(Decimal(number.numerator), Decimal(number.denominator)), "f"))


@cache
def units() -> dict[str, Unit]:
    """Return every unit we know by its code, the deprecated and deleted ones too."""
    measures = (
        Unit(
            code=row["code"],
            name=row["name"],
            symbol=row["symbol"] or None,
            dimension=row["dimension"],
            factor=_factor(row["factor"]),
            status=cast("Status", row["status"]),
            replacement=row["replacement"] or None,
        )
        for row in _rows("units.csv")
    )
    packages = (Unit(row["code"], row["name"], None, "package", None) for row in _rows("packages.csv"))
    return {each.code: each for each in (*measures, *packages)}


@dataclass(frozen=True, slots=True)
class X12Code:
    """What a code of X12 data element 355 means: its X12 name, our unit's code, and a caution where senders differ."""

    x12: str
    name: str
    code: str
    caution: str | None


@cache
def x12_codes() -> dict[str, X12Code]:
    """Return the map from X12 355 to Recommendation 20."""
    rows = _rows("units_x12.csv")
    return {row["x12"]: X12Code(row["x12"], row["name"], row["code"], row["caution"] or None) for row in rows}


def _rows(name: str) -> Iterator[dict[str, str]]:
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _factor(text: str) -> Fraction | None:
    if not text:
        return None
    above, _, below = text.partition("/")
    return Fraction(above) / Fraction(below or "1")


def _shown(code: str) -> str:
    return repr(code if len(code) <= 20 else code[:20] + "…")  # noqa: PLR2004  a hostile code does not flood the message
