"""JSON documents and their folders, as the graph and Forge Json show them."""

from __future__ import annotations

from typing import Final

import strawberry

import models
from access.scopes import Scope
from engine.declare.faces import Face, Renamed
from engine.declare.types import Connection, field, many, one, type_for
from engine.graph.operations import operation
from resolvers import json_documents
from schema.records import Record

_DOCUMENT: Final = Face(
    "document",
    ("id", "name", Renamed("title", "name"), "description", "tags", "folder_id", "created_at", "updated_at"),
    takes=("name", "description", "tags", "folder"),
    filters=("folder_id",),
)
_FOLDER: Final = Face("folder", ("name", "path"), paged=False, order="path")


@type_for(models.Document, Scope.DOCUMENTS, "A JSON document, without its contents.")
class Document(Record):
    """A JSON document, without its contents."""

    name: str = field("What it is called.")
    description: str | None = field("What it is for.")
    folder: Folder | None = one(
        "folder_id",
        "The folder that it lies in; null at the top. It is written by its path, and made where it is missing.",
    )


@type_for(models.Folder, Scope.DOCUMENTS, "A folder of JSON documents.")
class Folder(Record):
    """A folder of JSON documents."""

    name: str = field("What it is called; the last name of its path.")
    path: str = field("The names that lead to it, parted by slashes: `imports/2026`.")
    parent: str = field("The path of the folder that it lies in; empty at the top.")
    documents: Connection[Document] = many("folder_id", "What lies in it, the newest first.")


@strawberry.type
class Query:
    """What can be read of documents."""

    document: Document | None = operation(json_documents.document, Scope.DOCUMENTS, face=_DOCUMENT)
    documents: Connection[Document] = operation(json_documents.documents, Scope.DOCUMENTS, face=_DOCUMENT)
    folder: Folder | None = operation(
        json_documents.folder, Scope.DOCUMENTS, rest=False, why="Forge Json has lists of folders alone"
    )
    folders: Connection[Folder] = operation(json_documents.folders, Scope.DOCUMENTS, face=_FOLDER)


@strawberry.type
class Mutation:
    """What can be done to documents."""

    create_document: Document = operation(json_documents.create_document, Scope.DOCUMENTS, face=_DOCUMENT)
    update_document: Document = operation(json_documents.update_document, Scope.DOCUMENTS, face=_DOCUMENT)
    delete_document: Document = operation(json_documents.delete_document, Scope.DOCUMENTS, face=_DOCUMENT)
