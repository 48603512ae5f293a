"""What an order says and a quote has no field for stands in the notes: nothing of it is dropped."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kit.client import Client as Api
from tests.kit.x12 import BODY
from tests.resources.test_intake_again import order, take


async def taken(api: Api, *more: str, line: tuple[str, ...] = ("PO1*1*4*EA*27.50**VN*BRK-2210",)) -> dict[str, Any]:
    answer = await take(api, order(*BODY[:3], *more, *line))
    assert answer.status == 200, answer.body
    shown: dict[str, Any] = (await api.get(f"/api/v1/quotes/{answer.data['quote']['id']}")).data
    return shown


@pytest.mark.parametrize(
    ("segments", "noted"),
    [
        ([], None),
        (["N1*ST*Dock 4", "N3*1 Pier", "N4*Bath*ME*04530"], "Ship to:\nDock 4\n1 Pier\nBath, ME 04530"),
        (["N1*ST**92*0042"], "Ship to:\nId: 92 0042"),
        (["N1*BT*Harbor Group", "N3*PO Box 9"], "Party BT:\nHarbor Group\nPO Box 9"),
        (["N1*BT*Harbor Pump Repair"], None),
        (["N1*ST*One", "N1*ST*Two"], "Ship to:\nOne\nParty ST:\nTwo"),
        (["ITD*01*3*2**10**30*****2/10 net 30"], "Terms: 2/10 net 30"),
        (["ITD*01*3*2**10**30"], "Terms: 2 % discount within 10 days, net 30 days"),
        (["ITD*01*3*****45"], "Terms: net 45 days"),
        (["DTM*002*20250501", "DTM*001*20250601"], "Date 001: 2025-06-01"),
        (["DTM*037*20250401"], "Date 037: 2025-04-01"),
    ],
)
async def test_what_the_header_says_is_in_the_quote_or_its_notes(api: Api, segments: list[str], noted: str | None):
    assert (await taken(api, *segments))["notes_private"] == noted


async def test_the_release_of_a_blanket_order_is_noted(api: Api):
    answer = await take(api, order("BEG*00*RL*PO-1*17*20250307", *BODY[1:4]))
    shown = (await api.get(f"/api/v1/quotes/{answer.data['quote']['id']}")).data
    assert shown["notes_private"] == "Release: 17"


@pytest.mark.parametrize(
    ("line", "noted"),
    [
        (("PO1*1*4*EA*2**VN*B-1",), None),
        (("PO1*1*4*EA*2**VN*B-1*BP*A-1*EC*C*DR*D-9",), "Part number EC: C\nPart number DR: D-9"),
        (("PO1*1*4*EA*2**VN*B-1*VP*B-2",), None),  # the first number is the description
        (("PO1*1*4*EA*2**VN*B-1*VP*B-2", "PID*F****Bracket"), "Part number VN: B-1"),
        (("PO1*1*4*EA*2", "DTM*002*20250501", "DTM*001*20250601"), "Date 001: 2025-06-01"),
        (("PO1*1*4*EA*2", "DTM*002*20250501", "DTM*002*20250601"), "Date 002: 2025-06-01"),
    ],
)
async def test_what_a_line_says_is_in_the_part_or_its_notes(api: Api, line: tuple[str, ...], noted: str | None):
    [part] = (await taken(api, line=line))["parts"]
    assert part["notes"] == noted
