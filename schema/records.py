"""What every record shows: its times, its version, who made it, tags, notes, custom fields, what others call it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from engine.declare.scalars import CustomFields
from engine.declare.types import Connection, Node, computed, field, many
from schema.actors import Actor, created_by
from schema.attachments import Attachment


@strawberry.type(description="What another system calls a record.")
class ExternalId:
    """What another system calls a record."""

    system: str = strawberry.field(description="The other system: `erp`.")
    external_id: str = strawberry.field(description="The record's id there.")


@strawberry.type
class RecordBase(Node):
    """The fields of every record; settings, people and tasks inherit them."""

    created_at: datetime = field("When it was made.")
    updated_at: datetime = field("When it, or anything in it, last changed.")
    version: int = field(
        "How often it was written. Sent with a command (REST: `If-Match`), only what you saw is changed."
    )
    deleted_at: datetime | None = field("When it was deleted, if it was.")
    created_by: Actor | None = created_by()
    tags: list[str] = field("Free labels.")
    notes: str | None = field("Free text.")
    custom_fields: CustomFields = field("Values of the fields that the workspace has defined, by their keys.")

    @computed("external_ids", description="What other systems call it.", column="external_ids")
    def external_ids(self) -> list[ExternalId]:
        """Read the entries of the column."""
        found: list[Any] = self.external_ids
        return [ExternalId(**each) for each in found]


@strawberry.type
class Record(RecordBase):
    """The fields of every record of the shop; its type inherits them."""

    attachments: Connection[Attachment] | None = many(
        "record_id", "Files that belong to it, such as drawings.", order="created_at"
    )
