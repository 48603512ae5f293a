"""Registered documents: GraphQL texts checked once, then run by their hash alone."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from core.absent import given_fields
from core.errors import Conflict
from core.values.checked import Name, Text
from core.values.ids import new_id
from engine.declare.inputs import input_type
from engine.declare.rows import Rows
from engine.document.registering import check_registered
from engine.document.scan import CHARACTERS
from engine.run.context import Command
from models import RegisteredDocument
from resolvers.aggregate import Aggregate

DocumentText = Annotated[str, Text(CHARACTERS, blank=False)]


@input_type
class CreateRegisteredDocument:
    """The text of a GraphQL document, exactly as it will be hashed, and what to call it."""

    document: DocumentText
    name: Name | None = None


DOCUMENTS = Aggregate(RegisteredDocument)

registered_documents = DOCUMENTS.page("List registered documents.")
registered_document = DOCUMENTS.get("One registered document by its id; null when there is none.")
delete_registered_document = DOCUMENTS.delete(
    "Delete a registered document: within a second no process runs it any more."
)


async def create_registered_document(ctx: Command, input: CreateRegisteredDocument) -> Rows[RegisteredDocument]:
    """Register a GraphQL document, to be run by its SHA-256: as Apollo's persisted query, or as `documentId`.

    It must be valid now. It may have up to 4,000 tokens, four times what a request may send. Keys that are limited to
    registered documents run these and nothing else.
    """
    await check_registered(ctx.graph, input.document)
    digest = sha256(input.document.encode()).hexdigest()
    there = await ctx.unit.find(RegisteredDocument, sha256=digest, deleted_at=None)
    if there:
        message = f"document: registered already, as {there[0].id}"
        raise Conflict(message, field="document")
    made = RegisteredDocument(id=new_id(RegisteredDocument), sha256=digest, **given_fields(input))
    return ctx.save(made, event="registered_document.created")
