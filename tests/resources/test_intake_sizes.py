"""Orders that are large: what is refused, what is bounded, and that nobody waits for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.record import Line
from core.values.ids import new_id
from engine.declare.inputs import read_input
from formats.x12 import read_orders
from resolvers.lines import Inside, replace_lines
from tests.kit.client import Client as Api
from tests.kit.repairing import declared
from tests.kit.tenant import Tenant
from tests.kit.x12 import BODY, document, written
from tests.resources.test_intake_again import RAW, of, quotes

LINE = "PO1**1*EA*1"


def large(*body: str) -> bytes:
    return written(document(*body), layout="")


@pytest.mark.parametrize("count", [1_001, 2_000, 80_000])
async def test_more_lines_than_a_quote_can_have_are_refused_at_every_door(api: Api, company: Tenant, count: int):
    content = large(*of("PO-1", *[LINE] * count))
    message = f"ST (segment 3): the order has {count:,} lines (PO1); at most 1,000 are taken"
    by_body = await api.request("POST", "/api/v1/intake", content=content, headers=RAW)
    assert (by_body.status, by_body.code, by_body.json["error"]["message"]) == (422, "validation_error", message)
    if len(content) < 900_000:
        text = "mutation($d: String!) { intakeOrder(document: $d) { id } }"
        by_graph = await api.graphql(text, {"d": content.decode()})
        assert by_graph.json["errors"][0]["message"] == message
    assert await quotes(company) == 0


async def test_the_most_lines_that_a_quote_can_have_are_taken_and_can_be_sent_back(api: Api):
    taken = await api.request("POST", "/api/v1/intake", content=large(*of("PO-1", *[LINE] * 1_000)), headers=RAW)
    assert taken.status == 200, taken.body
    path = f"/api/v1/quotes/{taken.data['quote']['id']}"
    shown = (await api.get(path)).data
    assert (len(shown["parts"]), shown["total"]) == (1_000, "1000.00")
    kept = ("id", "description", "quantity", "unit", "unit_price")
    parts = [{name: part[name] for name in kept} for part in shown["parts"]]
    changed = await api.patch(path, {"parts": parts})
    assert (changed.status, len(changed.data["parts"])) == (200, 1_000)


async def test_others_are_answered_while_a_large_order_is_read(api: Api):
    content = large(*of("PO-1", *[LINE] * 80_000))
    reading = asyncio.create_task(api.request("POST", "/api/v1/intake", content=content, headers=RAW))
    longest = 0.0
    while not reading.done():
        begun = time.monotonic()
        assert (await api.get("/api/v1/clients?limit=1")).status == 200
        longest = max(longest, time.monotonic() - begun)
    assert reading.result().status == 422
    assert longest < 1.5


@pytest.mark.parametrize(
    "more",
    [
        ["AMT*TT*1.0"] * 60_000,  # each total was added up anew
        ["N1*ST*Here", *["N3*A*B"] * 60_000],  # each line of an address made the address anew
        ["N1*ST*Here", *["N2*A*B"] * 60_000],
    ],
    ids=["AMT", "N3", "N2"],
)
def test_reading_takes_time_in_proportion_to_the_document(more: list[str]):
    """Sixty thousand segments take a second, where a thousand lines with each of them took minutes."""
    heading, lines = [*BODY[:3]], [LINE] * 1_000
    content = large(*heading, *more, *lines) if more[0].startswith("N1") else large(*heading, *lines, *more)
    begun = time.process_time()
    [order] = read_orders(content)
    assert len(order.lines) == 1_000
    assert time.process_time() - begun < 8


class Counted(list[Line]):
    """Rows that count how often somebody goes through them."""

    times = 0

    def __iter__(self) -> Iterator[Line]:
        self.times += 1
        return super().__iter__()


def test_lists_inside_rows_are_replaced_in_one_pass_over_each_list():
    with declared():
        from tests.kit.repairing.model import RepairOrderLine, Schedule  # noqa: PLC0415
        from tests.kit.repairing.resolvers import ORDERS  # noqa: PLC0415  # their tables are here for this test

        [lines] = ORDERS.lines
        order_id = new_id(RepairOrderLine)
        kept, gone = (
            [RepairOrderLine(id=new_id(RepairOrderLine), repair_order_id=order_id, position=1) for _ in range(500)]
            for _ in range(2)
        )
        dates = [
            Schedule(id=new_id(Schedule), repair_order_line_id=line.id, position=1)
            for line in (*kept, *gone)
            for _ in range(2)
        ]
        first, below = Counted([*kept, *gone]), Counted(dates)
        inside: Inside = {lines.name: first, lines.inside[0].name: below}
        made: Any = lines.input()
        day = {"due_on": date(2026, 1, 1), "quantity": Decimal(1)}
        line = {"description": "A", "quantity": Decimal(2), "unit": "C62", "unit_price": Decimal(1)}
        sent: list[Any] = [read_input(made, line | {"id": row.id, lines.inside[0].name: [day]}) for row in kept]
        lost: list[Line] = []
        touched = replace_lines(lines, order_id, sent, inside, lost)
    assert (first.times, below.times) == (1, 1)
    assert [row.id for row in inside[lines.name]] == [row.id for row in kept]
    assert [row.repair_order_line_id for row in inside[lines.inside[0].name]] == [row.id for row in kept]  # type: ignore[attr-defined]
    assert {row.id for row in lost} == {row.id for row in gone} | {row.id for row in dates}
    assert touched == {row.id for rows in inside.values() for row in rows}
