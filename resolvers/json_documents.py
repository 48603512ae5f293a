"""JSON documents of Forge Json: what they are called and where they lie. A folder is made when it is first named."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from core.absent import absent
from core.errors import Conflict
from core.values.ids import new_id
from engine.declare.rows import Filter, Page, Rows
from engine.run.context import Command, Reading
from engine.sql.comparisons import condition
from engine.sql.edge_filters import through
from models import Document, Folder
from models.json_document import FOLDER_PATH, MOST_FOLDERS, SEPARATOR
from resolvers.aggregate import Aggregate

_FOLDER: Final = Annotated[str, FOLDER_PATH] | None


async def _prepare(ctx: Command, document: Document, given: dict[str, Any]) -> None:
    """Put a document into the folder that is named by its path."""
    if "folder" in given:
        path = given.pop("folder")
        document.folder_id = None if path is None else await _folder_at(ctx, path)


async def _folder_at(ctx: Command, path: str) -> UUID:
    """The folder of a path; it and the folders that lead to it are made where they are missing."""
    parent, _, name = path.rpartition(SEPARATOR)
    if parent:
        await _folder_at(ctx, parent)

    async def find_or_make() -> UUID:
        there = await ctx.unit.find(Folder, path=path)
        return there[0].id if there else await _make(ctx, name, path, parent)

    found: UUID = await ctx.once((Folder, path), find_or_make)
    return found


async def _make(ctx: Command, name: str, path: str, parent: str) -> UUID:
    beside = await ctx.unit.find(Folder, parent=parent)
    if len(beside) + ctx.counted((Folder, parent)) >= MOST_FOLDERS:
        raise Conflict(f"folder: {parent or 'the top'} has {MOST_FOLDERS:,} folders, which is the most", field="folder")
    folder = Folder(id=new_id(Folder), name=name, path=path, parent=parent)
    ctx.save(folder, event="folder.created")
    return folder.id


FOLDERS = Aggregate(Folder)
FOLDERS.events.update({"folder.created", "folder.deleted"})  # deleted where a sandbox is purged
DOCUMENTS = Aggregate(Document, prepare=_prepare)

folder = FOLDERS.get("One folder by its id; null when there is none.")
document = DOCUMENTS.get("One JSON document by its id, without its contents; null when there is none.")
create_document = DOCUMENTS.create(
    "Create a JSON document.",
    "What a new document is called, and where it lies.",
    folder=(_FOLDER, None),
)
update_document = DOCUMENTS.update(
    "Change what a JSON document is called, or where it lies.",
    "What to change of a document: null clears, what is left out stays; `tags` is the whole list.",
    folder=(_FOLDER, absent()),
)
delete_document = DOCUMENTS.delete("Delete a JSON document; its folder stays.")


async def documents(
    ctx: Reading,
    filter: Filter[Document] | None,
    page: Page,
    folder: Annotated[str | None, "Only documents in the folder of this path; none if there is no such folder."] = None,
) -> Rows[Document]:
    """List JSON documents, without their contents."""
    rows = ctx.rows(Document)
    if folder is not None:
        edge = ctx.spec_of(Document).edges["folder"]
        in_folder = condition(edge.target.column("path"), "eq", folder, "folder")
        rows = rows.filter(Filter((through(edge, (in_folder,), "folder"),)))
    return rows.filter(filter).page(page)


async def folders(
    ctx: Reading,
    filter: Filter[Folder] | None,
    page: Page,
    parent: Annotated[
        str | None, "Only folders directly in the one of this path; empty, as it is if left out, at the top; null: all."
    ] = "",
) -> Rows[Folder]:
    """List folders."""
    rows = ctx.rows(Folder)
    if parent is not None:
        in_parent = condition(ctx.spec_of(Folder).column("parent"), "eq", parent, "parent")
        rows = rows.filter(Filter((in_parent,)))
    return rows.filter(filter).page(page)
