"""What a PO1's price is per: X12 data element 639 may say per hundred, per pound, …; ours are per unit of the line."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from core.values import units
from core.values.checked import PRICE
from formats.x12 import elements
from formats.x12.tokens import Segment

# Codes that tell only what kind of price it is (catalogue, quoted, wholesale per each, …): it is per unit.
_PER_UNIT = {"AP", "BR", "CA", "CP", "CT", "DI", "DR", "DS", "ES", "LE", "NE", "NT", "PE", "PR", "QE", "QT"}
_PER_UNIT |= {"RE", "RT", "SR", "TE", "UM", "WE", "WH"}
_PER_PIECES = {
    **dict.fromkeys(("LD", "PD", "RD", "TD", "WD"), 12),
    **dict.fromkeys(("HP", "LC", "QH", "RC", "TC", "WC"), 100),
    **dict.fromkeys(("LM", "QS", "RM", "TM", "TP", "WM"), 1000),
}
_PER_MEASURE = {
    "HF": (Fraction(100), "FOT"),
    "TF": (Fraction(1000), "FOT"),
    "PY": (Fraction(1), "YRD"),
    "PO": (Fraction(1), "ONZ"),
    "PP": (Fraction(1), "LBR"),
    "PT": (Fraction(1), "STN"),
    "PA": (Fraction(1), "APZ"),
}


def unit_price(segment: Segment, unit: units.Unit, warnings: list[str]) -> Decimal | None:
    """Return the price per unit of a PO1, exact, or None (with a warning) when none was sent.

    Raises `Invalid` when the price is per something the unit does not measure, or needs more than 6 decimals per unit.
    """
    basis = segment[5]
    if not segment[4]:
        if basis == "NC":  # no charge
            return Decimal(0)
        warnings.append(f"{segment}: no unit price (PO104)")
        return None
    price = elements.number(segment, 4, "unit price", PRICE)
    if basis and basis not in _PER_UNIT | _PER_PIECES.keys() | _PER_MEASURE.keys():
        warnings.append(f"{segment}: basis of unit price {basis!r} (PO105) is not read; the price is taken per unit")
    per = _units_priced(basis, unit)
    if per is None:
        raise segment.invalid(f"the price basis {basis!r} (PO105) does not fit the unit {segment[3]!r} ({unit.name})")
    if per == 1:
        return price
    exact = units.plain(Fraction(price) / per)
    try:
        return PRICE.check(exact)
    except ValueError as error:
        raise segment.invalid(f"the price per {unit.name}, {segment[4]} / {per}, {error}") from None


def _units_priced(basis: str, unit: units.Unit) -> Fraction | None:
    """Return how many of the line's unit one price is for; None when they measure different things."""
    if basis in _PER_PIECES:
        return Fraction(_PER_PIECES[basis]) / unit.factor if unit.dimension == "count" and unit.factor else None
    if basis in _PER_MEASURE:
        amount, code = _PER_MEASURE[basis]
        measure = units.unit(code)
        if unit.dimension != measure.dimension or not unit.factor or not measure.factor:
            return None
        return amount * measure.factor / unit.factor
    return Fraction(1)
