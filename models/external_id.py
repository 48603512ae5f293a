"""External ids: what other systems call a record; one table for all types."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Index, UniqueConstraint

from core.facts import text
from core.record import Row


class ExternalId(Row, table=True):
    """One name of a record in another system, unique per system and type: upserts by it make one record at most."""

    __tablename__ = "external_ids"

    system: str = text()
    record_type: str = text()
    """The record's table."""
    external_id: str = text()
    record_id: UUID

    __table_args__ = (
        UniqueConstraint("workspace_id", "system", "record_type", "external_id", name="external_ids_name"),
        Index("external_ids_record", "workspace_id", "record_id"),
        {"info": {"run_again_on_duplicate": True}},
    )
