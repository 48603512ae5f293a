"""Rows as JSON Schema: what an answer shows of each type, from the catalogue."""

from __future__ import annotations

from typing import Any, Final

from core.facts import facts_of
from engine.declare.catalogue import Catalogue, Column, Computed, Many, One, TypeSpec
from engine.declare.rows import LARGEST_PAGE
from rest.projections import INCLUDED, MORE

Schema = dict[str, Any]

_EXAMPLE_ID: Final = "01975c00-7b2a-7003-8d5a-3f0c9b1e2a44"
_KINDS: Final[dict[str, Schema]] = {
    "id": {"type": "string", "format": "uuid", "examples": [_EXAMPLE_ID]},
    "text": {"type": "string", "examples": ["Bracket"]},
    "integer": {"type": "integer", "format": "int32", "examples": [1]},
    "boolean": {"type": "boolean", "examples": [False]},
    "decimal": {"type": "string", "format": "decimal", "pattern": r"^-?\d+(\.\d+)?$", "examples": ["12.50"]},
    "date": {"type": "string", "format": "date", "examples": ["2026-01-31"]},
    "moment": {"type": "string", "format": "date-time", "examples": ["2026-01-02T03:04:05.123456Z"]},
    "document": {"type": "object", "additionalProperties": True, "examples": [{"material": "steel"}]},
    "words": {"type": "array", "items": {"type": "string"}, "examples": [["priority"]]},
}


def value_schema(column: Column) -> Schema:
    """The schema of a column's value, never null."""
    if column.choices is not None:
        return {"type": "string", "enum": [str(each) for each in column.choices]}
    return dict(_KINDS[column.kind.name])


def row_schemas(catalogue: Catalogue) -> dict[str, Schema]:
    """The schema of every type, by its name."""
    return {name: _row(spec) for name, spec in catalogue.types.items()}


def _row(spec: TypeSpec) -> Schema:
    """A row: nothing in it is required, for `fields` narrows and scopes hide."""
    properties: dict[str, Schema] = {}
    for found in spec.fields.values():
        if isinstance(found, Column):
            properties[found.name] = shown(found)
        elif isinstance(found, Computed) and found.plain is not None:
            properties[found.name] = _entries(spec, found.plain)
        elif isinstance(found, One):
            properties[found.reference.name] = shown(found.reference)
            properties[found.name] = _edge(found)
        elif isinstance(found, Many):
            properties[found.name] = _list(found)
            properties[MORE.format(found.name)] = _more(found)
        elif isinstance(found, Computed) and found.in_rest:
            properties[found.name] = {"type": ["object", "null"]} | _about(found.description, found.scope)
    return {"type": "object", "description": spec.description, "properties": properties}


def shown(column: Column) -> Schema:
    """A column as an answer shows it."""
    schema = value_schema(column)
    if column.nullable:
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    return schema | _about(column.description, column.scope)


def _entries(spec: TypeSpec, column: Column) -> Schema:
    """A list of small objects in a column of JSON."""
    members = facts_of(spec.model.__table__.columns[column.column]).members or {}  # type: ignore[attr-defined]
    entry = {"type": "object", "properties": {name: rule.json_schema() for name, rule in members.items()}}
    entry |= {"required": list(members)}
    return {"type": "array", "items": entry} | _about(column.description, column.scope)


def _edge(found: One) -> Schema:
    row = {"$ref": f"#/components/schemas/{found.target}"}
    return {"anyOf": [row, {"type": "null"}]} | _about(f"{found.description} Only with `include`.", found.scope)


def _list(found: Many) -> Schema:
    items = {"$ref": f"#/components/schemas/{found.target}"}
    about = f"{found.description} In lists only with `include`, and at most {INCLUDED}; else {LARGEST_PAGE:,}."
    return {"type": "array", "items": items} | _about(about, found.scope)


def _more(found: Many) -> Schema:
    about = f"Whether `{found.name}` was cut: there are more than it shows. It stands where they do."
    return {"type": "boolean"} | _about(about, found.scope)


def _about(description: str, scope: str | None) -> Schema:
    if scope is None:
        return {"description": description}
    return {"description": f"{description} Needs `{scope}`; left out without it.", "x-required-scope": str(scope)}


def example(spec: TypeSpec, kept: frozenset[str] | None = None) -> Schema:
    """A row as an answer might show it."""
    found: Schema = {}
    for field in spec.fields.values():
        column = field.reference if isinstance(field, One) else field
        if isinstance(column, Column) and (kept is None or column.name in kept):
            schema = value_schema(column)
            found[column.name] = schema["enum"][0] if "enum" in schema else schema["examples"][0]
    return found
