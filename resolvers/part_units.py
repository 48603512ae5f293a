"""Units of parts: how many of its own unit one of another unit is, and which unit a part is bought in."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from core.errors import Invalid
from core.values import units
from core.values.checked import LIMIT
from engine.run.context import Command
from models import Part, SupplierPart

_ONE, _SIXTH = Decimal(1), Decimal("0.000001")


async def parts_of(ctx: Command, ids: Iterable[UUID | None]) -> dict[UUID | None, Part]:
    """Read parts by their ids."""
    wanted = sorted({each for each in ids if each is not None})
    return {each.id: each for each in await ctx.unit.find(Part, id=wanted)} if wanted else {}


def factors_of(part: Part, offer: SupplierPart | None = None) -> dict[str, Decimal]:
    """The units of which it is known how many of a part's own one of each is; an offer says it for its supplier."""
    known = {}
    if part.purchase_unit is not None and part.purchase_factor is not None:
        known[part.purchase_unit] = part.purchase_factor
    if offer is not None:
        known[offer.unit] = offer.factor
    return known | {part.unit: _ONE}


def known_factor(unit: str, part: Part, offer: SupplierPart | None = None) -> Decimal | None:
    """How many of a part's own unit one of another unit is: as the part or the offer says, else by Recommendation 20.

    None where nobody knows, or where it is no decimal of six places: a factor is exact.
    """
    known = factors_of(part, offer)
    if unit in known:
        return known[unit]
    try:
        factor = units.convert(_ONE, unit, part.unit)
    except Invalid:
        return None
    exact = factor.quantize(_SIXTH) if factor < LIMIT else None
    return exact.normalize() + 0 if exact is not None and exact == factor > 0 else None


def bought_in(part: Part, offer: SupplierPart | None = None) -> str:
    """The unit in which a part is bought: the supplier's, else that which the part says, else its own."""
    if offer is not None:
        return offer.unit
    return part.unit if part.purchase_unit is None else part.purchase_unit


def factor_of(unit: str, part: Part | None) -> Decimal:
    """How many of a part's own unit one of another unit is, as far as the part says; else 1."""
    return _ONE if part is None else factors_of(part).get(unit, _ONE)
