"""Parts as the graph shows them."""

from __future__ import annotations

import models
from access.scopes import Scope
from engine.declare.types import field, type_for
from schema.records import Record


@type_for(models.Part, Scope.PARTS_VIEW, "A revision of a part.")
class Part(Record):
    """A revision of a part."""

    part_number: str = field("The shop's own number.")
    revision: str = field("The revision.")
    name: str = field("What it is called.")
