"""Attachments as one caller may see and change them: who may view a record may view its attachments, and so on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

import orjson

from core.database.database import Database, guarded
from core.errors import Invalid, NotFound
from core.record import Record, Row
from core.values.ids import tag_of
from engine.declare.catalogue import Catalogue, TypeSpec
from engine.declare.names import snake
from engine.declare.rows import Rows
from engine.run.context import Command, Reading

M = TypeVar("M", bound=Row)
_VIEW: Final = ".view"


def visible(ctx: Reading, model: type[M]) -> Rows[M]:
    """The attachments of records that the key may view."""
    types = sorted(called(each) for each in _types(ctx.catalogue) if each.scope in ctx.principal.scopes)
    return ctx.rows(model).where("@.record_type=any(?::text[])", types)


def of_record(ctx: Reading, rows: Rows[M], record_id: UUID) -> Rows[M]:
    """Only those of one record; raises InsufficientScope when the key may not view records of its type."""
    spec = ctx.catalogue.by_tag.get(tag_of(record_id) or 0)
    if spec is not None:
        ctx.principal.require(spec.scope, field="recordId")
    return rows.where("@.record_id=?::uuid", record_id)


def called(spec: TypeSpec) -> str:
    """What events call the records of a type: `purchase_order`."""
    return snake(spec.name)


async def lock_owner(
    ctx: Command, record_id: UUID, field: str = "recordId", *, deleted: bool = False
) -> tuple[TypeSpec, Record]:
    """Lock the record that attachments belong to, in whatever state it is; one that was deleted only if `deleted`.

    Raises Invalid for an id of no such record, InsufficientScope when the key may not change records of its type,
    NotFound when it is not there.
    """
    spec = ctx.catalogue.by_tag.get(tag_of(record_id) or 0)
    if spec is None or spec not in _types(ctx.catalogue) or not issubclass(spec.model, Record):
        raise Invalid(f"{field}: not the id of a record that has attachments", field=field)
    ctx.principal.require(edit_scope(spec.scope), field=field)
    found = await ctx.unit.lock(spec.model, [record_id])
    if not found or (found[0].deleted_at is not None and not deleted):
        raise NotFound(f"{spec.name} not found", field=field)
    return spec, found[0]


def _types(catalogue: Catalogue) -> list[TypeSpec]:
    """The types whose records have attachments: those of Forge MRP that callers write."""
    return [each for each in catalogue.types.values() if each.scope.endswith(_VIEW) and _is_of_the_shop(each.model)]


@dataclass(frozen=True, slots=True)
class File:
    """What it takes to serve the bytes of an attachment."""

    id: UUID
    record_type: str
    status: str
    filename: str
    size: int | None
    sha256: str | None
    media_type: str | None
    blob: str | None


_FILE: Final = guarded(
    "select row_to_json(f)::text from (select id, record_type, status, filename, size, sha256, media_type, blob"
    " from attachments where workspace_id=$1::uuid and id=$2::uuid and deleted_at is null) f"
)


async def find_file(database: Database, workspace_id: UUID, file_id: UUID) -> File | None:
    """The file of an attachment; raises Unavailable."""
    text = await database.text(_FILE, (workspace_id, file_id))
    return None if text is None else File(**(orjson.loads(text) | {"id": file_id}))


def view_scope(ctx: Reading, file: File) -> str | None:
    """The scope that it takes to view records of the type that a file belongs to."""
    return next((each.scope for each in _types(ctx.catalogue) if called(each) == file.record_type), None)


def edit_scope(view: str) -> str:
    """The scope to change records of an area, by the one to view them."""
    return f"{view.removesuffix(_VIEW)}.edit"


def _is_of_the_shop(model: type[Row]) -> bool:
    """Whether it is a record of the shop's business, rather than a setting, a task, or what is the company's."""
    return issubclass(model, Record) and not (model.lasting or model.of_company or model.unaudited)
