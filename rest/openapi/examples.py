"""Examples of bodies: what the server takes, once the ids in them are those of records that are there."""

from __future__ import annotations

from typing import Any, Final

from rest.openapi.components import Schema

_BY_FORMAT: Final = {
    "uuid": "01975c00-7b2a-7003-8d5a-3f0c9b1e2a44",
    "date": "2026-01-31",
    "date-time": "2026-01-02T03:04:05.123456Z",
}
_SCHEMAS: Final = "#/components/schemas/"
_CREATE: Final = "Create"
_UPSERT: Final = "Upsert"
"""How the names of inputs begin whose records are made, and are made or changed."""
_TAGS: Final = "tags"
_MOST: Final = 2
"""Texts that an example has where none is required."""


def example(name: str, schemas: dict[str, Schema]) -> Schema:
    """An object with everything that is required, else with some plain texts.

    What is made has the rows inside it that an example is declared of, too.

    What several are made or changed of at once has an external id: so has what is made, and both examples name the
    same record. Posted in this order, each is taken.
    """
    if name.startswith(_UPSERT):  # it names the record that the example of its create has made, and changes its tags
        made = example(f"{_CREATE}{name.removeprefix(_UPSERT)}", schemas)
        return made | {_TAGS: _value(_TAGS, _members(name, schemas)[0][_TAGS], schemas)}
    found = _plain(name, schemas)
    if f"{_UPSERT}{name.removeprefix(_CREATE)}" in schemas:
        found = {"external_ids": [_plain("ExternalId", schemas)]} | found
    return found


def _plain(name: str, schemas: dict[str, Schema]) -> Schema:
    properties, required = _members(name, schemas)
    texts = [key for key, each in properties.items() if _is_text(_resolved(each, schemas))]
    inside = [key for key, each in properties.items() if name.startswith(_CREATE) and _shows_rows(each, schemas)]
    named = [*required, *inside] if required else texts[:_MOST]
    return {key: _value(key, properties[key], schemas) for key in named}


def _is_text(schema: Schema) -> bool:
    """Whether any text will do."""
    return schema.get("type") == "string" and not schema.keys() & {"enum", "format", "examples"}


def _shows_rows(given: Schema, schemas: dict[str, Schema]) -> bool:
    """Whether it is a list of rows with an example of its own."""
    schema = _resolved(given, schemas)
    items = schema.get("items", {})
    return "examples" in schema and "$ref" in items and "id" in _members(_name(items), schemas)[0]


def _members(name: str, schemas: dict[str, Schema]) -> tuple[Schema, list[str]]:
    """The properties of an object, its own and those of what it is made of; and the required ones."""
    schema = schemas[name]
    if "$ref" in schema:
        return _members(_name(schema), schemas)
    properties, required = dict(schema.get("properties", {})), list(schema.get("required", ()))
    for each in schema.get("allOf", ()):
        inner, more = _members(_name(each), schemas)
        properties, required = properties | inner, [*required, *more]
    return properties, required


def _value(key: str, given: Schema, schemas: dict[str, Schema]) -> Any:
    schema = _resolved(given, schemas)
    if schema.get("examples"):
        return schema["examples"][0]
    kind = schema.get("type")
    if kind == "object":
        return example(_name(_inner(given)), schemas)
    if kind == "array":
        return [_value(key, schema["items"], schemas)]
    if "enum" in schema:
        return schema["enum"][0]
    words = key.replace("_", " ").capitalize()
    return {"string": _BY_FORMAT.get(schema.get("format", ""), words), "boolean": False}.get(str(kind), 1)


def _resolved(given: Schema, schemas: dict[str, Schema]) -> Schema:
    """A schema behind a reference, and without null."""
    inner = _inner(given)
    if "$ref" not in inner:
        return inner
    found: Any = schemas
    for part in inner["$ref"].removeprefix(_SCHEMAS).split("/"):
        found = found[part]
    return _resolved(found, schemas)


def _inner(given: Schema) -> Schema:
    return next((each for each in given.get("anyOf", ()) if each.get("type") != "null"), given)


def _name(given: Schema) -> str:
    name: str = given["$ref"].rpartition("/")[2]
    return name
