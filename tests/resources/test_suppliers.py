"""Suppliers with people and addresses, what they sell, and addresses of clients: through both doors."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from models import PartStatus
from tests.kit.client import Client as Api
from tests.kit.tenant import Tenant
from tests.resources.buying import V1, part, supplier

ADDRESS = {"line1": "1 Mill Lane", "city": "Leeds", "postal_code": "LS1", "country": "GB"}


async def test_a_supplier_is_made_changed_and_deleted_with_what_is_inside_it(api: Api):
    made = await api.post(
        f"{V1}/suppliers",
        {"name": "Steel Co", "code": "ST", "processes": ["sawing"], "contacts": [{"first_name": "Ann"}],
         "addresses": [ADDRESS | {"kind": "bill_to"}]},
    )  # fmt: skip
    assert made.status == 201
    found = made.data
    assert (found["status"], found["currency"], found["processes"]) == ("active", "USD", ["sawing"])
    assert [each["first_name"] for each in found["contacts"]] == ["Ann"]
    [address] = found["addresses"]
    assert (address["kind"], address["line1"], address["region"], address["country"]) == (
        "bill_to", "1 Mill Lane", None, "GB",
    )  # fmt: skip
    changed = await api.patch(f"{V1}/suppliers/{found['id']}", {"status": "inactive", "lead_time_days": 12})
    assert (changed.data["status"], changed.data["lead_time_days"], changed.data["code"]) == ("inactive", 12, "ST")
    assert len(changed.data["contacts"]) == len(changed.data["addresses"]) == 1
    again = await api.post(f"{V1}/suppliers", {"name": "Other", "code": "ST"})
    assert again.code == "conflict"
    text = "mutation($id: ID!) { deleteSupplier(id: $id) { deletedAt } }"
    assert (await api.graphql(text, {"id": found["id"]})).data["deleteSupplier"]["deletedAt"]
    assert (await api.get(f"{V1}/suppliers/{found['id']}")).status == 404


@pytest.mark.parametrize("kind", ["client", "supplier"])
async def test_addresses_have_routes_of_their_own(api: Api, kind: str):
    owner = (await api.post(f"{V1}/{kind}s", {"name": "Acme"})).data
    added = await api.post(f"{V1}/{kind}s/{owner['id']}/addresses", ADDRESS)
    assert (added.status, added.data["position"], added.data["kind"]) == (201, 1, "other")
    await api.post(f"{V1}/{kind}s/{owner['id']}/addresses", ADDRESS | {"line1": "2 Mill Lane", "kind": "ship_to"})
    one = f"{V1}/{kind}-addresses/{added.data['id']}"
    assert (await api.patch(one, {"city": "York"})).data["city"] == "York"
    assert (await api.patch(one, {"country": "XX"})).code == "validation_error"
    shown = (await api.get(f"{V1}/{kind}s/{owner['id']}")).data
    assert [(each["line1"], each["city"]) for each in shown["addresses"]] == [
        ("1 Mill Lane", "York"), ("2 Mill Lane", "Leeds"),
    ]  # fmt: skip
    assert shown["version"] == 4
    assert (await api.delete(one)).data["version"] == 5
    shown = (await api.get(f"{V1}/{kind}s/{owner['id']}")).data
    assert [(each["position"], each["line1"]) for each in shown["addresses"]] == [(1, "2 Mill Lane")]


async def test_a_patch_of_a_client_leaves_its_addresses(api: Api):
    made = await api.post(f"{V1}/clients", {"name": "Acme", "addresses": [ADDRESS], "contacts": [{"first_name": "A"}]})
    shown = (await api.patch(f"{V1}/clients/{made.data['id']}", {"name": "Acme Ltd", "contacts": []})).data
    assert (shown["name"], len(shown["addresses"]), shown["contacts"]) == ("Acme Ltd", 1, [])


async def test_price_breaks_are_kept_in_order_and_each_quantity_once(api: Api, company: Tenant):
    steel, plate = await supplier(api, currency="EUR"), await part(company)
    given: dict[str, Any] = {"supplier_id": steel, "part_id": plate, "supplier_part_number": "S-1"}
    breaks = [{"quantity": "100", "unit_price": "1.80"}, {"quantity": "1", "unit_price": "2.00"}]
    made = await api.post(f"{V1}/supplier-parts", given | {"price_breaks": breaks})
    found = made.data
    assert (found["currency"], found["unit"], found["factor"]) == ("EUR", "C62", "1")
    assert [(each["position"], each["quantity"], each["unit_price"]) for each in found["price_breaks"]] == [
        (1, "1", "2.00"), (2, "100", "1.80"),
    ]  # fmt: skip
    added = await api.post(f"{V1}/supplier-parts/{found['id']}/price-breaks", {"quantity": "10", "unit_price": "1.9"})
    assert (added.data["position"], added.data["quantity"]) == (2, "10")
    twice = await api.post(f"{V1}/supplier-parts/{found['id']}/price-breaks", {"quantity": "10.0", "unit_price": "1"})
    assert twice.code == "validation_error"
    equal = await api.patch(
        f"{V1}/supplier-parts/{found['id']}", {"price_breaks": [*breaks, {"quantity": "1.000", "unit_price": "3"}]}
    )
    assert equal.json["error"]["field"] == "price_breaks[2].quantity"
    stored = await company.all("select quantity from price_breaks order by position")
    assert [row[0] for row in stored] == [Decimal(1), Decimal(10), Decimal(100)]
    assert (await api.post(f"{V1}/supplier-parts", given)).code == "conflict"


async def test_a_supplier_that_a_live_order_needs_stays(api: Api):
    steel = await supplier(api)
    made = await api.post(f"{V1}/purchase-orders", {"supplier_id": steel})
    refused = await api.delete(f"{V1}/suppliers/{steel}")
    assert refused.code == "conflict"
    assert made.data["id"] in refused.json["error"]["message"]


async def test_what_rows_of_requests_and_orders_refer_to_is_kept_alive(api: Api, company: Tenant):
    steel, plate = await supplier(api), await part(company, status=PartStatus.DRAFT)
    gone, gone_part = await supplier(api, "Gone"), await part(company, "P-2", status=PartStatus.DRAFT)
    await api.delete(f"{V1}/suppliers/{gone}")
    await api.delete(f"{V1}/parts/{gone_part}")
    line = {"description": "x", "quantity": 1, "unit_price": 1, "part_id": gone_part}
    asked = {"description": "x", "part_id": gone_part}
    for path, body, field in (
        ("rfqs", {"invitations": [{"supplier_id": gone}]}, "invitations[0].supplier_id"),
        ("rfqs", {"lines": [asked | {"part_id": plate}, asked]}, "lines[1].part_id"),
        ("purchase-orders", {"supplier_id": steel, "lines": [line]}, "lines[0].part_id"),
    ):
        refused = await api.post(f"{V1}/{path}", body)
        assert (refused.code, refused.json["error"]["field"]) == ("validation_error", field)
    draft = (
        await api.post(f"{V1}/rfqs", {"invitations": [{"supplier_id": steel}], "lines": [asked | {"part_id": plate}]})
    ).data
    assert (await api.delete(f"{V1}/suppliers/{steel}")).code == "conflict"
    assert (await api.delete(f"{V1}/parts/{plate}")).code == "conflict"
    await api.delete(f"{V1}/rfqs/{draft['id']}")
    assert (await api.delete(f"{V1}/suppliers/{steel}")).status == 200
    assert (await api.post(f"{V1}/rfqs/{draft['id']}/restore")).code == "validation_error"


@pytest.mark.parametrize(("state", "sent"), [("active", 200), ("pending", 200), ("inactive", 409), ("rejected", 409)])
async def test_nothing_is_sent_to_a_supplier_that_the_shop_does_not_buy_from(api: Api, state: str, sent: int):
    steel = await supplier(api, status=state)
    line = {"description": "x", "quantity": 1, "unit_price": 1}
    order = (await api.post(f"{V1}/purchase-orders", {"supplier_id": steel, "lines": [line]})).data
    asked = {"lines": [{"description": "x", "quantities": [{"quantity": 1}]}], "invitations": [{"supplier_id": steel}]}
    rfq = (await api.post(f"{V1}/rfqs", asked)).data
    assert (await api.post(f"{V1}/purchase-orders/{order['id']}/send")).status == sent
    assert (await api.post(f"{V1}/rfqs/{rfq['id']}/send")).status == sent
