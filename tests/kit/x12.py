"""A small X12 850 to take apart: its segments, written out in any form."""

from __future__ import annotations

import pytest

from core.errors import ForgeError
from formats.x12 import PurchaseOrder, read_orders

HEAD = [
    "ISA*00*          *00*          *01*071234567      *ZZ*EXAMPLESHOP    *250307*0700*U*00401*000000416*0*P*>",
    "GS*PO*071234567*EXAMPLESHOP*20250307*0700*93*X*004010",
]
BODY = [
    "BEG*00*SA*PO-1**20250307",
    "CUR*BY*USD",
    "N1*BY*Harbor Pump Repair",
    "PO1*1*4*EA*27.50**VN*BRK-2210",
    "PID*F****Bracket",
    "PO1*2*2.5*LB*8**BP*AL",
    "CTT*2*6.5",
]


def transaction(*body: str, control: str = "0001") -> list[str]:
    return [f"ST*850*{control}", *body, f"SE*{len(body) + 2}*{control}"]


def document(*body: str, head: list[str] = HEAD) -> list[str]:
    return [*head, *transaction(*(body or BODY)), "GE*1*93", "IEA*1*000000416"]


def written(segments: list[str], terminator: str = "~", layout: str = "\n") -> bytes:
    return "".join(segment + terminator + layout for segment in segments).encode()


def changed(old: str, new: str) -> bytes:
    text = "\n".join(document())
    assert text.count(old) == 1, old
    return written(text.replace(old, new).split("\n"))


def order(*body: str) -> PurchaseOrder:
    (only,) = read_orders(written(document(*body)))
    return only


def refusal(content: bytes) -> ForgeError:
    with pytest.raises(ForgeError) as caught:
        read_orders(content)
    return caught.value
