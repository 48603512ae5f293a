"""Rows are plain objects of their columns."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models import Quote
from tests.kit.shop import client, quote


def test_a_row_begins_with_its_defaults():
    made = client(name="Acme")
    assert vars(made).items() >= {"status": "active", "tax_exempt": False, "version": 1, "id": None}.items()


def test_two_rows_share_no_list():
    one, two = client(), client()
    one.tags.append("x")
    assert two.tags == []


def test_a_column_that_does_not_exist_is_refused():
    with pytest.raises(TypeError, match="Client has no nmae"):
        client(nmae="x")
    with pytest.raises(ValueError, match="nmae"):
        setattr(client(), "nmae", "x")  # noqa: B010  # the checker would refuse the plain form


def test_a_row_can_be_dumped_and_updated():
    made = quote(client().id, total=Decimal("1.50"))
    made.sqlmodel_update({"title": "new"})
    assert (made.title, made.total) == ("new", Decimal("1.50"))
    assert made.model_dump(include={"title", "total", "number"}) == {
        "title": "new",
        "total": Decimal("1.50"),
        "number": None,
    }
    assert isinstance(made, Quote)
