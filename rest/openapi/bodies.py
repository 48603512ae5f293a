"""Bodies as JSON Schema: the inputs of the resolvers, as pydantic describes them, in the names of the answers."""

from __future__ import annotations

import warnings
from typing import Any, Final

from pydantic.json_schema import PydanticJsonSchemaWarning

from core.values.scalars import exact
from engine.declare.catalogue import Catalogue, One, TypeSpec
from engine.declare.inputs import MAX_AT_ONCE, adapter, unread_in
from engine.graph.operations import Operation
from rest.bodies import values_of
from rest.openapi.rows import Schema

_REF: Final = "#/components/schemas/{model}"
_EXAMPLES: Final = {"uuid": "01975c00-7b2a-7003-8d5a-3f0c9b1e2a44", "date": "2026-01-31", "decimal": "12.50"}


class Bodies:
    """Collects the schemas of the inputs that routes take."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.schemas: dict[str, Schema] = {}

    def of_input(self, cls: type, target: TypeSpec | None) -> Schema:
        """A reference to the schema of an input; `target` is what it makes or changes."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PydanticJsonSchemaWarning)  # what may be left out has no default
            made = adapter(cls).json_schema(by_alias=False, ref_template=_REF)
        for name, inner in {**made.pop("$defs", {}), cls.__name__: made}.items():
            spec = target if name == cls.__name__ else self._catalogue.types.get(name.removesuffix("Input"))
            self.schemas[name] = _tidy(inner, spec)
        return {"$ref": _REF.format(model=cls.__name__)}

    def of_values(self, name: str, declared: Operation) -> Schema:
        """A reference to the schema of an operation's plain parameters."""
        properties, required = {}, []
        for each in values_of(declared).values():
            hint = str if each.name == declared.raw else each.annotation
            properties[each.name] = self._of_value(hint)
            if each.default is each.empty:
                required.append(each.name)
        schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        self.schemas[name] = schema | ({"required": required} if required else {})
        return {"$ref": _REF.format(model=name)}

    def _of_value(self, hint: Any) -> Schema:
        unread = unread_in(hint)
        if unread is None:
            return adapter(exact(hint)).json_schema()
        return {"type": "array", "items": self.of_input(unread, None), "minItems": 1, "maxItems": MAX_AT_ONCE}

    def of_answer(self, cls: type) -> Schema:
        """A reference to the schema of a value that a command answers."""
        made = adapter(cls).json_schema(ref_template=_REF)
        for name, inner in {**made.pop("$defs", {}), cls.__name__: made}.items():
            properties = {
                key: {k: v for k, v in each.items() if k != "title"}
                for key, each in inner.get("properties", {}).items()
            }
            self.schemas[name] = {k: v for k, v in inner.items() if k not in {"title", "properties"}}
            self.schemas[name] |= {"properties": properties} if properties else {}
        return {"$ref": _REF.format(model=cls.__name__)}

    def example(self, name: str) -> Schema:
        """A body with everything that is required, and the names of all that is text."""
        schema = self.schemas[name]
        return {key: self._value(key, schema["properties"][key]) for key in schema.get("required", [])}

    def _value(self, key: str, schema: Schema) -> Any:
        if "$ref" in schema:
            return self.example(schema["$ref"].rpartition("/")[2])
        if schema.get("examples"):
            return schema["examples"][0]
        kind = schema.get("type")
        if kind == "array":
            return [self._value(key, schema["items"])]
        return _EXAMPLES.get(schema.get("format", ""), key.replace("_", " ").capitalize() if kind == "string" else 1)


def _tidy(schema: Schema, spec: TypeSpec | None) -> Schema:
    """Close an object, leave out what pydantic makes up, and describe each field as the answer's field is."""
    about = _descriptions(spec)
    properties = {}
    for name, given in schema.get("properties", {}).items():
        kept = {
            key: value for key, value in given.items() if key != "title" and not (key == "default" and value is None)
        }
        properties[name] = kept | ({"description": about[name]} if name in about and "$ref" not in kept else {})
    closed = {key: value for key, value in schema.items() if key != "title"}
    return closed | {"properties": properties, "additionalProperties": False}


def _descriptions(spec: TypeSpec | None) -> dict[str, str]:
    if spec is None:
        return {}
    found = {each.name: each.description for each in spec.fields.values()}
    return found | {each.reference.name: each.description for each in spec.fields.values() if isinstance(each, One)}
