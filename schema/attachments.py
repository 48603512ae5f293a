"""Attachments as the graph shows them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

import models
from access.file_links import make_link
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, computed, field, type_for
from engine.graph.operations import operation
from engine.run.context import Reading
from resolvers import attachments
from schema.actors import Actor, actor

describe_enum(
    models.AttachmentStatus,
    "Whether the bytes of a file are there.",
    {"PENDING": "They are still to be sent.", "STORED": "They are there, and never change."},
)


@type_for(models.Attachment, Scope.ATTACHMENTS_VIEW, "A file that belongs to a record.")
class Attachment:
    """A file that belongs to a record."""

    id: strawberry.ID = field("The attachment's own id.")
    record_type: str = field("What kind of record it belongs to, as its events are named: `quote`.")
    record_id: strawberry.ID = field("The record that it belongs to.")
    created_at: datetime = field("When it was announced.")
    deleted_at: datetime | None = field("When it was deleted, if it was: its bytes are gone then.")
    status: models.AttachmentStatus = field("Whether its bytes are there.")
    filename: str = field("What the file is called, without a path.")
    category: str | None = field("What it is to the record: `drawing`.")
    description: str | None = field("Free text.")
    size: int | None = field("How many bytes it has, or is announced to have: any other number is refused.")
    sha256: str | None = field(
        "The SHA-256 of its bytes, in hexadecimal, or the announced one: other bytes are refused."
    )
    media_type: str | None = field("What its bytes are, by what they begin with: `application/pdf`.")
    created_by: Actor | None = actor("created_by_id", "Who announced it.", in_rest=True)

    @computed(
        "id",
        "status",
        description="Where its bytes are read without a key, for 15 minutes or more; null while they are not there.",
        in_rest=True,
    )
    def download_url(self, ctx: Reading) -> str | None:
        """Sign a link."""
        if self.status != models.AttachmentStatus.STORED or ctx.installed is None:
            return None
        row_id = UUID(str(self.id))
        token = make_link(ctx.installed.secrets, ctx.principal.workspace_id, row_id)
        return f"{ctx.installed.url}/api/v1/files/{row_id}?link={token}"


@strawberry.type
class Query:
    """What can be read of attachments."""

    attachment: Attachment | None = operation(attachments.attachment, Scope.ATTACHMENTS_VIEW)
    attachments: Connection[Attachment] = operation(attachments.attachments, Scope.ATTACHMENTS_VIEW)


@strawberry.type
class Mutation:
    """What can be done to attachments."""

    create_attachment: Attachment = operation(attachments.create_attachment, Scope.ATTACHMENTS_VIEW)
    delete_attachment: Attachment = operation(attachments.delete_attachment, Scope.ATTACHMENTS_VIEW)
