"""Values that are no rows: everything that a type of the graph shows, as a selection and as JSON Schema."""

from __future__ import annotations

from typing import Any, Final

from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLOutputType, get_named_type

from engine.declare.names import snake

_SCALARS: Final[dict[str, dict[str, Any]]] = {
    "String": {"type": "string"},
    "ID": {"type": "string", "format": "uuid"},
    "Int": {"type": "integer", "format": "int32"},
    "Boolean": {"type": "boolean"},
}


def selection(shown: GraphQLOutputType) -> str:
    """Every field of a type, with all that is in it; nothing for a scalar. The type must not hold itself."""
    named = get_named_type(shown)
    if not isinstance(named, GraphQLObjectType):
        return ""
    return "{ " + " ".join(f"{name} {selection(each.type)}".strip() for name, each in named.fields.items()) + " }"


def schema_of(shown: GraphQLOutputType, description: str | None = None) -> dict[str, Any]:
    """The same as JSON Schema, in the names of REST."""
    if not isinstance(shown, GraphQLNonNull):
        found = schema_of(GraphQLNonNull(shown), description)
        return found | {"type": [found["type"], "null"]}
    inner = shown.of_type
    about = {} if description is None else {"description": description}
    if isinstance(inner, GraphQLList):
        return about | {"type": "array", "items": schema_of(inner.of_type)}
    if isinstance(inner, GraphQLObjectType):
        properties = {snake(name): schema_of(each.type, each.description) for name, each in inner.fields.items()}
        about = {"description": description or inner.description or ""}
        return about | {"type": "object", "properties": properties, "required": list(properties)}
    return about | _SCALARS[inner.name]
