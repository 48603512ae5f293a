"""Stock counts as the graph shows them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, Node, field, many, one, type_for
from engine.graph.operations import operation
from resolvers import stock_counts as counts
from schema.inventory import InventoryItem
from schema.locations import StockLocation
from schema.records import Record

VIEW, EDIT, ADJUST = Scope.INVENTORY_VIEW, Scope.INVENTORY_EDIT, Scope.INVENTORY_ADJUST
describe_enum(
    models.CountStatus,
    "Where a stock count is in its life.",
    {
        "OPEN": "It is being counted.",
        "COUNTED": "All was counted, and compared with the books.",
        "POSTED": "Stock was adjusted by the differences.",
        "CANCELLED": "It was given up; no stock was changed.",
    },
)


@type_for(models.StockCountLine, VIEW, "What was counted of one item.", by="position")
class StockCountLine(Node):
    """What was counted of one item."""

    position: int = field("The place in the count, from 1.")
    counted: Decimal | None = field("How much was found; null until it is counted.")
    expected: Decimal | None = field("What the books said when counting ended.")
    note: str | None = field("Why it differs; the movement says so, too.")
    inventory_item: InventoryItem | None = one("inventory_item_id", "What is counted.")
    stock_count: Annotated[StockCount, strawberry.lazy("schema.stock_counts")] | None = one(
        "stock_count_id", "The count that it is a line of."
    )


@type_for(models.StockCount, VIEW, "A count of stock, against what the books say.")
class StockCount(Record):
    """A count of stock."""

    number: str = field("The shop's own number: `SC-17`.")
    status: models.CountStatus = field("Where it is in its life.")
    counted_on: date | None = field("The day that it is for.")
    counted_at: datetime | None = field("When counting ended: it is compared with the books as they were then.")
    posted_at: datetime | None = field("When stock was adjusted.")
    location: StockLocation | None = one("location_id", "Where it is counted.")
    lines: Connection[StockCountLine] = many("stock_count_id", "What is counted.", order="position")


@strawberry.type
class Query:
    """What can be read of stock counts."""

    stock_count: StockCount | None = operation(counts.stock_count, VIEW)
    stock_counts: Connection[StockCount] = operation(counts.stock_counts, VIEW)


@strawberry.type
class Mutation:
    """What can be done to stock counts."""

    create_stock_count: StockCount = operation(counts.create_stock_count, Scope.INVENTORY_CREATE)
    update_stock_count: StockCount = operation(counts.update_stock_count, EDIT)
    delete_stock_count: StockCount = operation(counts.delete_stock_count, Scope.INVENTORY_DELETE)
    finish_stock_count: StockCount = operation(counts.finish_stock_count, EDIT)
    reopen_stock_count: StockCount = operation(counts.reopen_stock_count, EDIT)
    post_stock_count: StockCount = operation(counts.post_stock_count, ADJUST)
    cancel_stock_count: StockCount = operation(counts.cancel_stock_count, EDIT)
    add_stock_count_line: StockCountLine = operation(
        counts.add_stock_count_line, EDIT, path="/stock-counts/{id}/lines", status=201
    )
    update_stock_count_line: StockCountLine = operation(
        counts.update_stock_count_line, EDIT, path="/stock-count-lines/{id}", method="PATCH"
    )
    delete_stock_count_line: StockCount = operation(
        counts.delete_stock_count_line, EDIT, path="/stock-count-lines/{id}", method="DELETE"
    )
