from tests.resources.buying import *
async def test_flow(api, company):
    s1 = await supplier(api)
    one, two = await requirement(api), await requirement(api, "Bar")
    made = (await api.post(f"{V1}/purchase-orders/from-requirements", {"supplier_id": s1, "requirement_ids": [one["id"], two["id"]]})).data
    await api.post(f"{V1}/purchase-orders/{made['id']}/send")
    first, _ = await lines_of(api, made["id"])
    print((await api.post(f"{V1}/purchase-orders/{made['id']}/receive", {"lines": [{"line_id": first["id"]}]})).body)
    print((await api.post(f"{V1}/purchase-orders/{made['id']}/receive")).body)
    print(await states(api, made["id"], one["id"], two["id"]))
    line = {"description": "Plate", "quantity": 10, "unit_price": 1, "requirement_id": one["id"]}
    print((await api.post(f"{V1}/purchase-orders", {"supplier_id": s1, "lines":[line]})).body)
    bulk = {"inputs": [{"supplier_id": s1, "lines": [line]}, {"supplier_id": s1}]}
    print((await api.post(f"{V1}/purchase-orders/bulk", bulk)).body)
