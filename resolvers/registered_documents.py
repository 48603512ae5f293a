"""Registered documents: GraphQL texts checked once, then run by their hash alone."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from core.errors import Conflict
from core.problems import Problems
from engine.document.registering import check_registered
from engine.run.context import Command
from models import RegisteredDocument
from resolvers.aggregate import Aggregate


async def _examine(ctx: Command, _: RegisteredDocument, given: Mapping[str, Any], wrong: Problems) -> None:
    """Note every error of a text."""
    if "document" in given:
        with wrong.apart():
            await check_registered(ctx.graph, given["document"])


async def _prepare(ctx: Command, document: RegisteredDocument, given: dict[str, Any]) -> None:
    """Hash the text of a new document; Conflict when it is registered already."""
    if document.sha256 is not None:
        return
    document.sha256 = sha256(given["document"].encode()).hexdigest()
    there = await ctx.unit.find(RegisteredDocument, sha256=document.sha256, deleted_at=None)
    if there:
        raise Conflict(f"document: registered already, as {there[0].id}", field="document")


DOCUMENTS = Aggregate(RegisteredDocument, prepare=_prepare, examine=_examine)

registered_documents = DOCUMENTS.page("List registered documents.")
registered_document = DOCUMENTS.get("One registered document by its id; null when there is none.")
create_registered_document = DOCUMENTS.create(
    "Register a GraphQL document, to be run by its SHA-256: as Apollo's persisted query, or as `documentId`.\n\n"
    "It must be valid now. It may have up to 4,000 tokens, four times what a request may send. Keys that are limited\n"
    "to registered documents run these and nothing else.",
    "The text of a GraphQL document, exactly as it will be hashed, and what to call it.",
)
update_registered_document = DOCUMENTS.update(
    "Change what a registered document is called; its text stays, for another text register another document.",
    "What to change of a registered document: null clears, what is left out stays.",
)
delete_registered_document = DOCUMENTS.delete(
    "Delete a registered document: within a second no process runs it any more."
)
