from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from graphql import parse_value

from core.errors import Invalid
from core.values import scalars
from engine.declare.inputs import adapter, input_type, read_input
from engine.declare.scalars import SCALARS

ID = "01975c00-7000-7001-8000-000000000001"


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@input_type
@dataclass
class Order:
    rush: bool = False
    due_on: date | None = None
    sent_at: datetime | None = None
    client_id: UUID | None = None
    colour: Colour = Colour.RED
    days: list[date] | None = None


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"rush": True}, Order(rush=True)),
        ({"dueOn": "9999-12-31"}, Order(due_on=date(9999, 12, 31))),
        ({"due_on": "0001-01-01"}, Order(due_on=date(1, 1, 1))),
        ({"sentAt": "2026-01-02T03:04:05.123456+01:00"}, Order(sent_at=datetime(2026, 1, 2, 2, 4, 5, 123456, UTC))),
        ({"sentAt": "2026-01-02T03:04:05.123456789Z"}, Order(sent_at=datetime(2026, 1, 2, 3, 4, 5, 123456, UTC))),
        ({"sentAt": "2026-01-02 04:04:05+0100"}, Order(sent_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))),
        ({"sentAt": "2026-01-02t03:04:05z"}, Order(sent_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))),
        ({"clientId": ID.upper()}, Order(client_id=UUID(ID))),
        ({"colour": "blue"}, Order(colour=Colour.BLUE)),
        ({"days": ["2026-01-02"]}, Order(days=[date(2026, 1, 2)])),
        ({"dueOn": None}, Order()),
    ],
    ids=str,
)
def test_one_exact_form_is_read(sent: dict[str, Any], kept: Order):
    assert read_input(Order, sent) == kept


REFUSED: dict[str, list[Any]] = {
    "rush": ["yes", "true", 1, 0, None, [], {}],
    "dueOn": [
        *(5, "5", 1e9, "20260102", "2026-W01-1", "2026-02-30", "2026-01-02T00:00:00", "", True, [], {}),
        *("2026-1-2", "2026-01-02\n", "0000-01-01", "\u0662\u0660\u0662\u0666-01-02"),
    ],
    "sentAt": [
        *(0, "2026-01-02", "2026-01-02T03:04:05", "2026-01-02  03:04:05Z", "now", "2026-01-02T25:00:00Z"),
        *("2026-01-02T03:04:05.1234567890Z", "2026-01-02T03:04:05,123Z", "0001-01-01T00:00:00+14:00"),
        "20260102T030405Z",
    ],
    "clientId": ["", 5, "x", "{" + ID + "}", "urn:uuid:" + ID, ID.replace("-", ""), ID + "\0", ID + "\n", True, [ID]],
    "colour": ["RED", "green", 1, None, ["red"]],
}


@pytest.mark.parametrize(("field", "value"), [(field, each) for field, many in REFUSED.items() for each in many])
def test_anything_else_is_refused_by_its_name(field: str, value: object):
    with pytest.raises(Invalid) as caught:
        read_input(Order, {field: value})
    assert caught.value.field == f"input.{field}"


@pytest.mark.parametrize("literal", ["12.50", '"12.50"', "12.500000", "1234567890123456.123456"])
def test_a_decimal_literal_keeps_every_digit(literal: str):
    parse = SCALARS[Decimal].parse_literal
    assert parse is not None
    assert str(parse(parse_value(literal), None)) == literal.strip('"')


def test_a_schema_says_the_form():
    assert scalars.Choice(Colour).json_schema() == {"type": "string", "enum": ["red", "blue"]}
    assert adapter(Order).json_schema()["properties"]["dueOn"]["anyOf"][0] == {"type": "string", "format": "date"}
