"""Descriptions that follow from others: what an input writes is described as the type that shows it.

    CreateQuoteInput.dueOn, UpdateQuoteInput.dueOn  ←  Quote.dueOn
    CreateQuoteInput.clientId                       ←  Quote.client

They are given to the schema once, when it is built.
"""

from __future__ import annotations

from typing import get_type_hints

from graphql import GraphQLInputObjectType, GraphQLNamedType, GraphQLObjectType, GraphQLSchema
from strawberry.schema_directive import StrawberrySchemaDirective

from core.record import Row
from engine.declare.catalogue import Catalogue, One
from engine.declare.inputs import INPUT, description_of
from engine.declare.model_inputs import MODEL
from engine.declare.names import camel


def describe(schema: GraphQLSchema, catalogue: Catalogue) -> None:
    """Describe the fields of inputs that resolvers read, and the arguments of directives."""
    for found in schema.type_map.values():
        cls = _read_as(found)
        if cls is not None and isinstance(found, GraphQLInputObjectType):
            about = _of_type(schema, catalogue, cls) | _of_hints(cls)
            for name, field in found.fields.items():
                field.description = about.get(name)
    for directive in schema.directives:
        declared = directive.extensions.get("strawberry-definition")
        for each in declared.fields if isinstance(declared, StrawberrySchemaDirective) else ():
            directive.args[camel(each.python_name)].description = each.description


def _read_as(found: GraphQLNamedType) -> type | None:
    """The dataclass of which a GraphQL input was made, if it was."""
    declared = found.extensions.get("strawberry-definition")
    return getattr(getattr(declared, "origin", None), INPUT, None)


def _of_hints(cls: type) -> dict[str, str]:
    """What an input itself says of its fields: `id: Annotated[UUID, "…"]`."""
    hints = get_type_hints(cls, include_extras=True).items()
    return {camel(name): about for name, hint in hints if (about := description_of(hint)) is not None}


def _of_type(schema: GraphQLSchema, catalogue: Catalogue, cls: type) -> dict[str, str | None]:
    """What the type that shows what an input writes says of its fields; of a row referred to, for its id."""
    model: type[Row] | None = getattr(cls, MODEL, None)
    spec = catalogue.by_model.get(model) if model is not None else None
    shown = schema.get_type(cls.__name__ if spec is None else spec.name)
    if not isinstance(shown, GraphQLObjectType):
        return {}
    ones = [each for each in spec.fields.values() if isinstance(each, One)] if spec is not None else []
    return {name: each.description for name, each in shown.fields.items()} | {
        each.reference.key: each.description for each in ones
    }
