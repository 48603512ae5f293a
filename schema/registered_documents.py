"""Registered documents as the graph shows them."""

from __future__ import annotations

import strawberry

import models
from access.scopes import Scope
from engine.declare.types import Connection, field, type_for
from engine.graph.operations import operation
from resolvers import registered_documents as documents
from schema.records import RecordBase


@type_for(models.RegisteredDocument, Scope.SETTINGS_INTEGRATIONS, "A GraphQL document that is run by its hash.")
class RegisteredDocument(RecordBase):
    """A GraphQL document that is run by its hash."""

    name: str | None = field("What it is called.")
    sha256: str = field("The SHA-256 of its text in UTF-8, in hexadecimal digits: what it is run by.")
    document: str = field("Its text.")


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
    update_registered_document: RegisteredDocument = operation(documents.update_registered_document, _SCOPE)
    delete_registered_document: RegisteredDocument = operation(documents.delete_registered_document, _SCOPE)
