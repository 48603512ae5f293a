"""What a model or an aggregate says that cannot be is refused when it is said."""

from __future__ import annotations

from enum import StrEnum

import pytest

import models
from core.declaring import declare
from core.facts import text
from models import Client
from resolvers.aggregate import Aggregate


def test_a_column_is_unique_in_one_way():
    with pytest.raises(TypeError, match="unique_alive or unique_with, not both"):
        text(unique_alive=True, unique_with=())


def test_a_type_tag_is_of_one_model():
    with pytest.raises(TypeError, match="Client: the type tag 0x3 is another model's"):
        declare(Client, models.Quote.tag)


class State(StrEnum):
    """States whose names are no participles."""

    ACTIVE = "active"
    ON_HOLD = "on_hold"


def test_a_move_is_called_by_what_was_done(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("resolvers.aggregate.AGGREGATES", {})  # where each enters itself
    clients = Aggregate(Client)
    clients.move("activate", (State.ON_HOLD,), State.ACTIVE, "Activate it.", past="activated")
    clients.move("hold", (State.ACTIVE,), State.ON_HOLD, "Hold it.")
    assert clients.events == {"client.activated", "client.on_hold"}
