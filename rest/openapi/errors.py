"""Errors in the document: their kinds, an example of each as a contract tells it, and the schemas of their bodies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from core import errors
from core.errors import ForgeError, Problem
from rest.contract import FORGE_JSON, Contract
from rest.error_bodies import CODES_OF_JSON
from rest.openapi.components import Schema

_TEXT: Final[Schema] = {"type": "string"}
_SOME_ID: Final = "4f0c9b1e2a447d3f"


@dataclass(frozen=True, slots=True)
class Example:
    """An error as a contract tells it; `named` is its code, as far as the body has one."""

    status: int
    named: str
    said: str
    body: Schema


def error_kinds() -> list[type[ForgeError]]:
    """The errors that callers can get."""
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, ForgeError)]
    return [each for each in kinds if each is not ForgeError]


def said(kind: type[ForgeError]) -> str:
    """What an error means, in a line."""
    return " ".join((kind.__doc__ or "").split())


def example_of(contract: Contract, kind: type[ForgeError]) -> Example:
    """An error of a kind as a contract tells it."""
    message = said(kind)
    error = kind.__new__(kind)
    ForgeError.__init__(error, message)
    if isinstance(error, errors.Invalid):
        problem = Problem("title: must not be blank", "title")
        ForgeError.__init__(error, problem.message, field=problem.field, problems=(problem,))
    if isinstance(error, errors.Gone):
        error.restart = "AAAAAAAB"
    body, status = contract.body(error, contract.status(error), _SOME_ID), contract.status(error)
    code = body["error"]["code"] if isinstance(body["error"], dict) else body.get("code")
    return Example(status, f"`{code}`" if code else "without a `code`", message, body)


def error_schema() -> Schema:
    """The schema of an error of Forge MRP: each member of its object is one line here."""
    detail: dict[str, Any] = {
        "field": _TEXT
        | {"description": "Where: `parts[2].quantity`, `custom_fields.material`. Left out where it is about no field."},
        "message": _TEXT | {"description": "What is wrong with it."},
    }
    details = {"type": "array", "items": {"type": "object", "properties": detail, "required": ["message"]}}
    properties: dict[str, Any] = {
        "code": {"type": "string", "enum": sorted({kind.code for kind in error_kinds()}), "description": "Which one."},
        "message": _TEXT | {"description": "What went wrong, for people; names the field."},
        "field": _TEXT | {"description": "The field, parameter or header it is about, if it is about one."},
        "details": details | {"description": "Of `validation_error`: every problem of the request, up to 100."},
        "restart": _TEXT | {"description": "Of `gone`: the cursor to go on from once everything was read again."},
        "request_id": _TEXT | {"description": "The request's id, as `X-Request-Id` has it: name it to support."},
    }
    inner = {"type": "object", "properties": properties, "required": ["code", "message", "request_id"]}
    return {"type": "object", "description": "An error.", "properties": {"error": inner}, "required": ["error"]}


def json_schema() -> Schema:
    """The schema of an error of Forge Json."""
    told = (example_of(FORGE_JSON, kind).body.get("code") for kind in error_kinds())
    codes = sorted({*(code for code in told if code), *CODES_OF_JSON})
    properties: dict[str, Any] = {
        "success": {"type": "boolean", "enum": [False]},
        "error": _TEXT | {"description": "What went wrong, for people; names the fields."},
        "code": {"type": "string", "enum": codes, "description": "Which one; left out with 401, 403 and 429."},
    }
    return _closed(properties, ["success", "error"])


def forg_schema() -> Schema:
    """The schema of an error of FORG."""
    codes = sorted({kind.code for kind in error_kinds()} - {"unauthorized"} | {"invalid_api_key"})
    properties: dict[str, Any] = {
        "error": _TEXT
        | {"description": "What went wrong, for people; names the fields, or the scope that is missing."},
        "code": {"type": "string", "enum": codes, "description": "Which one."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "request_id": _TEXT | {"description": "The request's id, as `X-Request-Id` has it: name it to support."},
    }
    return _closed(properties, list(properties))


def _closed(properties: Schema, required: list[str]) -> Schema:
    made = {"type": "object", "description": "An error.", "properties": properties, "required": required}
    return made | {"additionalProperties": False}
