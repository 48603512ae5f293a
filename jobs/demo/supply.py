"""The demo's suppliers, places, work centers and parts, and what of them is in stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any, Final
from uuid import UUID

CENTERS: Final = (
    ("SAW", "Band saw", "sawing", "48"),
    ("LATHE1", "Lathe, 2 axes", "turning", "85"),
    ("LATHE2", "Lathe with live tools", "turning", "110"),
    ("MILL3", "Mill, 3 axes", "milling", "95"),
    ("MILL5", "Mill, 5 axes", "milling", "145"),
    ("GRIND", "Surface and cylindrical grinder", "grinding", "90"),
    ("LASER", "Fibre laser, 6 kW", "cutting", "160"),
    ("BRAKE", "Press brake, 3 m", "bending", "75"),
    ("WELD", "TIG and MIG cell", "welding", "70"),
    ("DEBURR", "Deburring bench", "deburring", "42"),
    ("ASSY", "Assembly bench", "assembly", "45"),
    ("CMM", "Coordinate measuring machine", "inspection", "80"),
)
"""Code, name, process, and what an hour costs."""
AREAS: Final = (("RAW", "Raw material"), ("WIP", "Work in progress"), ("FG", "Finished goods"), ("RCV", "Receiving"))
BINS: Final = 6
_METALS: Final = (
    ("6061-T6", "aluminium", "9.20"),
    ("7075-T651", "aluminium", "14.80"),
    ("304", "stainless", "7.90"),
    ("316L", "stainless", "9.60"),
    ("17-4PH", "stainless", "15.40"),
    ("4140", "steel", "5.10"),
    ("1018", "steel", "3.20"),
    ("C360", "brass", "11.50"),
    ("Ti-6Al-4V", "titanium", "68.00"),
)
_FORMS: Final = ("Round bar", "Flat bar", "Plate", "Tube", "Hex bar")
_BOUGHT: Final = (
    ("SCR", "Socket head screw M{0} x {1}", "0.18"),
    ("NUT", "Lock nut M{0}", "0.09"),
    ("BRG", "Deep groove bearing 60{0:02d}-2RS", "4.60"),
    ("RNG", "Retaining ring {1} mm", "0.32"),
    ("ORG", "O-ring {0} x {1}, FKM", "0.44"),
    ("PIN", "Dowel pin {0} x {1}", "0.27"),
    ("INS", "Threaded insert M{0}", "0.38"),
    ("SPR", "Compression spring {0} x {1}", "0.95"),
    ("ADH", "Thread locker {1} ml", "2.90"),
    ("CON", "Cable gland M{1}", "1.10"),
)
AGES: Final = {"ORG": 900, "ADH": 270}
"""What does not keep for ever, and for how many days."""
_TOWNS: Final = (
    "Akron",
    "Bristol",
    "Chemnitz",
    "Dayton",
    "Eindhoven",
    "Fargo",
    "Graz",
    "Hamilton",
    "Izmir",
    "Jönköping",
)
_TRADES: Final = (
    ("Metals", ()),
    ("Fasteners", ()),
    ("Bearings", ()),
    ("Heat Treating", ("heat treatment",)),
    ("Anodising", ("anodising",)),
    ("Plating", ("zinc plating", "nickel plating")),
)
_SHAPES: Final = (
    "Bracket",
    "Shaft",
    "Housing",
    "Flange",
    "Base plate",
    "Gear",
    "Manifold",
    "Spacer",
    "Cover",
    "Clevis",
)
_STEPS: Final = (("SAW", "Saw"), ("MILL3", "Mill"), ("LATHE2", "Turn"), ("MILL5", "Mill, 5 axes"), ("GRIND", "Grind"))
"""Work centers and what is done there, of which a routing has some."""


def supplier(draw: Random, number: int) -> dict[str, Any]:
    """An input of `createSupplier`."""
    trade, processes = _TRADES[number % len(_TRADES)]
    name = f"{_TOWNS[number // len(_TRADES) % len(_TOWNS)]} {trade}"
    site = name.lower().replace(" ", "-").replace("ö", "o") + ".example"
    return {
        "code": f"S{number + 1:03d}",
        "name": name,
        "currency": "USD",
        "payment_terms": "Net 30",
        "payment_days": 30,
        "lead_time_days": draw.choice((3, 5, 10, 15, 21)),
        "minimum_order": draw.choice((None, "50", "100")),
        "processes": list(processes),
        "website": f"https://{site}",
        "contacts": [{"first_name": "Sales", "last_name": "desk", "email": f"sales@{site}"}],
    }


def bought(draw: Random, number: int) -> dict[str, Any]:
    """An input of `createPart` for material or for what is bought; `unit_cost` is what it costs."""
    if number % 3:
        prefix, name, price = _BOUGHT[number % len(_BOUGHT)]
        size, length = draw.randint(3, 16), draw.choice((10, 16, 20, 25, 30, 40, 60))
        cost = (Decimal(price) * (1 + size) / 4).quantize(Decimal("0.01"))
        tracking = "lot" if prefix in AGES else "none"
        more = {"kind": "purchased", "name": name.format(size, length), "unit": "C62", "tracking": tracking}
        return {"part_number": f"{prefix}-{number:04d}", "unit_cost": cost, **_kept(draw, 100), **more}
    grade, metal, price = _METALS[number // 3 % len(_METALS)]
    form, size = draw.choice(_FORMS), draw.choice((10, 16, 20, 25, 32, 40, 50, 63, 80, 100))
    more = {"kind": "material", "name": f"{form} {size} mm, {grade} {metal}", "unit": "KGM", "tracking": "lot"}
    return {"part_number": f"MAT-{number:04d}", "unit_cost": Decimal(price), **_kept(draw, 40), **more}


def _kept(draw: Random, most: int) -> dict[str, Any]:
    return {
        "reorder_point": draw.randint(1, most),
        "safety_stock": draw.randint(1, most // 2),
        "lead_time_days": draw.choice((5, 10, 20)),
    }


@dataclass(frozen=True, slots=True)
class Shelf:
    """What there is to make parts of, and with."""

    bought: Sequence[UUID]
    leaves: Sequence[UUID]
    subs: Sequence[UUID]
    centers: Sequence[UUID]
    treaters: Sequence[UUID]


LEAF, SUB, TOP = "MFG", "SUB", "ASM"
"""Parts of bought things alone, those put together of them, and those put together of these."""


def level_of(number: int) -> str:
    """How deep a part is put together: three of five are not."""
    return (LEAF, LEAF, SUB, LEAF, TOP)[number % 5]


def made(draw: Random, number: int, shelf: Shelf) -> dict[str, Any]:
    """An input of `createPart` for what the shop makes: a bill of components, some made here, and its steps."""
    level, shape = level_of(number), draw.choice(_SHAPES)
    name = {LEAF: shape, SUB: f"{shape}, assembled", TOP: f"Unit with {shape.lower()}"}[level]
    bill: list[UUID] = draw.sample(shelf.bought, draw.randint(1, 3 if level == LEAF else 2))
    if level == SUB:
        bill += draw.sample(shelf.leaves, min(len(shelf.leaves), draw.randint(1, 2)))
    elif level == TOP:
        bill += draw.sample(shelf.subs, min(len(shelf.subs), 1))
    return {
        "part_number": f"{level}-{2000 + number}",
        "name": f"{name}, type {draw.randint(1, 99)}",
        "kind": "manufactured",
        "drawing_reference": f"D-{2000 + number}",
        "unit_cost": draw.randint(5, 400),
        "bom": [
            {
                "component_id": each,
                "quantity": draw.choice((1, 2, 4, 1)) if each not in shelf.bought else draw.choice((1, 2, "0.5", 1)),
                "scrap": draw.choice((None, "0.05")),
            }
            for each in bill
        ],
        "operations": _leaf_steps(draw, shelf) if level == LEAF else _bench_steps(draw, shelf),
    }


def _leaf_steps(draw: Random, shelf: Shelf) -> list[dict[str, Any]]:
    """Machining, for some parts a treatment elsewhere, and inspection."""
    codes = [code for code, *_ in CENTERS]
    steps: list[dict[str, Any]] = [
        {
            "name": _STEPS[step][1],
            "work_center_id": shelf.centers[codes.index(_STEPS[step][0])],
            "programming_hours": draw.choice((None, "0.5", "1")),
            "setup_hours": draw.choice(("0.25", "0.5", "1")),
            "cycle_hours": draw.choice(("0.05", "0.1", "0.2", "0.5")),
        }
        for step in sorted(draw.sample(range(len(_STEPS)), draw.randint(1, 2)))
    ]
    steps.append(_bench(shelf, "DEBURR", "Deburr", "0.05"))
    if shelf.treaters and draw.random() < _TREATED:
        steps.append(
            {
                "name": draw.choice(("Anodise", "Zinc plate", "Heat treat", "Nickel plate")),
                "kind": "outside",
                "supplier_id": draw.choice(shelf.treaters),
                "unit_price": draw.choice(("1.80", "2.40", "4.75")),
                "lead_time_days": draw.choice((5, 7, 10)),
            }
        )
    return [*steps, _bench(shelf, "CMM", "Inspect", "0.1")]


_TREATED: Final = 0.3
"""How many parts go out of the house on the way."""


def _bench_steps(draw: Random, shelf: Shelf) -> list[dict[str, Any]]:
    return [
        _bench(shelf, "ASSY", "Assemble", draw.choice(("0.2", "0.4", "0.8"))),
        _bench(shelf, "CMM", "Inspect", "0.1"),
    ]


def _bench(shelf: Shelf, code: str, name: str, hours: str) -> dict[str, Any]:
    codes = [code for code, *_ in CENTERS]
    return {"name": name, "work_center_id": shelf.centers[codes.index(code)], "cycle_hours": hours}


def prices(draw: Random, cost: Decimal) -> list[dict[str, Any]]:
    """Price breaks of a supplier's part, the more the cheaper."""
    first = (cost * Decimal(draw.choice(("1.0", "1.05", "1.1", "0.97")))).quantize(Decimal("0.0001"))
    return [
        {"quantity": quantity, "unit_price": (first * factor).quantize(Decimal("0.0001"))}
        for quantity, factor in ((1, Decimal(1)), (50, Decimal("0.92")), (250, Decimal("0.85")))
    ]
