"""The least that an input takes: a value for what must be given, and for `notes` where there are any."""

from __future__ import annotations

import warnings
from typing import Any

from pydantic.json_schema import PydanticJsonSchemaWarning

from core.values.ids import new_id
from engine.declare.inputs import adapter
from models import Client

Schema = dict[str, Any]


def least(cls: type, *, by_alias: bool) -> dict[str, Any]:
    """Make a body of an input; references in it lead nowhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PydanticJsonSchemaWarning)  # what may be left out has no default
        whole = adapter(cls).json_schema(by_alias=by_alias)
    made: dict[str, Any] = _value(whole, whole.get("$defs", {}))
    return made | ({"notes": "moved"} if "notes" in whole.get("properties", {}) else {})


def _value(schema: Schema, known: dict[str, Schema]) -> Any:
    if "$ref" in schema:
        return _value(known[schema["$ref"].rpartition("/")[2]], known)
    if "anyOf" in schema:
        return _value(schema["anyOf"][0], known)
    if schema.get("type") == "object":
        return {name: _value(schema["properties"][name], known) for name in schema.get("required", ())}
    if schema.get("type") == "array":
        return [_value(schema["items"], known)] * schema.get("minItems", 0)
    if schema.get("format") == "uuid":
        return str(new_id(Client))
    return schema.get("enum", [{"integer": 1, "boolean": True}.get(schema.get("type", ""), "1")])[0]
