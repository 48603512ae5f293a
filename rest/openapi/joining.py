"""The path by which an invitation is taken: it needs no key, and is no route of rows, so it is written down here."""

from __future__ import annotations

from typing import Final

from pydantic import TypeAdapter

from core.values.checked import NAME
from core.values.people import EMAIL
from rest.joining import ABOUT as OF_BODY
from rest.joining import BODY
from rest.openapi.components import Schema
from rest.openapi.operations import Operations
from rest.routes import ACCEPT

PATH: Final = ACCEPT
TAG: Final = "Invitations"
ABOUT: Final = "Invitations, which people take without a key."
_MORE: Final = (
    "Sets the password of the person whom the link is for, and lets them act if they were invited. A link is good once,"
    " for 7 days, and only the newest one of a person. Any other is `not_found`, whatever the reason. Requests are"
    " counted by address.\n\nNeeds no key."
)


def operation(operations: Operations) -> Schema:
    """The operation of the path."""
    sent = operations.components.schema("AcceptInvitation", _sent())
    joined = operations.components.schema("Joined", _joined())
    answer = operations.answers.answer("Joined", "The password is set.", joined, "Cache-Control")
    return {
        "operationId": "acceptInvitation",
        "tags": [TAG],
        "summary": "Take an invitation",
        "description": _MORE,
        "x-required-scopes": [],
        "security": [],
        "parameters": [],
        "requestBody": {"required": True, "content": {"application/json": {"schema": sent}}},
        "responses": {"200": answer} | operations.answers.errors(),
    }


def _sent() -> Schema:
    properties = {
        name: TypeAdapter(each.annotation).json_schema() | {"description": OF_BODY[name]} for name, each in BODY.items()
    }
    required = [name for name, each in BODY.items() if each.default is each.empty]
    example = {"token": "840e3591qhJvQA60acGorDK-TNsOJHgu7rw6eKUHpDGCNkjUNUA", "password": "correct horse battery"}
    whole = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return whole | {"examples": [example]}


def _joined() -> Schema:
    person = {
        "email": EMAIL.json_schema() | {"description": "The address to sign in with."},
        "name": NAME.json_schema() | {"description": "What the person is called."},
    }
    data = {"type": "object", "properties": person, "required": list(person)}
    return {"type": "object", "properties": {"data": data}, "required": ["data"]}
