"""A resource whose resolvers are plain functions, with inputs and arguments of their own, at both doors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from engine.graph.graph import Graph
from engine.runtime import Runtime
from engine.sql.projection import event_projections
from models.migrations.ddl import tenant
from tests.kit.client import Client as Api
from tests.kit.doors import Doors
from tests.kit.fixtures import Key, address
from tests.kit.tenant import Tenant


@pytest.fixture
async def shop(runtime: Runtime, owner: Any, key: Key) -> AsyncIterator[Api]:
    from tests.kit.carriers import model, schema  # noqa: PLC0415  # its table exists for this test only

    table = model.Carrier.__table__  # type: ignore[attr-defined]
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    made: list[Any] = [CreateTable(table), *(CreateIndex(index) for index in table.indexes)]
    for statement in (
        *(str(each.compile(dialect=dialect)) for each in made),
        *tenant("carriers", api="select, insert, update"),
    ):
        await owner.execute(statement)
    graph = Graph(schema.Query, schema.Mutation, [schema.Carrier, schema.CarrierClient])
    projections = event_projections(graph.catalogue)
    opened = Runtime(graph, runtime.database, runtime.gate, projections, installation=runtime.installation)
    yield Api(Doors(opened), address(), await key())  # type: ignore[arg-type]
    await owner.execute("drop table carriers")


async def test_a_new_resource_is_at_every_door(shop: Api, company: Tenant, key: Key, owner: Any) -> None:
    made = await shop.post("/api/v1/carriers", {"name": "Steel & Co", "minOrder": "12.50"})
    assert (made.status, made.headers["location"]) == (201, f"/api/v1/carriers/{made.data['id']}")
    read = await shop.graphql(
        '{ carriers(filter: {name: {startsWith: "Steel"}}) { nodes { id name minOrder version } } }'
    )
    assert read.data == {
        "carriers": {"nodes": [{"id": made.data["id"], "name": "Steel & Co", "minOrder": "12.50", "version": 1}]}
    }
    path = f"/api/v1/carriers/{made.data['id']}"
    patched = await shop.patch(path, {"lead_time_days": 5}, headers={"if-match": '"1"'})
    assert patched.data | {"updated_at": ""} == made.data | {"lead_time_days": 5, "version": 2, "updated_at": ""}
    assert (await shop.post(f"{path}/approve")).data["lead_time_days"] == 0
    assert (await shop.get("/api/v1/carriers?sort=-name&limit=1")).json["next_cursor"] is None
    assert (await shop.get("/api/v1/carriers?colour=red")).status == 422
    events = await owner.fetch(
        "select type, data from outbox where workspace_id = $1 order by sequence", company.workspace_id
    )
    assert [event["type"] for event in events] == ["carrier.created", "carrier.updated", "carrier.approved"]
    assert orjson.loads(events[0]["data"]) == made.data
    viewer = await key("clients.view")
    assert "min_order" not in (await shop.get(path, key=viewer)).data
    assert (await shop.post("/api/v1/carriers", {"name": "No"}, key=viewer)).code == "insufficient_scope"


APPROVE = "mutation($id: ID!, {}) {{ approveCarrier(id: $id, {}) {{ name leadTimeDays minOrder }} }}"
ARGUMENTS: dict[str, tuple[str, list[Any], list[Any]]] = {
    "days": ("Int!", [-1, 2_147_483_648, None], [0, 5]),
    "name": ("String", ["a\0b", " ", "", "x" * 201, "x" * 20_000], ["B", None]),
    "minOrder": ("Decimal", ["-1", "1e15", "0.1234567"], ["0.10", None]),
}


@pytest.mark.parametrize("name", ARGUMENTS)
async def test_a_plain_argument_has_the_limits_of_its_type_at_both_doors(shop: Api, name: str) -> None:
    kind, refused, taken = ARGUMENTS[name]
    made = (await shop.post("/api/v1/carriers", {"name": "A"})).data["id"]
    path, document = f"/api/v1/carriers/{made}/approve", APPROVE.format(f"$v: {kind}", f"{name}: $v")
    for value in refused:
        by_graph = await shop.graphql(document, {"id": made, "v": value})
        assert by_graph.code in {"validation_error", "bad_request"}, value
        assert name in by_graph.errors[0]["message"] or "$v" in by_graph.errors[0]["message"]
        assert (await shop.post(path, {name: value})).status == 422, value
    assert (await shop.get(f"/api/v1/carriers/{made}")).data["version"] == 1
    for value in taken:
        by_graph = await shop.graphql(document, {"id": made, "v": value})
        shown = by_graph.data["approveCarrier"]
        by_rest = (await shop.post(path, {name: value})).data
        assert list(shown.values()) == [by_rest["name"], by_rest["lead_time_days"], by_rest["min_order"]]


async def test_a_default_of_an_argument_that_may_be_null_holds_at_both_doors(shop: Api) -> None:
    made = (await shop.post("/api/v1/carriers", {"name": "A"})).data["id"]
    document = "mutation($id: ID!) { approveCarrier(id: $id) { name leadTimeDays } }"
    shown = (await shop.graphql(document, {"id": made})).data["approveCarrier"]
    assert shown == {"name": "Approved", "leadTimeDays": 0}
    assert (await shop.post(f"/api/v1/carriers/{made}/approve")).data["name"] == "Approved"


async def test_a_command_may_answer_another_type_than_its_route_is_of(shop: Api, company: Tenant) -> None:
    made = (await shop.post("/api/v1/carriers", {"name": "Steel & Co"})).data["id"]
    answer = await shop.post(f"/api/v1/carriers/{made}/convert")
    assert (answer.status, answer.data["name"]) == (201, "Steel & Co")
    client = answer.data["id"]
    for wrong in (client, "x"):
        refused = await shop.post(f"/api/v1/carriers/{wrong}/convert")
        assert (refused.status, refused.json["error"]["message"]) == (404, "Carrier not found")
    assert await company.value("select count(*) from clients") == 1


async def test_a_name_with_a_digit_is_spelled_alike_everywhere(shop: Api) -> None:
    created = [
        (await shop.post("/api/v1/carriers", {"name": "A", name: "x.dxf"})).data
        for name in ("part_2d_drawing", "part2dDrawing")
    ]
    document = "mutation($i: CreateCarrierInput!) { createCarrier(input: $i) { id part2dDrawing } }"
    by_graph = (await shop.graphql(document, {"i": {"name": "A", "part2dDrawing": "x.dxf"}})).data["createCarrier"]
    assert [each["part_2d_drawing"] for each in created] == ["x.dxf", "x.dxf"]
    assert by_graph["part2dDrawing"] == "x.dxf"
    shown = await shop.get(f"/api/v1/carriers/{by_graph['id']}?fields=part_2d_drawing")
    assert shown.data == {"part_2d_drawing": "x.dxf"}
    for name in ("part_2d_drawing", "part2dDrawing"):
        refused = await shop.patch(f"/api/v1/carriers/{by_graph['id']}", {name: " "})
        assert refused.json["error"]["message"] == "part_2d_drawing: must not be blank"
    answer = await shop.graphql(document, {"i": {"name": "A", "part2dDrawing": " "}})
    assert answer.errors[0]["extensions"]["field"] == "input.part2dDrawing"
