"""Custom field definitions as the graph shows them."""

from __future__ import annotations

import strawberry

import models
from access.scopes import Scope
from engine.declare.types import Connection, field, type_for
from engine.graph.operations import operation
from resolvers import custom_fields
from schema.records import Record

strawberry.enum(models.CustomFieldType, description="What values a custom field takes.")
strawberry.enum(models.CustomFieldStatus, description="Whether a custom field takes new values.")


@type_for(models.CustomFieldDefinition, Scope.CUSTOM_FIELDS_VIEW, "A field that a workspace has defined.")
class CustomFieldDefinition(Record):
    """A field that a workspace has defined for the records of one type."""

    record_type: str = field("The type of record it is for, as events name it: `quote`.")
    key: str = field("What it is called among the custom fields of a record: `material`.")
    label: str = field("What people call it.")
    type: models.CustomFieldType = field("What values it takes; it never changes.")
    options: list[str] = field("The values of a `select`.")
    status: models.CustomFieldStatus = field("Whether it takes new values.")


@strawberry.type
class Query:
    """What can be read of custom field definitions."""

    custom_field_definition: CustomFieldDefinition | None = operation(
        custom_fields.custom_field_definition, Scope.CUSTOM_FIELDS_VIEW
    )
    custom_field_definitions: Connection[CustomFieldDefinition] = operation(
        custom_fields.custom_field_definitions, Scope.CUSTOM_FIELDS_VIEW, label="Custom fields"
    )


@strawberry.type
class Mutation:
    """What can be done to custom field definitions."""

    create_custom_field_definition: CustomFieldDefinition = operation(
        custom_fields.create_custom_field_definition, Scope.CUSTOM_FIELDS_CREATE
    )
    update_custom_field_definition: CustomFieldDefinition = operation(
        custom_fields.update_custom_field_definition, Scope.CUSTOM_FIELDS_EDIT
    )
    archive_custom_field_definition: CustomFieldDefinition = operation(
        custom_fields.archive_custom_field_definition, Scope.CUSTOM_FIELDS_EDIT
    )
    activate_custom_field_definition: CustomFieldDefinition = operation(
        custom_fields.activate_custom_field_definition, Scope.CUSTOM_FIELDS_EDIT
    )
    delete_custom_field_definition: CustomFieldDefinition = operation(
        custom_fields.delete_custom_field_definition, Scope.CUSTOM_FIELDS_DELETE
    )
