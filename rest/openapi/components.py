"""Components: what several operations have in common is written once, and referred to by its name."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Container, Iterator
from typing import Any, Final

import orjson

from engine.declare.checks import BadDeclaration

Schema = dict[str, Any]
SCHEMAS: Final = "schemas"
PARAMETERS: Final = "parameters"
RESPONSES: Final = "responses"
HEADERS: Final = "headers"
LONG: Final = 100
"""Bytes of a schema that is not written twice."""


def ref(kind: str, name: str) -> Schema:
    """A reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


class Components:
    """Collects the components of a document, by kind and name."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, Schema]] = {}

    def add(self, kind: str, name: str, made: Schema) -> Schema:
        """Add a component, or find that it is there; returns a reference. BadDeclaration when two have one name."""
        if self.found.setdefault(kind, {}).setdefault(name, made) != made:
            raise BadDeclaration(f"OpenAPI: two {kind} are called {name}")
        return ref(kind, name)

    def schema(self, name: str, made: Schema) -> Schema:
        """Add a schema; returns a reference to it."""
        return self.add(SCHEMAS, name, made)

    def parameter(self, name: str, made: Schema) -> Schema:
        """Add a parameter; returns a reference to it."""
        return self.add(PARAMETERS, name, made)

    def sorted(self) -> dict[str, Any]:
        """All of them, in the order of their names."""
        return {kind: dict(sorted(named.items())) for kind, named in sorted(self.found.items())}

    def share_parameters(self, operations: list[Schema]) -> None:
        """Make a component of each parameter that several operations have, and refer to it where they have it."""
        counted = Counter(_text(each) for operation in operations for each in operation["parameters"])
        names: dict[str, str] = {}
        for operation in operations:
            for place, each in enumerate(operation["parameters"]):
                text = _text(each)
                if "$ref" in each or counted[text] == 1:
                    continue
                if text not in names:
                    names[text] = self._free(each["name"])
                    self.parameter(names[text], each)
                operation["parameters"][place] = ref(PARAMETERS, names[text])

    def once(self, kind: str, name: str, made: Schema) -> Schema:
        """A reference to a component of this content, whatever its name; added by this one if there is none."""
        text = _text(made)
        same = (each for each, there in self.found.get(kind, {}).items() if _text(there) == text)
        return self.add(kind, next(same, name), made)

    def share_schemas(self) -> None:
        """Write what several schemas hold once, and refer to it where it stands again: whole ones, then properties."""
        schemas = self.found.get(SCHEMAS, {})
        _share_whole(schemas)
        first: dict[str, Schema] = {}
        for name, schema in sorted(schemas.items()):
            for key, each in schema.get("properties", {}).items():
                text = _text(each)
                if len(text) >= LONG and each.keys() != {"$ref"}:
                    place = {"$ref": f"#/components/{SCHEMAS}/{name}/properties/{key}"}
                    schema["properties"][key] = first.get(text, each)
                    first.setdefault(text, place)

    def _free(self, name: str) -> str:
        taken, number = self.found.get(PARAMETERS, {}), 1
        found = name
        while found in taken:
            number += 1
            found = f"{name}-{number}"
        return found


def _share_whole(schemas: dict[str, Schema]) -> None:
    """Let schemas that hold the same properties and rules be one, each with what is said of it alone."""
    first: dict[str, str] = {}
    for name, schema in sorted(schemas.items()):
        alone = {key: schema[key] for key in ("description", "examples") if key in schema}
        text = _text({key: each for key, each in schema.items() if key not in alone})
        if "properties" in schema and first.setdefault(text, name) != name:
            schemas[name] = ref(SCHEMAS, first[text]) | alone


class Named:
    """Schemas that are known by name: wherever one stands inside another, a reference takes its place."""

    def __init__(self, components: Components, schemas: dict[str, Schema]) -> None:
        self._components = components
        self._names: dict[str, dict[str, Schema]] = {}
        for name, schema in schemas.items():
            self._names.setdefault(_text(_bare(schema)), {})[name] = schema

    def put(self, schema: Any, own: Container[str] = ()) -> Any:
        """A copy of a schema in which the named ones are references.

        Two enums may have the same words: then the name is one of `own`, the names that belong to what is described.
        """
        if isinstance(schema, list):
            return [self.put(each, own) for each in schema]
        if not isinstance(schema, dict):
            return schema
        known = self._names.get(_text(_bare(schema)))
        if known is None:
            return {key: self.put(each, own) for key, each in schema.items()}
        name = next((each for each in known if each in own), next(iter(known)))
        made = known[name]
        kept = {key: schema[key] for key in _BESIDE if key in schema and schema[key] != made.get(key)}
        return self._components.schema(name, copy.deepcopy(made)) | kept


_BESIDE: Final = ("description", "default")


def _bare(schema: Schema) -> Schema:
    return {key: each for key, each in schema.items() if key not in _BESIDE}


def _text(found: Any) -> str:
    return orjson.dumps(found, option=orjson.OPT_SORT_KEYS).decode()


def inside(found: Any) -> Iterator[Schema]:
    """Every object of a document, from the outside in."""
    if isinstance(found, dict):
        yield found
    for each in found.values() if isinstance(found, dict) else found if isinstance(found, list) else ():
        yield from inside(each)
