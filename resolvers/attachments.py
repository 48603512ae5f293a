"""Attachments: files that belong to a record; what is known of them, apart from their bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from core.absent import given_fields
from core.errors import Conflict, Invalid, NotFound
from core.record import Record
from core.values.checked import COUNT, NOTE, REFERENCE
from core.values.files import FILE_NAME, SHA256
from core.values.ids import new_id
from engine.declare.inputs import input_type
from engine.declare.rows import Filter, Page, Rows
from engine.run import attached
from engine.run.context import Command, Reading
from models import Attachment, AttachmentStatus
from resolvers.aggregate import AGGREGATES, now

MAX_OF_A_RECORD: Final = 200
"""Attachments of one record."""


@input_type
class CreateAttachment:
    """What is known of a file before its bytes are sent."""

    record_id: Annotated[UUID, "The record that it belongs to."]
    filename: Annotated[str, FILE_NAME, "What the file is called, without a path."]
    category: Annotated[Annotated[str, REFERENCE] | None, "What it is to the record: `drawing`."] = None
    description: Annotated[Annotated[str, NOTE] | None, "Free text."] = None
    size: Annotated[
        Annotated[int, COUNT] | None, "How many bytes it has, or is announced to have: any other number is refused."
    ] = None
    sha256: Annotated[
        Annotated[str, SHA256] | None,
        "The SHA-256 of its bytes, in hexadecimal, or the announced one: other bytes are refused.",
    ] = None


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of an attachment, once they are in the store."""

    blob: str
    size: int
    sha256: str
    media_type: str


async def attachments(
    ctx: Reading,
    filter: Filter[Attachment] | None,
    page: Page,
    record_id: Annotated[UUID | None, "Only those of this record, even if it was deleted since."] = None,
) -> Rows[Attachment]:
    """List attachments, the latest first: of one record, or of all that the key may view."""
    rows = attached.visible(ctx, Attachment)
    if record_id is not None:
        rows = attached.of_record(ctx, rows, record_id)
    return rows.filter(filter).page(page)


async def attachment(ctx: Reading, id: UUID) -> Rows[Attachment]:
    """One attachment by its id; null when there is none, or when the key may not view its record."""
    return attached.visible(ctx, Attachment).by_id(id)


async def create_attachment(ctx: Command, input: CreateAttachment) -> Rows[Attachment]:
    """Announce a file of a record. Its bytes follow: `PUT /api/v1/files/{id}`, with the same key, within a day.

    It takes the scope to change records of that type. A drawing may be added to a request that was sent, but nothing to
    a record that is locked: a converted quote, a closed or cancelled job. The record's own event tells of it:
    `quote.updated`.
    """
    largest = ctx.installation.largest_file
    if input.size is not None and input.size > largest:
        raise Invalid(f"size: a file has at most {largest:,} bytes", field="size")
    spec, record = await attached.lock_owner(ctx, input.record_id)
    _check_unlocked(record)
    there = await ctx.unit.find(Attachment, record_id=record.id, deleted_at=None)
    if len(there) >= MAX_OF_A_RECORD:
        raise Conflict(f"A record has at most {MAX_OF_A_RECORD} attachments", field="recordId")
    made = Attachment(
        id=new_id(Attachment),
        record_type=attached.called(spec),
        created_at=now(),
        created_by_id=ctx.principal.actor_id,
        **given_fields(input),
    )
    _save(ctx, record, put=made)
    return ctx.rows(Attachment).by_id(made.id)


async def delete_attachment(ctx: Command, id: UUID) -> Rows[Attachment]:
    """Delete an attachment, and its bytes soon after; links to it answer 404 from then on.

    The attachments of a record that was deleted stay, for it may be restored; they can be deleted all the same.
    """
    found, record = await _lock(ctx, id, deleted=True)
    found.deleted_at = now()
    _save(ctx, record, put=found)
    return Rows(Attachment, deleted=True).by_id(found.id)


async def store_content(ctx: Command, id: UUID, content: Content) -> Rows[Attachment]:
    """Note that the bytes of an attachment are there; raises Conflict when they were before."""
    found, record = await _lock(ctx, id)
    if found.status != AttachmentStatus.PENDING:
        raise Conflict("The bytes of this attachment are there already: attach another file", field="id")
    found.blob, found.size, found.sha256 = content.blob, content.size, content.sha256
    found.media_type, found.status = content.media_type, AttachmentStatus.STORED
    _save(ctx, record, put=found)
    return ctx.rows(Attachment).by_id(found.id)


async def _lock(ctx: Command, id: UUID, *, deleted: bool = False) -> tuple[Attachment, Record]:
    """Lock the record of an attachment, and read the attachment; raises NotFound, InsufficientScope, Conflict."""
    missing = NotFound("Attachment not found", field="id")
    record_id = await ctx.unit.look(Attachment, id, "record_id")
    if record_id is None:
        raise missing
    _, record = await attached.lock_owner(ctx, record_id, "id", deleted=deleted)
    _check_unlocked(record)
    found = await ctx.unit.find(Attachment, id=id, deleted_at=None)
    if not found:
        raise missing
    return found[0], record


def _check_unlocked(record: Record) -> None:
    """Raise Conflict when nothing of a record changes any more."""
    AGGREGATES[type(record)].check_editable(record, content=False)


def _save(ctx: Command, record: Record, *, put: Attachment) -> None:
    ctx.save(record, event=_changed(record))
    ctx.inside(record, put=[put])


def _changed(record: Record) -> str:
    return f"{AGGREGATES[type(record)].name}.updated"
