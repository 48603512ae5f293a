"""Problems: everything that is wrong, collected; and how each door writes the path of a field."""

from __future__ import annotations

import pytest

from core.errors import Conflict, Invalid, Problem
from core.problems import MOST, Problems
from engine.declare.names import camel, graphql_path, rest_path


def refuse(field: str) -> int:
    raise Invalid(f"{field}: no", field=field)


def test_what_is_refused_is_noted_and_raised_together():
    wrong = Problems()
    assert wrong.of(int, "7") == 7
    wrong.check()
    wrong.of(refuse, "a")
    with wrong.apart():
        refuse("b")
    wrong.note("c", "never")
    with pytest.raises(Invalid) as raised:
        wrong.check()
    error = raised.value
    assert (error.message, error.field) == ("a: no", "a")
    assert [(each.field, each.reason) for each in error.details] == [("a", "no"), ("b", "no"), ("c", "never")]


def test_what_is_no_problem_of_an_input_goes_through():
    wrong = Problems()
    with pytest.raises(Conflict), wrong.apart():
        raise Conflict("locked")
    wrong.check()


def test_no_more_are_told_than_anybody_reads():
    wrong = Problems()
    for number in range(MOST + 5):
        assert wrong.full == (number >= MOST)
        wrong.note(str(number), "no")
    with pytest.raises(Invalid) as raised:
        wrong.check()
    assert len(raised.value.details) == MOST


@pytest.mark.parametrize(
    ("message", "field", "reason"),
    [
        ("name: required", "name", "required"),
        ("client_id refers to no record", "client_id", "refers to no record"),
        ("names no record", "name", "names no record"),
        ("at most 50 filters", None, "at most 50 filters"),
    ],
)
def test_a_reason_is_the_message_without_the_field(message: str, field: str | None, reason: str):
    assert Problem(message, field).reason == reason


@pytest.mark.parametrize(
    ("path", "rest", "graphql"),
    [
        ("parts.0.unitPrice", "parts[0].unit_price", "parts.0.unitPrice"),
        ("external_ids.2.external_id", "external_ids[2].external_id", "externalIds.2.externalId"),
        ("customFields.heat_no", "custom_fields.heat_no", "customFields.heat_no"),
        ("lines.0.schedules.1.dueOn", "lines[0].schedules[1].due_on", "lines.0.schedules.1.dueOn"),
        ("title", "title", "title"),
    ],
)
def test_each_door_writes_the_path_of_a_field_in_its_own_way(path: str, rest: str, graphql: str):
    assert camel("due_on") == "dueOn"
    assert (rest_path(path), graphql_path(path)) == (rest, graphql)
