"""Intake mappings: list, read, create, change and delete them."""

from __future__ import annotations

from typing import cast

from core.problems import Problems
from formats.tables import TableField
from models import IntakeColumn, IntakeMapping
from resolvers.aggregate import Aggregate
from resolvers.lines import Inside, Lines

_NEEDED = (TableField.ORDER_NUMBER, TableField.QUANTITY)
_NAMES = (TableField.PART_NUMBER, TableField.CUSTOMER_PART_NUMBER, TableField.DESCRIPTION)


def _settle(mapping: IntakeMapping, inside: Inside) -> None:
    """Check that each field stands in one column, that orders can be told apart, and lines from nothing."""
    fields = [cast("IntakeColumn", each).holds for each in inside["columns"]]
    wrong = Problems()
    twice = sorted({each for each in fields if fields.count(each) > 1})
    if twice:
        wrong.note("columns", f"{', '.join(twice)} stands twice")
    missing = [each for each in _NEEDED if each not in fields]
    if missing:
        wrong.note("columns", f"{' and '.join(missing)} needed")
    if not any(each in fields for each in _NAMES):
        wrong.note("columns", f"one of {', '.join(_NAMES)} needed")
    if mapping.client_id is None and TableField.CLIENT not in fields:
        wrong.note("columns", "client needed, where the mapping is not for one client")
    wrong.check()


_EXAMPLE = (
    {"holds": "order_number", "source": "PO Number"},
    {"holds": "client", "source": "Customer"},
    {"holds": "description", "source": "Item"},
    {"holds": "quantity", "source": "Qty"},
)
_COLUMNS = Lines("columns", IntakeColumn, example=_EXAMPLE)
MAPPINGS = Aggregate(IntakeMapping, lines=(_COLUMNS,), settle=_settle)

intake_mappings = MAPPINGS.page("List intake mappings.")
intake_mapping = MAPPINGS.get("One intake mapping by its id; null when there is none.")
create_intake_mapping = MAPPINGS.create(
    "Say how one sender writes orders in CSV or JSON.",
    "What a new mapping is made of: the format, and where each field stands.",
)
update_intake_mapping = MAPPINGS.update(
    "Change an intake mapping; what the input does not name stays as it is.",
    "What to change of an intake mapping: null clears, what is left out stays; `columns` is the whole list.",
)
delete_intake_mapping = MAPPINGS.delete("Delete an intake mapping; what came in by it stays.")
