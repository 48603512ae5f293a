"""Custom field definitions as the graph shows them."""

from __future__ import annotations

import strawberry

import models
from access.scopes import Scope
from engine.declare.enums import describe_enum
from engine.declare.types import Connection, field, type_for
from engine.graph.operations import operation
from resolvers import custom_fields
from schema.records import RecordBase

describe_enum(
    models.CustomFieldType,
    "What values a custom field takes.",
    {
        "TEXT": "Any text.",
        "NUMBER": "An exact decimal; it is answered as a string.",
        "BOOLEAN": "`true` or `false`.",
        "DATE": "A calendar day, `2026-01-31`.",
        "SELECT": "One of the definition's `options`.",
        "URL": "An http or https address.",
    },
)
describe_enum(
    models.CustomFieldStatus,
    "Whether a custom field takes new values.",
    {
        "ACTIVE": "Records may be given values.",
        "ARCHIVED": "Records keep the values that they have, and get no new ones.",
    },
)


@type_for(models.CustomFieldDefinition, Scope.CUSTOM_FIELDS_VIEW, "A field that a workspace has defined.")
class CustomFieldDefinition(RecordBase):
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
