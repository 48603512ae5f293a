"""The activity log: one row for each request that a key made, kept for 30 days."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, PrimaryKeyConstraint

from core.facts import decimal, identifier, moment, text, whole
from core.record import Row
from core.values.checked import COUNT


class ActivityEntry(Row, table=True):
    """One request. Rows are only ever added; a day of them is a partition, which is dropped whole.

    The partitions are in the schema `activity_days`, which only the table's owner can reach into.
    """

    __tablename__ = "activity"
    referred_to = False

    at: datetime = moment(filterable=True, sortable=True, unindexed=True, in_key=True)
    """When the request began."""
    key_id: UUID = identifier(filterable=True, unindexed=True)
    """The API key that it came with."""
    method: str = text(filterable=True, unindexed=True)
    route: str = text(filterable=True, unindexed=True)
    """The route's template, never the path."""
    operation: str | None = text(filterable=True, unindexed=True)
    """Of GraphQL: the kind and name of the operation."""
    status: int = whole(COUNT, filterable=True, unindexed=True)
    address: str | None = text(filterable=True, unindexed=True)
    request_id: str = text(filterable=True, unindexed=True)
    ms: Decimal = decimal()
    """Milliseconds from the head of the request to the end of the answer, with two decimals."""
    points: int = whole(COUNT)
    dropped: int = whole(COUNT, default=0)
    """Requests of this key before this one that could not be kept, because more came than could be written."""

    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "at", "id"),  # lists are read by it
        Index("activity_key", "workspace_id", "key_id", "at"),
        {"postgresql_partition_by": "RANGE (at)"},
    )
