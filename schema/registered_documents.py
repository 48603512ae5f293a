"""Registered documents as the graph shows them."""

from __future__ import annotations

from datetime import datetime

import strawberry

import models
from access.scopes import Scope
from engine.declare.types import Connection, Node, field, type_for
from engine.graph.operations import operation
from resolvers import registered_documents as documents
from schema.actors import Actor, created_by


@type_for(models.RegisteredDocument, Scope.SETTINGS_INTEGRATIONS, "A GraphQL document that is run by its hash.")
class RegisteredDocument(Node):
    """A GraphQL document that is run by its hash."""

    created_at: datetime = field("When it was registered.")
    updated_at: datetime = field("When it last changed.")
    version: int = field(
        "How often it was written. Sent with a command (REST: `If-Match`), only what you saw is changed."
    )
    deleted_at: datetime | None = field("When it was deleted, if it was.")
    name: str | None = field("What it is called.")
    sha256: str = field("The SHA-256 of its text in UTF-8, in hexadecimal digits: what it is run by.")
    document: str = field("Its text.")
    created_by: Actor | None = created_by()


_SCOPE = Scope.SETTINGS_INTEGRATIONS


@strawberry.type
class Query:
    """What can be read of registered documents."""

    registered_document: RegisteredDocument | None = operation(documents.registered_document, _SCOPE)
    registered_documents: Connection[RegisteredDocument] = operation(documents.registered_documents, _SCOPE)


@strawberry.type
class Mutation:
    """What can be done to registered documents."""

    create_registered_document: RegisteredDocument = operation(documents.create_registered_document, _SCOPE)
    delete_registered_document: RegisteredDocument = operation(documents.delete_registered_document, _SCOPE)
