"""Custom field definitions: list, read, create, change, archive and delete them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.problems import Problems
from engine.declare.names import snake
from engine.run.context import Command
from models import CustomFieldDefinition, CustomFieldStatus, CustomFieldType
from resolvers.aggregate import Aggregate


async def _examine(ctx: Command, definition: CustomFieldDefinition, given: Mapping[str, Any], wrong: Problems) -> None:
    """Check that the type is one of a record, and that a `select`, and nothing else, has options."""
    if "record_type" in given:
        types = sorted(snake(spec.name) for spec in ctx.catalogue.types.values() if spec.has_life)
        if given["record_type"] not in types:
            wrong.note("recordType", f"one of {', '.join(types)}")
    kind = given.get("type", definition.type)
    options = given.get("options", definition.options if definition.created_at else None)  # of a new one: not read
    if kind is not None and options is not None and (kind == CustomFieldType.SELECT) != bool(options):
        wrong.note("options", "a select has at least one, other types have none")
    if len(set(options or ())) < len(options or ()):
        wrong.note("options", "one stands twice")


async def _prepare(ctx: Command, _definition: CustomFieldDefinition, _given: dict[str, Any]) -> None:
    """Let a command that follows in the same document know the field."""
    ctx.forget()


DEFINITIONS = Aggregate(CustomFieldDefinition, prepare=_prepare, examine=_examine)

custom_field_definitions = DEFINITIONS.page("List custom field definitions.")
custom_field_definition = DEFINITIONS.get("One custom field definition by its id; null when there is none.")
create_custom_field_definition = DEFINITIONS.create(
    "Define a custom field for the records of one type; its key is unique there, also among deleted ones.",
    "What a new custom field is: the type of record (`quote`), its key (`material`), its label, and what it takes.",
)
update_custom_field_definition = DEFINITIONS.update(
    "Change the label or the options of a custom field; its key and its type stay.",
    "What to change of a custom field; values that records have already stay as they are.",
)
archive_custom_field_definition = DEFINITIONS.move(
    "archive",
    (CustomFieldStatus.ACTIVE,),
    CustomFieldStatus.ARCHIVED,
    "Archive a custom field: it takes no new values, those that records have stay readable.",
)
activate_custom_field_definition = DEFINITIONS.move(
    "activate",
    (CustomFieldStatus.ARCHIVED,),
    CustomFieldStatus.ACTIVE,
    "Let an archived custom field take values again.",
    past="activated",
)
delete_custom_field_definition = DEFINITIONS.delete(
    "Delete a custom field; values that records have of it stay readable."
)
