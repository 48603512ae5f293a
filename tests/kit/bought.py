"""A row of everything that buying has, and of the stock that comes of it, made through the REST door."""

from __future__ import annotations

from typing import Any

from tests.kit.client import Client as Api

V1 = "/api/v1"
ADDRESS = {"line1": "1 Mill Lane", "country": "GB"}


async def bought(api: Api, word: str) -> dict[str, str]:
    """Make an order that was asked for, awarded and received, and count it; returns ids by the type's name."""
    contact, address = {"first_name": word}, ADDRESS | {"name": word}
    supplier = await _made(api, "suppliers", {"name": word, "contacts": [contact], "addresses": [address]})
    client = await _made(api, "clients", {"name": word, "addresses": [address]})
    part = await _made(api, "parts", {"part_number": f"B {word}", "name": word, "kind": "purchased"})
    breaks = [{"quantity": "1", "unit_price": "2"}]
    given = {"supplier_id": supplier["id"], "part_id": part["id"], "price_breaks": breaks}
    sold = await _made(api, "supplier-parts", given)
    line = {"description": word, "part_id": part["id"], "quantities": [{"quantity": "1"}]}
    asked = await _made(api, "rfqs", {"lines": [line], "invitations": [{"supplier_id": supplier["id"]}]})
    [quantity] = (await api.get(f"{V1}/rfqs/{asked['id']}?include=quantities")).data["quantities"]
    await api.post(f"{V1}/rfqs/{asked['id']}/send")
    price = {"line_id": asked["lines"][0]["id"], "quantity": "1", "unit_price": "2"}
    invitation = asked["invitations"][0]["id"]
    await api.post(f"{V1}/rfq-invitations/{invitation}/respond", {"prices": [price], "message": word})
    [answer] = (await api.get(f"{V1}/rfqs/{asked['id']}?include=responses")).data["responses"]
    await api.post(f"{V1}/rfqs/{asked['id']}/award", {"response_ids": [answer["id"]]})
    [found] = (await api.get(f"{V1}/purchase-orders?rfq_id={asked['id']}")).data
    order = (await api.post(f"{V1}/purchase-orders/{found['id']}/send")).data
    place = await _made(api, "locations", {"code": f"B {word}", "name": word})
    came = {"notes": word, "location_id": place["id"]}
    receipt = (await api.post(f"{V1}/purchase-orders/{found['id']}/receive", came)).data
    [item] = (await api.get(f"{V1}/inventory?part_id={part['id']}")).data
    await api.patch(f"{V1}/inventory/{item['id']}", {"notes": f"of {word}", "tags": [word]})
    [movement] = (await api.get(f"{V1}/stock-movements?inventory_item_id={item['id']}")).data
    count = await _made(api, "stock-counts", {"notes": f"of {word}", "tags": [word]})
    counted = await _made(api, f"stock-counts/{count['id']}/lines", {"inventory_item_id": item["id"]})
    return {
        "SupplierContact": supplier["contacts"][0]["id"],
        "SupplierAddress": supplier["addresses"][0]["id"],
        "ClientAddress": client["addresses"][0]["id"],
        "PriceBreak": sold["price_breaks"][0]["id"],
        "RfqLine": asked["lines"][0]["id"],
        "RfqQuantity": quantity["id"],
        "RfqInvitation": invitation,
        "RfqResponse": answer["id"],
        "PurchaseOrderLine": order["lines"][0]["id"],
        "Receipt": receipt["id"],
        "ReceiptLine": receipt["lines"][0]["id"],
        "InventoryItem": item["id"],
        "StockMovement": movement["id"],
        "StockCountLine": counted["id"],
    }


async def _made(api: Api, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await api.post(f"{V1}/{path}", body)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.data
    return found
