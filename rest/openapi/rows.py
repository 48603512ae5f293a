"""Rows as JSON Schema, from the catalogue: what an answer shows of each type, whole and in part.

`PartialQuote` has the properties; `Quote` is the same with what every whole row has, `required`; `ShownQuote` is one or
the other, as `fields` asks. What every record has stands in `Record` and `PartialRecord`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Final, get_args, get_origin, get_type_hints

from core.facts import facts_of
from engine.declare.annotations import definition, unwrap
from engine.declare.catalogue import Catalogue, Column, Computed, Field, Many, One, TypeSpec
from engine.declare.model_inputs import entry_input
from engine.declare.rows import LARGEST_PAGE
from rest.openapi.bodies import Bodies, told
from rest.openapi.components import SCHEMAS, Components, Schema, ref
from rest.projections import INCLUDED, MORE
from schema.records import Record

_DECIMAL: Final[Schema] = {
    "type": "string",
    "format": "decimal",
    "description": "A decimal, with every digit.",
    "pattern": r"^-?\d+(\.\d+)?$",
    "examples": ["12.50"],
}
_KINDS: Final[dict[str, Schema]] = {
    "id": {"type": "string", "format": "uuid"},
    "text": {"type": "string"},
    "integer": {"type": "integer", "format": "int32"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "document": {"type": "object", "additionalProperties": True},
    "words": {"type": "array", "items": {"type": "string"}},
}
OF_EVERY_RECORD: Final = frozenset(each.python_name for each in definition(Record).fields)


class Rows:
    """Makes the schemas of the types."""

    def __init__(self, catalogue: Catalogue, components: Components, bodies: Bodies) -> None:
        self._catalogue, self._components, self._bodies = catalogue, components, bodies

    def add(self, names: Collection[str]) -> None:
        """Add the schemas of these types."""
        for spec in (each for each in self._catalogue.types.values() if each.name in names):
            inherits = issubclass(spec.origin, Record)
            fields = list(spec.fields.values())
            if inherits:
                common = [each for each in fields if each.name in OF_EVERY_RECORD]
                self._add("Record", common, "What every record has.", spec)
            own = [each for each in fields if not inherits or each.name not in OF_EVERY_RECORD]
            self._add(spec.name, own, spec.description, spec, bases=("Record",) if inherits else ())
            both = [ref(SCHEMAS, spec.name), ref(SCHEMAS, f"Partial{spec.name}")]
            self._components.schema(f"Shown{spec.name}", {"anyOf": both})

    def _add(self, name: str, fields: list[Field], about: str, spec: TypeSpec, bases: tuple[str, ...] = ()) -> None:
        """Add the schema of a whole row, and the one of a part of it."""
        properties: Schema = {}
        for each in fields:
            properties |= self._properties(each, spec)
        written = self._bodies.shared.get(name, {})
        parts = [ref(SCHEMAS, f"Partial{each}") for each in bases] + (
            [ref(SCHEMAS, f"Writable{name}")] if written else []
        )
        own = {key: each for key, each in properties.items() if key not in written}
        partial: Schema = (
            {"type": "object"} | ({"allOf": parts} if parts else {}) | ({"properties": own} if own else {})
        )
        whole: Schema = {"type": "object", "description": about}
        whole["allOf"] = [*(ref(SCHEMAS, each) for each in bases), ref(SCHEMAS, f"Partial{name}")]
        self._components.schema(f"Partial{name}", partial)
        self._components.schema(name, whole | {"required": [each for f in fields for each in _always(f)]})

    def _properties(self, found: Field, spec: TypeSpec) -> Schema:
        if isinstance(found, Column):
            return {found.name: self.shown(found)}
        if isinstance(found, Computed):
            if found.plain is not None:
                return {found.name: self._plain(found, found.plain, spec)}
            shown = _computes(found) | told(found.description, found.scope)
            return {found.name: shown} if found.in_rest else {}
        row = ref(SCHEMAS, f"Shown{found.target}")
        if isinstance(found, One):
            edge = {"anyOf": [row, {"type": "null"}]} | told("Only with `include`.", found.scope)
            return {found.reference.name: self.shown(found.reference), found.name: edge}
        about = f"{found.description} In lists only with `include`, and at most {INCLUDED}; else {LARGEST_PAGE:,}."
        more = {"type": "boolean"} | told(f"Whether there are more than `{found.name}` shows.", found.scope)
        listed = {"type": "array", "items": row} | told(about, found.scope)
        return {found.name: listed, MORE.format(found.name): more}

    def value(self, column: Column) -> Schema:
        """The schema of a column's value, never null."""
        if column.choices is not None:
            return self.words(column.choices)
        if column.kind.name == "decimal":
            return self._components.schema("Decimal", _DECIMAL)
        return dict(_KINDS[column.kind.name])

    def words(self, choices: type[StrEnum]) -> Schema:
        """A reference to the schema of an enum."""
        return self._components.schema(choices.__name__, {"type": "string", "enum": [str(each) for each in choices]})

    def shown(self, column: Column) -> Schema:
        """A column as an answer shows it."""
        schema = self.value(column)
        if column.nullable:
            refers = "$ref" in schema
            schema = {"anyOf": [schema, {"type": "null"}]} if refers else schema | {"type": [schema["type"], "null"]}
        return schema | told(column.description, column.scope)

    def _plain(self, found: Computed, column: Column, spec: TypeSpec) -> Schema:
        """A column of JSON that is shown as it is: a list of small objects, or one, empty for none."""
        hint = None if found.method is None else get_type_hints(found.method)["return"]
        if get_origin(hint) is list:
            return self._entries(column, spec)
        shape = definition(get_args(hint)[0])
        kinds = {each.python_name: ["string", "null"] if unwrap(each.type)[1] else "string" for each in shape.fields}
        about = {each.python_name: each.description for each in shape.fields}
        members = {name: {"type": kind, "description": about[name]} for name, kind in kinds.items()}
        one = self._components.schema(shape.name, {"type": "object", "properties": members, "required": [*members]})
        return {"anyOf": [one, {"type": "object", "maxProperties": 0}]} | told(column.description, column.scope)

    def _entries(self, column: Column, spec: TypeSpec) -> Schema:
        """A list of small objects in a column of JSON."""
        members = facts_of(spec.model.__table__.columns[column.column]).members or {}  # type: ignore[attr-defined]
        items = self._bodies.of_input(entry_input(*members.items()), None)
        return {"type": "array", "items": items} | told(column.description, column.scope)


def with_edges(catalogue: Catalogue, names: Iterable[str]) -> set[str]:
    """These types, and those that can be shown with them."""
    found: set[str] = set()
    new = set(names)
    while new:
        found |= new
        fields = (each for name in new for each in catalogue.types[name].fields.values())
        new = {each.target for each in fields if isinstance(each, One | Many)} - found
    return found


def _computes(found: Computed) -> Schema:
    """What is computed of a field: text or texts where its method says so, else an object."""
    hints = {} if found.method is None else found.method.__annotations__
    answered = str(hints.get("return"))
    if answered == "list[str]":
        return {"type": "array", "items": {"type": "string"}}
    return {"type": ["string" if answered == "str | None" else "object", "null"]}


def _always(found: Field) -> list[str]:
    """What every whole row shows of a field, whatever the key's scopes."""
    if isinstance(found, One):
        return [found.reference.name]
    plain = found.plain if isinstance(found, Computed) else found
    return [plain.name] if isinstance(plain, Column) and plain.scope is None else []
