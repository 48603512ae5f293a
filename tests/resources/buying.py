"""What tests of buying share: a supplier, a part, orders that are sent, and what their requirements have come to."""

from __future__ import annotations

from typing import Any

from models import Part, PartStatus, StockLocation
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant

V1 = "/api/v1"


async def supplier(api: Api, name: str = "Steel Co", **given: Any) -> str:
    """Make a supplier; returns its id."""
    return str((await api.post(f"{V1}/suppliers", {"name": name, "currency": "USD"} | given)).data["id"])


async def part(company: Tenant, number: str = "P-1", **given: Any) -> str:
    """Make a part that is released; returns its id."""
    made = await company.make(
        Part,
        **{"part_number": number, "name": number, "revision": "A", "status": PartStatus.ACTIVE, "kind": "purchased"}
        | given,
    )
    return str(made.id)


async def location(company: Tenant, code: str = "MAIN") -> str:
    """Make a location; returns its id."""
    return str((await company.make(StockLocation, code=code, path=f"{code}/")).id)


async def requirement(api: Api, description: str = "Plate", **given: Any) -> dict[str, Any]:
    """Make a requirement by hand."""
    made = await api.post(f"{V1}/requirements", {"description": description, "quantity": "10"} | given)
    assert made.status == 201, made.body
    found: dict[str, Any] = made.data
    return found


async def order(api: Api, supplier_id: str, *lines: dict[str, Any], sent: bool = True, **given: Any) -> dict[str, Any]:
    """Make an order, and send it; a line that names nothing is of 10 at 2.50."""
    each = [{"description": "Plate", "quantity": "10", "unit_price": "2.50"} | line for line in lines or ({},)]
    made = await api.post(f"{V1}/purchase-orders", {"supplier_id": supplier_id, "lines": each} | given)
    assert made.status == 201, made.body
    if not sent:
        draft: dict[str, Any] = made.data
        return draft
    answer = await api.post(f"{V1}/purchase-orders/{made.data['id']}/send")
    found: dict[str, Any] = answer.data
    return found


async def lines_of(api: Api, order_id: str) -> list[dict[str, Any]]:
    """The lines of an order, in order."""
    text = """query($id: ID!) { purchaseOrder(id: $id) { lines { nodes {
      id quantity unit factor unitPrice total receivedQuantity closedShort } } } }"""
    answer = await api.graphql(text, {"id": order_id})
    found: list[dict[str, Any]] = answer.data["purchaseOrder"]["lines"]["nodes"]
    return found


async def states(api: Api, order_id: str, *requirements: str) -> list[str]:
    """The state of an order, and those of requirements."""
    found = [(await api.get(f"{V1}/purchase-orders/{order_id}")).data["status"]]
    return found + [(await api.get(f"{V1}/requirements/{each}")).data["status"] for each in requirements]


async def on_hand(company: Tenant) -> Any:
    """What there is in stock."""
    return await company.value("select coalesce(sum(on_hand), 0) from inventory_items")
