"""What tests of quotes, jobs and parts share: parts with their recipes, quotes that are approved, stock in a place."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from core.values.ids import new_id
from models import MovementReason, StockLocation
from resolvers.ledger import Posting, post
from tests.kit.client import Client as Api
from tests.kit.stocking import acting
from tests.kit.tenant import Tenant

V1 = "/api/v1"


async def part(api: Api, number: str, *, release: bool = True, **given: Any) -> str:
    """Write a part, and release it; returns its id."""
    made = await api.post(f"{V1}/parts", {"part_number": number, "name": number.title()} | given)
    assert made.status == 201, made.body
    if release:
        assert (await api.post(f"{V1}/parts/{made.data['id']}/release")).status == 200
    return str(made.data["id"])


async def frame(api: Api, **given: Any) -> dict[str, str]:
    """A part made of four bolts (a tenth is lost), a plate, and two brackets, which are made here of a plate each.

    It is sawn, and plated by a supplier; brackets are bent. Returns the ids by number.
    """
    ids = {"PLATE": await part(api, "PLATE", kind="material", unit="KGM")}
    ids["BOLT"] = await part(api, "BOLT", kind="purchased")
    ids["BRACKET"] = await part(
        api,
        "BRACKET",
        bom=[{"component_id": ids["PLATE"], "quantity": "0.5"}],
        operations=[{"name": "Bend", "setup_hours": "0.5", "rate": "60"}],
    )
    ids["FRAME"] = await part(
        api,
        "FRAME",
        bom=[
            {"component_id": ids["BOLT"], "quantity": "4", "scrap": "0.1"},
            {"component_id": ids["PLATE"], "quantity": "2.5"},
            {"component_id": ids["BRACKET"], "quantity": "2"},
        ],
        operations=[{"name": "Saw", "cycle_hours": "0.25"}, {"name": "Plate it", "kind": "outside"}],
        **given,
    )
    return ids


async def client(api: Api, name: str = "Acme") -> str:
    """Make a client; returns its id."""
    return str((await api.post(f"{V1}/clients", {"name": name, "currency": "USD"})).data["id"])


async def quote(api: Api, *parts: dict[str, Any], until: str = "approved", **given: Any) -> dict[str, Any]:
    """Write a quote of one part, or of these, and take it so far: `draft`, `sent`, `approved`."""
    lines = parts or ({"description": "Shaft", "quantity": "10", "unit_price": "12.50"},)
    body = {"client_id": await client(api), "parts": list(lines)} | given
    made = await api.post(f"{V1}/quotes", body)
    assert made.status == 201, made.body
    for verb in {"draft": (), "sent": ("send",), "approved": ("send", "approve")}[until]:
        made = await api.post(f"{V1}/quotes/{made.data['id']}/{verb}")
        assert made.status == 200, made.body
    found: dict[str, Any] = made.data
    return found


async def move(api: Api, path: str, *verbs: str) -> dict[str, Any]:
    """Move a record by these verbs; returns it as it is then."""
    found: dict[str, Any] = {}
    for verb in verbs:
        answer = await api.post(f"{V1}/{path}/{verb}")
        assert answer.status == 200, answer.body
        found = answer.data
    return found


async def stock(company: Tenant, part_id: str, quantity: str, cost: str | None = "2") -> str:
    """Put stock of a part somewhere; returns the location."""
    place = await company.make(StockLocation, code=f"L{new_id(StockLocation)}"[:30])
    unit_cost = None if cost is None else Decimal(cost)
    came = Posting(UUID(part_id), place.id, Decimal(quantity), MovementReason.ADJUSTMENT, unit_cost=unit_cost)
    if came.quantity:
        await acting(company, lambda ctx: post(ctx, [came]))
    return str(place.id)


async def on_hand(company: Tenant, part_id: str) -> Decimal:
    """How much of a part is in stock."""
    return Decimal(
        await company.value("select coalesce(sum(on_hand), 0) from inventory_items where part_id = $1", part_id)
    )


async def told(company: Tenant, family: str) -> list[str]:
    """The events of a type of record, in their order."""
    rows = await company.all("select type from outbox where type like $1 order by sequence", f"{family}.%")
    return [row["type"] for row in rows]
