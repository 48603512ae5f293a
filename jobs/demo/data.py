"""What the demo is made of: a job shop's clients, the people there, and what it offered them. Always the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final
from uuid import UUID

CLIENTS: Final = (
    ("HARBOR", "Harbor Pump Repair", "Net 30", 30),
    ("ALPINE", "Alpine Gear & Spline", "Net 45", 45),
    ("NORDIC", "Nordic Wind Components", "Net 60", 60),
    ("PRAIRIE", "Prairie Ag Machinery", "Net 30", 30),
    ("CASCADE", "Cascade Rail Systems", "Net 45", 45),
    ("LUMEN", "Lumen Optics", "Net 14", 14),
    ("IRONBR", "Ironbridge Cranes", "Net 30", 30),
    ("SABLE", "Sable Motorsport", "Prepaid", 0),
    ("TIDEWTR", "Tidewater Valve", "Net 30", 30),
    ("MERIDIAN", "Meridian Medical Devices", "Net 30", 30),
    ("KESTREL", "Kestrel Aerostructures", "Net 60", 60),
    ("BASALT", "Basalt Mining Equipment", "Net 45", 45),
    ("COPPER", "Copperfield Switchgear", "Net 30", 30),
    ("ORCHARD", "Orchard Packaging Lines", "Net 30", 30),
    ("VECTOR", "Vector Robotics", "Net 14", 14),
    ("GLACIER", "Glacier Refrigeration", "Net 30", 30),
    ("SUMMIT", "Summit Lift & Tow", "Net 30", 30),
    ("DELTA", "Delta Hydraulics", "Net 45", 45),
    ("FOUNDRY", "Foundry Lane Castings", "Net 30", 30),
    ("PIXEL", "Pixel Semiconductor Tools", "Net 30", 30),
    ("QUARRY", "Quarry Belt Conveyors", "Net 60", 60),
    ("RIVER", "Riverside Brewing Equipment", "Net 14", 14),
    ("STERLING", "Sterling Furniture Works", "Net 30", 30),
    ("TUNDRA", "Tundra Off-Road", "Prepaid", 0),
    ("ZENITH", "Zenith Telescope Mounts", "Net 30", 30),
)
_FIRST: Final = (
    "Ana",
    "Ben",
    "Carla",
    "Dmitri",
    "Elena",
    "Farid",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Keiko",
    "Liam",
    "Maya",
    "Noor",
    "Omar",
    "Petra",
    "Ravi",
    "Sofia",
)
_LAST: Final = (
    "Adler",
    "Brandt",
    "Castillo",
    "Dubois",
    "Eriksen",
    "Fischer",
    "Garcia",
    "Haddad",
    "Ito",
    "Jansen",
    "Kovacs",
    "Larsen",
    "Moreau",
    "Novak",
)
_ROLES: Final = ("Buyer", "Engineering", "Quality", "Accounts payable", "Plant manager")

_SHAPES: Final = (
    ("BRK", "Mounting bracket", "18.40"),
    ("SHF", "Drive shaft, keyed", "96.00"),
    ("HSG", "Bearing housing", "142.50"),
    ("FLG", "Flange, 8 x M10 on 120 mm", "64.20"),
    ("PLT", "Base plate, drilled and tapped", "58.75"),
    ("GER", "Spur gear, module 2, 40 teeth", "118.00"),
    ("MNF", "Manifold block, 6 ports G1/4", "231.00"),
    ("SPC", "Spacer, turned", "4.85"),
    ("CVR", "Sheet metal cover, bent, PEM nuts", "37.60"),
    ("BSH", "Bushing, flanged", "9.30"),
    ("CLV", "Clevis, milled from solid", "46.10"),
    ("HTS", "Heat sink, 24 fins", "71.90"),
    ("WLD", "Welded frame, square tube 40 x 3 mm", "385.00"),
    ("PIN", "Dowel pin, ground m6", "3.15"),
    ("NZL", "Nozzle, 0.8 mm orifice", "27.45"),
    ("RCK", "Rack segment, induction hardened", "164.00"),
)
_MATERIALS: Final = (
    ("6061-T6 aluminium", "1.00"),
    ("7075-T651 aluminium", "1.35"),
    ("304 stainless", "1.45"),
    ("316L stainless", "1.60"),
    ("17-4PH stainless, H900", "2.10"),
    ("4140 steel, pre-hardened", "1.20"),
    ("1018 cold-rolled steel", "0.90"),
    ("Ti-6Al-4V", "4.20"),
    ("C360 brass", "1.30"),
    ("Delrin 150", "0.80"),
)
_FINISHES: Final = ("as machined", "deburred, edges 0.3 mm", "clear anodised", "hard anodised 50 µm", "zinc plated")
_TITLES: Final = ("Prototype run", "Production lot", "Spare parts", "First article", "Tooling", "Repeat order")
_NOTES: Final = (
    "Prices hold for 30 days. Material certificates are included.",
    "Lead time starts with the receipt of the approved drawing.",
    "First article inspection to AS9102 is quoted as a line of its own.",
    None,
)


class DemoData:
    """Draws the demo with a fixed seed; dates lie in so many days before today."""

    def __init__(self, seed: str | int = 850, days: int = 180) -> None:
        self._draw, self._days = Random(seed), days  # noqa: S311  # a demo, no secret
        self._today = datetime.now(UTC).date()

    def client(self, code: str, name: str, terms: str, days: int) -> dict[str, Any]:
        """Return an input of `createClient` with two to four contacts."""
        site = name.lower().replace(" & ", "-").replace(" ", "-") + ".example"
        return {
            "code": code,
            "name": name,
            "payment_terms": terms,
            "payment_days": days,
            "credit_limit": self._draw.choice(("10000", "25000", "50000", "100000")),
            "discount_rate": self._draw.choice((None, None, "0.02", "0.05")),
            "website": f"https://{site}",
            "tags": self._draw.sample(("aerospace", "food", "medical", "repeat", "rush", "local"), 2),
            "contacts": [self._contact(site) for _ in range(self._draw.randint(2, 4))],
        }

    def quote(self, client_id: UUID, currency: str, received: date | None = None) -> dict[str, Any]:
        """Return an input of `createQuote` with one to six parts."""
        received = received or self._before(self._days)
        wanted = received + timedelta(days=self._draw.randint(30, 80))
        return {
            "client_id": client_id,
            "currency": currency,
            "title": f"{self._draw.choice(_TITLES)}, {self._draw.choice(_SHAPES)[1].lower()}",
            "customer_rfq_number": f"RFQ-{self._draw.randint(10_000, 99_999)}",
            "received_on": received,
            "due_on": received + timedelta(days=self._draw.randint(3, 10)),
            "expires_on": received + timedelta(days=60),
            "estimator": self._draw.choice(("Ana Novak", "Ravi Larsen", "Grace Ito")),
            "tax_rate": self._draw.choice((None, "0.0825")),
            "notes_public": self._draw.choice(_NOTES),
            "parts": [self._part() | {"due_on": wanted} for _ in range(self._draw.randint(1, 6))],
        }

    def is_sent(self) -> bool:
        """Whether the next quote was sent: three of five are."""
        return self._draw.random() < 0.6  # noqa: PLR2004

    def _contact(self, site: str) -> dict[str, Any]:
        first, last = self._draw.choice(_FIRST), self._draw.choice(_LAST)
        return {
            "first_name": first,
            "last_name": last,
            "email": f"{first}.{last}@{site}".lower(),
            "phone": f"+1 555 01{self._draw.randint(10, 99)}",
            "role": self._draw.choice(_ROLES),
        }

    def _part(self) -> dict[str, Any]:
        (prefix, shape, price), (material, factor) = self._draw.choice(_SHAPES), self._draw.choice(_MATERIALS)
        unit_price = (Decimal(price) * Decimal(factor)).quantize(Decimal("0.01"))
        markup = Decimal(self._draw.choice(("0.25", "0.35", "0.50")))
        return {
            "part_number": f"{prefix}-{self._draw.randint(1000, 9999)}",
            "customer_part_number": f"{self._draw.randint(100_000, 999_999)}-{self._draw.choice('ABCD')}",
            "description": f"{shape}, {material}, {self._draw.choice(_FINISHES)}",
            "quantity": self._draw.choice((1, 2, 5, 10, 25, 50, 100, 250, 500)),
            "unit": "C62",
            "unit_price": unit_price,
            "unit_cost": (unit_price / (1 + markup)).quantize(Decimal("0.01")),
            "markup": markup,
            "lead_time_days": self._draw.choice((5, 10, 15, 20, 30)),
        }

    def _before(self, days: int) -> date:
        return self._today - timedelta(days=self._draw.randint(1, days))
