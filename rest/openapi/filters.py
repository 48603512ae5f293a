"""The parameters of lists that say which rows are wanted: one for each field, its operators in a schema by kind."""

from __future__ import annotations

from typing import Any, Final

from core.values.checked import REFERENCE, VISIBLE
from core.values.custom import KEY_PATTERN, SYSTEM
from engine.declare.catalogue import Column, Through, TypeSpec
from engine.declare.kinds import LARGEST_INTEGER
from engine.declare.names import pascal
from engine.declare.rows import Deleted
from engine.graph.arguments import DELETED_ABOUT, EXTERNAL_ID_ABOUT, search_about
from engine.sql.comparisons import MAX_EXCLUDED, MAX_VALUES, SEVERAL
from engine.sql.edge_filters import MAX_IDS
from engine.sql.external_ids import PARAMETER
from engine.sql.filters import DELETED, LONGEST_SEARCH
from rest.openapi.components import Components, Schema
from rest.openapi.rows import Rows

_WORDS: Final = {
    "eq": "Is.",
    "ne": "Is not.",
    "in": "Is one of.",
    "not_in": "Is none of.",
    "lt": "Is less.",
    "lte": "Is less or the same.",
    "gt": "Is more.",
    "gte": "Is more or the same.",
    "contains": "Contains, whatever the case.",
    "starts_with": "Starts with.",
    "has": "Has.",
    "has_any": "Has one of.",
    "has_all": "Has all of.",
    "is_null": "Is not set (`true`), or is set (`false`).",
}
_TEXT: Final[Schema] = {"type": "string", "pattern": r"^[^\u0000]*$"}
_SEARCHED: Final = r"^[^\u0000]*[^\W_\u0000][^\u0000]*$"
"""A text with a letter or a digit."""
_LISTED_TEXT: Final[Schema] = {
    "type": "string",
    "description": "A text in a list: one that has a comma, or begins with a quote, is put into double quotes.",
    "pattern": r"^[^\u0000\", ][^\u0000\",]*$",
}
_VALUES: Final[dict[str, Schema]] = {
    "text": _TEXT,
    "words": _TEXT,
    "integer": {"type": "integer", "minimum": -LARGEST_INTEGER, "maximum": LARGEST_INTEGER},
}
_SHAPES: Final = {"contains": "Searched", "ne": "", "": "Plain"}
"""How the name of a filter of text begins, by the first of these operators that it has."""


def parameter(name: str, place: str, about: str, schema: Schema, **more: Any) -> Schema:
    """A parameter of an operation; without a description where its schema says all."""
    told = {"description": about} if about else {}
    return {"name": name, "in": place} | told | {"schema": schema} | more


class Filters:
    """Makes the filters of lists."""

    def __init__(self, components: Components, rows: Rows) -> None:
        self._components, self._rows = components, rows

    def of(self, target: TypeSpec) -> list[Schema]:
        """The parameters that say which rows a list has."""
        found = [self._filter(column) for column in target.filters().values()]
        found += [self._custom(column) for column in target.documents().values()]
        for edge in target.edges.values():
            found += [self._filter(column, edge) for column in edge.filters().values()]
            found += [self._custom(column, edge) for column in edge.target.documents().values()]
        return [*_search(target), *_deleted(target), *_external_ids(target), *found]

    def _filter(self, column: Column, edge: Through | None = None) -> Schema:
        field = column.name if edge is None else f"{edge.one.name}.{column.name}"
        about, more = _limits(column, edge)
        schema = self._operators(column)
        return parameter(field, "query", about, schema, style="deepObject", **more)

    def _operators(self, column: Column) -> Schema:
        """The schema of the operators that a column has."""
        operators = {each: self._operand(column, each) | {"description": _WORDS[each]} for each in column.operators}
        first = "has" if "has" in operators else "eq"
        about = f"`x=…` is short for `x[{first}]=…`."
        made = {"type": "object", "properties": operators, "additionalProperties": False, "minProperties": 1}
        return self._components.schema(f"{_name(column)}Filter", made | {"description": about})

    def _operand(self, column: Column, operator: str) -> Schema:
        if operator == "is_null":
            return {"type": "boolean"}
        kind = column.kind.name
        value = dict(_VALUES[kind]) if kind in _VALUES else self._rows.value(column)
        if operator not in SEVERAL:
            return value
        most = MAX_EXCLUDED if operator == "not_in" and not column.choices else MAX_VALUES
        item = self._components.schema("ListedText", _LISTED_TEXT) if kind in {"text", "words"} else value
        return {"type": "array", "items": item, "minItems": 1, "maxItems": most}

    def _custom(self, column: Column, edge: Through | None = None) -> Schema:
        field = column.name if edge is None else f"{edge.one.name}.{column.name}"
        told, more = _limits(column, edge)
        about = f"Values of custom fields, as text: `{field}[material]=steel`. Every one must hold. {told}".strip()
        schema = {
            "type": "object",
            "additionalProperties": _TEXT,
            "propertyNames": {"pattern": f"^{KEY_PATTERN}$"},
        }
        made = self._components.schema("CustomFieldsFilter", schema)
        return parameter(field, "query", about, made, style="deepObject", **more)


def _name(column: Column) -> str:
    if column.choices is not None:
        return column.choices.__name__
    if column.kind.name != "text":
        return pascal(column.kind.name)
    return next(words for operator, words in _SHAPES.items() if not operator or operator in column.operators) + "Text"


def _search(target: TypeSpec) -> list[Schema]:
    if not target.searched():
        return []
    schema = {"type": "string", "maxLength": LONGEST_SEARCH, "pattern": _SEARCHED}
    return [parameter("search", "query", search_about(target), schema)]


def _deleted(target: TypeSpec) -> list[Schema]:
    if not target.has_life:
        return []
    schema = {"type": "string", "enum": [str(each) for each in Deleted], "default": str(Deleted.EXCLUDE)}
    return [parameter(DELETED, "query", DELETED_ABOUT, schema)]


def _external_ids(target: TypeSpec) -> list[Schema]:
    if not target.has_life:
        return []
    pattern = rf"^{SYSTEM.pattern}:{VISIBLE}[^\u0000]{{0,{REFERENCE.longest - 1}}}$"
    one = {"type": "string", "pattern": pattern, "examples": ["erp:4711"]}
    schema = {"type": "array", "items": one, "minItems": 1, "maxItems": MAX_VALUES}
    about = f"{EXTERNAL_ID_ABOUT} A system, a colon, and the id there; repeated, it means any of them."
    return [parameter(PARAMETER, "query", about, schema, style="form", explode=True)]


def _limits(column: Column, edge: Through | None) -> tuple[str, Schema]:
    """What a filter needs and how far it goes, in words, and as members of the parameter."""
    scopes = [str(each) for each in (edge.one.scope if edge else None, column.scope) if each]
    more: Schema = {"x-required-scope": ", ".join(scopes)} if scopes else {}
    about = [f"Needs {' and '.join(f'`{each}`' for each in scopes)}."] if scopes else []
    if edge is not None:
        about.append(f"At most {MAX_IDS} {edge.target.table} may match all that is said of `{edge.one.name}`.")
    return " ".join(about), more
