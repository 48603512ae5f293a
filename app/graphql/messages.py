"""Messages of the graphql-transport-ws protocol as clients send them: read strictly, bounded."""

from __future__ import annotations

from typing import Any, Final

from core.errors import BadRequest
from core.http import REQUEST, Message, Request, Scope
from core.values.json import read_json

LARGEST_MESSAGE: Final = 65_536
"""Bytes of a message."""
LONGEST_NAME: Final = 128
"""Characters of an operation's id."""
_KINDS: Final = frozenset({"connection_init", "ping", "pong", "subscribe", "complete"})


class BadMessage(Exception):
    """A client sent what the protocol does not know: the connection is closed with 4400."""


def read_message(message: Message) -> dict[str, Any]:
    """Read a message of a WebSocket; BadMessage says what is wrong with it."""
    text = message.get("text")
    if text is None:
        raise BadMessage("Messages are text")
    if len(text) > LARGEST_MESSAGE:
        raise BadMessage(f"A message is larger than {LARGEST_MESSAGE:,} bytes")
    try:
        found = read_json(text.encode(), "The message")
    except BadRequest as error:
        raise BadMessage(error.message) from error
    if not isinstance(found, dict) or found.get("type") not in _KINDS:
        raise BadMessage("Message type: one of " + ", ".join(sorted(_KINDS)))
    payload = found.get("payload")
    if found["type"] in {"subscribe", "complete"}:
        name = found.get("id")
        if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME:
            raise BadMessage(f"id: text of 1 to {LONGEST_NAME} characters")
        if found["type"] == "subscribe" and not isinstance(payload, dict):
            raise BadMessage("payload: must be an object")
    elif not isinstance(payload, (dict, type(None))):
        raise BadMessage("payload: must be an object")
    return found


def authorization_of(payload: dict[str, Any] | None) -> bytes | None:
    """The `Authorization` in the payload of `connection_init`, whatever the case of its name."""
    for name, value in (payload or {}).items():
        if name.lower() == "authorization" and isinstance(value, str):
            return value.encode("latin-1", "replace")
    return None


def graphql_request(scope: Scope) -> Request:
    """The handshake as a request: what each operation of the connection is admitted by."""
    shaken: Request = scope[REQUEST]
    return Request("POST", scope["path"], "", dict(scope["headers"]), shaken.client, _nothing, shaken.id)


def operation_request(request: Request, number: int) -> Request:
    """An operation as a request of its own; an `Idempotency-Key` of the handshake would be one for all of them."""
    headers = {name: value for name, value in request.headers.items() if name != b"idempotency-key"}
    return Request(request.method, request.path, "", headers, request.client, request.receive, f"{request.id}-{number}")


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
