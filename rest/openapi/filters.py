"""The parameters of lists that say which rows are wanted."""

from __future__ import annotations

from typing import Any, Final

from core.values.custom import KEY_PATTERN, SYSTEM
from engine.declare.catalogue import Column, Through, TypeSpec
from engine.declare.rows import Deleted
from engine.graph.arguments import DELETED_ABOUT, EXTERNAL_ID_ABOUT, search_about
from engine.sql.comparisons import MAX_EXCLUDED, MAX_VALUES, SEVERAL
from engine.sql.edge_filters import MAX_IDS
from engine.sql.external_ids import PARAMETER
from engine.sql.filters import DELETED, LONGEST_SEARCH
from rest.openapi.rows import Schema, value_schema

_WORDS: Final = {
    "eq": "is",
    "ne": "is not",
    "in": "is one of",
    "not_in": "is none of",
    "lt": "is less than",
    "lte": "is at most",
    "gt": "is more than",
    "gte": "is at least",
    "contains": "contains, whatever the case,",
    "starts_with": "starts with",
    "has": "has",
    "has_any": "has one of",
    "has_all": "has all of",
    "is_null": "is not set (`true`) or is set (`false`)",
}


def parameter(name: str, place: str, about: str, schema: Schema, **more: Any) -> Schema:
    """A parameter of an operation."""
    return {"name": name, "in": place, "description": about, "schema": schema} | more


def filters(target: TypeSpec) -> list[Schema]:
    """The parameters that say which rows a list has."""
    compared = [_filter(column, each) for column in target.filters().values() for each in column.operators]
    for edge in target.edges.values():
        compared += [_filter(column, each, edge) for column in edge.filters().values() for each in column.operators]
    compared += [_custom(column) for column in target.documents().values()]
    compared += [_custom(column, edge) for edge in target.edges.values() for column in edge.target.documents().values()]
    return [*_search(target), *_deleted(target), *_external_ids(target), *compared]


def _search(target: TypeSpec) -> list[Schema]:
    if not target.searched():
        return []
    schema = {"type": "string", "maxLength": LONGEST_SEARCH, "pattern": r"^\s*\w"}
    return [parameter("search", "query", search_about(target), schema)]


def _deleted(target: TypeSpec) -> list[Schema]:
    if not target.has_life:
        return []
    schema = {"type": "string", "enum": [str(each) for each in Deleted], "default": str(Deleted.EXCLUDE)}
    return [parameter(DELETED, "query", DELETED_ABOUT, schema)]


def _external_ids(target: TypeSpec) -> list[Schema]:
    if not target.has_life:
        return []
    one = {"type": "string", "pattern": rf"^{SYSTEM.pattern}:.", "examples": ["erp:4711"]}
    schema = {"type": "array", "items": one, "minItems": 1, "maxItems": MAX_VALUES}
    about = f"{EXTERNAL_ID_ABOUT} A system, a colon, and the id there; repeated, it means any of them."
    return [parameter(PARAMETER, "query", about, schema, style="form", explode=True)]


def _filter(column: Column, operator: str, edge: Through | None = None) -> Schema:
    value = {key: each for key, each in value_schema(column).items() if key != "examples"}
    value = value.get("items", value)
    field = column.name if edge is None else f"{edge.one.name}.{column.name}"
    name = field if operator in {"eq", "has"} else f"{field}[{operator}]"
    about = f"`{field}` {_WORDS[operator]}{'' if operator == 'is_null' else ' this'}."
    told, more = _limits(column, edge)
    about += told
    if operator in SEVERAL:
        most = MAX_EXCLUDED if operator == "not_in" and not column.choices else MAX_VALUES
        value = {"type": "array", "items": value, "minItems": 1, "maxItems": most}
        more |= {"style": "form", "explode": False}
        about += ' Parted by commas, or repeated; a value in double quotes may hold commas, and `""` in it is a quote.'
    if operator == "is_null":
        value = {"type": "boolean"}
    return parameter(name, "query", about, value, **more)


def _custom(column: Column, edge: Through | None = None) -> Schema:
    field = column.name if edge is None else f"{edge.one.name}.{column.name}"
    told, more = _limits(column, edge)
    about = f"Values of custom fields, as text: `{field}[material]=steel`. Every one must hold.{told}"
    schema = {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "propertyNames": {"pattern": f"^{KEY_PATTERN}$"},
    }
    return parameter(field, "query", about, schema, style="deepObject", explode=True, **more)


def _limits(column: Column, edge: Through | None) -> tuple[str, Schema]:
    """What a filter needs and how far it goes, in words, and as members of the parameter."""
    about = ""
    scopes = [str(each) for each in (edge.one.scope if edge else None, column.scope) if each]
    more: Schema = {"x-required-scope": ", ".join(scopes)} if scopes else {}
    if scopes:
        about += f" Needs {' and '.join(f'`{each}`' for each in scopes)}."
    if edge is not None:
        about += f" At most {MAX_IDS} {edge.target.table} may match all that is said of `{edge.one.name}`."
    return about, more
