"""The figures of a buyer's dashboard: each is one call, at either door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.kit.client import Client as Api
from tests.resources.buying import V1, order, requirement, supplier

ACTIVE = "{status: {in: [SENT, ACKNOWLEDGED, PARTIALLY_RECEIVED]}}"


async def points(api: Api, words: str) -> list[tuple[list[Any], list[Any]]]:
    """The groups and values of a metric."""
    text = "{ metrics(" + words + ") { points { group values } } }"
    found = (await api.graphql(text)).data["metrics"]["points"]
    return [(each["group"], each["values"]) for each in found]


async def test_each_figure_of_buying_is_one_call(api: Api):
    today = datetime.now(UTC).date()
    late, soon = str(today - timedelta(days=1)), str(today + timedelta(days=1))
    steel = await supplier(api)
    needs = [await requirement(api, f"Need {n}", required_on=day) for n, day in enumerate((late, late, soon))]
    one = await order(api, steel, {"requirement_id": needs[0]["id"]}, promised_on=late, required_on=late)
    await order(api, steel, {"quantity": "2"}, required_on=soon)
    await order(api, steel, {"unit_price": "1"}, currency="EUR", required_on=late)
    await order(api, steel, sent=False, required_on=late)
    gone = await order(api, steel, required_on=late)
    await api.post(f"{V1}/purchase-orders/{gone['id']}/cancel")
    done = await order(api, steel, required_on=late)
    await api.post(f"{V1}/purchase-orders/{done['id']}/receive")
    await api.post(f"{V1}/purchase-orders/{one['id']}/acknowledge")

    pending = "resource: REQUIREMENTS, measure: [{function: COUNT}], filter: {requirements: {status: {eq: PENDING}}}"
    assert await points(api, pending) == [([], ["2"])]
    worth = "measure: [{function: COUNT}, {function: SUM, field: TOTAL}], groupBy: [CURRENCY]"
    active = f"resource: PURCHASE_ORDERS, {worth}, filter: {{purchaseOrders: {ACTIVE}}}"
    assert await points(api, active) == [(["USD"], ["2", "30.00"]), (["EUR"], ["1", "10.00"])]
    overdue = f'{{and: [{ACTIVE}, {{requiredOn: {{lt: "{today}"}}}}]}}'
    assert await points(
        api, f"resource: PURCHASE_ORDERS, measure: [{{function: COUNT}}], filter: {{purchaseOrders: {overdue}}}"
    ) == [([], ["2"])]
    open_needs = f'{{status: {{in: [PENDING, RFQ_IN_PROGRESS, HAS_PO]}}, requiredOn: {{lt: "{today}"}}}}'
    assert await points(
        api, f"resource: REQUIREMENTS, measure: [{{function: COUNT}}], filter: {{requirements: {open_needs}}}"
    ) == [([], ["2"])]
    states = "status[in]=sent,acknowledged,partially_received"
    query = f"resource=purchase-orders&measure=count,sum:total&group_by=currency&{states}"
    found = (await api.get(f"{V1}/metrics?{query}")).data["points"]
    assert [(each["group"], each["values"]) for each in found] == [(["USD"], ["2", "30.00"]), (["EUR"], ["1", "10.00"])]
    overdue_too = (await api.get(f"{V1}/purchase-orders?{states}&required_on[lt]={today}")).data
    assert len(overdue_too) == 2
