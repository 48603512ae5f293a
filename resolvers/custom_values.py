"""Values of custom fields: checked against what the workspace has defined for the type of record.

update_quote(input: {customFields: {material: "steel", coating: null}})      # null takes a value away
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from core.errors import Invalid
from core.problems import Problems
from core.record import Record
from core.values import scalars
from core.values.checked import LIMIT, Number, Text, WebAddress
from core.values.custom import LONGEST_VALUE, MAX_FIELDS
from core.values.decimals import shortest
from engine.declare.names import snake
from engine.run.context import Command
from models import CustomFieldDefinition, CustomFieldStatus, CustomFieldType

_NUMBER: Final = Number(-LIMIT, LIMIT, above=True, below=True)
_TEXT: Final = Text(LONGEST_VALUE)
_URL: Final = WebAddress(LONGEST_VALUE)


async def merge_custom_fields(ctx: Command, record: Record, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the custom fields of a record with these changed; null takes one away, what is not named stays.

    Raises Invalid, which names each key, for unknown and archived fields and for values that their types do not take.
    A value that is there already may be sent again, whatever became of its definition.
    """
    wrong = Problems()
    found = dict(record.custom_fields)
    defined = await _definitions(ctx, type(record)) if given else {}
    for key, value in given.items():
        if value is None:
            found.pop(key, None)
            continue
        try:
            found[key] = _checked(defined.get(key), value, found.get(key))
        except ValueError as error:
            wrong.note(f"customFields.{key}", str(error))
    if len(found) > MAX_FIELDS:
        wrong.note("customFields", f"at most {MAX_FIELDS} values on one record")
    wrong.check()
    return found


async def judge_fields(ctx: Command, record: Record, sent: Mapping[str, Any], error: Invalid) -> None:
    """Raise Invalid for custom fields of an input that could not be read, beyond those that its error tells."""
    fields = sent.get("custom_fields", sent.get("customFields"))
    places = [(each.field or "").partition(".") for each in error.details]
    told = {key for name, _, key in places if snake(name) == "custom_fields"}
    if isinstance(fields, dict) and "" not in told:
        await merge_custom_fields(ctx, record, {key: each for key, each in fields.items() if key not in told})


async def _definitions(ctx: Command, model: type[Record]) -> dict[str, CustomFieldDefinition]:
    """The live definitions of a type by their keys, read once for a command."""

    async def read() -> dict[str, CustomFieldDefinition]:
        found = await ctx.unit.find(CustomFieldDefinition, record_type=record_type_of(ctx, model), deleted_at=None)
        return {each.key: each for each in found}

    known: dict[str, CustomFieldDefinition] = await ctx.once((CustomFieldDefinition, model), read)
    return known


def record_type_of(ctx: Command, model: type[Record]) -> str:
    """What events and definitions call a type: `quote`."""
    return snake(ctx.spec_of(model).name)


def _checked(definition: CustomFieldDefinition | None, value: Any, before: Any) -> Any:
    if definition is None and value == before and type(value) is type(before):
        return value
    if definition is None:
        raise ValueError("unknown custom field")
    read = _READ[CustomFieldType(definition.type)]
    found = read(value)
    if found == before and type(found) is type(before):
        return found
    if definition.status == CustomFieldStatus.ARCHIVED:
        raise ValueError("this custom field is archived and takes no new values")
    if definition.type == CustomFieldType.SELECT and found not in definition.options:
        raise ValueError(f"must be one of {', '.join(definition.options)}")
    return found


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")  # noqa: TRY004  # the caller turns ValueErrors into refusals
    return value


def _number(value: Any) -> str:
    """Read a number; it is kept as text in its shortest form, so that equal numbers are equal text."""
    return shortest(_NUMBER.check(value))


_READ: Final[Mapping[CustomFieldType, Callable[[Any], Any]]] = {
    CustomFieldType.TEXT: _TEXT.check,
    CustomFieldType.NUMBER: _number,
    CustomFieldType.BOOLEAN: _boolean,
    CustomFieldType.DATE: lambda value: scalars.read_day(value).isoformat(),
    CustomFieldType.SELECT: _TEXT.check,
    CustomFieldType.URL: _URL.check,
}
