"""What a GraphQL request over HTTP asks: its parameters, however it was sent, and the media type of its answer.

After the GraphQL over HTTP specification and its appendix on persisted documents; Apollo's `persistedQuery` beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from graphql import GraphQLError
from graphql.execution.values import VariableValues

from core.accept import NAMED, parameters, weigh
from core.errors import BadRequest, MethodNotAllowed, NotAcceptable, UnsupportedMediaType
from core.http import Request, read_query
from core.values.json import canonical, read_json
from engine.document.documents import Document
from engine.runtime import check_key

MODERN: Final = b"application/graphql-response+json"
LEGACY: Final = b"application/json"
EVENTS: Final = "text/event-stream"
LARGEST_VARIABLES: Final = 65_536
LONGEST_LIST: Final = 1_000
"""Entries of a list in the variables: as many as a bulk command takes."""
_KINDS: Final = {
    "query": str,
    "documentId": str,
    "operationName": str,
    "variables": dict,
    "extensions": dict,
}
_KEY: Final = "idempotencyKey"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(slots=True)
class GraphQLRequest:
    """What is asked: a document by its text or its hash, one of its operations, variables; and what that costs.

    `sha256` is the hash that the caller gave of the document, `by_id` says that it was given as `documentId`. `cost` is
    set once it is known; `paid` says that the gate was told.
    """

    query: str | None
    operation_name: str | None
    variables: dict[str, Any]
    sha256: str | None = None
    by_id: bool = False
    idempotency_key: str | None = None
    """The key that `extensions` gave."""
    cost: int | None = None
    paid: bool = False
    large: bool = False
    """Whether the variables are larger than those of a command that takes one record."""
    registered: bool = False
    """Whether the document was found registered, by its hash."""
    document: Document | None = None
    """What was found, once it is paid for."""
    _coerced: tuple[Document, VariableValues | list[GraphQLError]] | None = None

    def price(self, document: Document) -> int:
        """Work out what a document costs with these variables, which are coerced for it here."""
        if document.errors:
            return 0
        if self.large and not document.takes_much:
            raise BadRequest(f"variables: larger than {LARGEST_VARIABLES:,} bytes", field="variables")
        coerced = document.variables(self.variables)
        self._coerced = document, coerced
        return document.priced(coerced)

    def coerced(self, document: Document) -> VariableValues | list[GraphQLError] | None:
        """The variables as they were coerced for this document, if they were."""
        return self._coerced[1] if self._coerced is not None and self._coerced[0] is document else None


async def read_graphql_request(request: Request) -> GraphQLRequest:
    """Read a request; raises the error that tells what is wrong with it."""
    if request.method == "POST":
        _check_content(request.header(b"content-type") or "")
        body = await request.body()
        return read_parameters(read_json(body), len(body))
    if request.method not in {"GET", "HEAD"}:
        raise MethodNotAllowed(f"{request.method} is not allowed here", allow=("GET", "POST"))
    found: dict[str, Any] = {}
    for name, value in read_query(request.query):
        if name in found:
            raise BadRequest(f"{name[:100]}: given twice", field=name[:100])
        found[name] = value
    for name in ("variables", "extensions"):
        if name in found:
            found[name] = read_json(found[name].encode(), name)
    return read_parameters(found)


def read_parameters(found: Any, size: int | None = None) -> GraphQLRequest:
    """Read the parameters of one request of `size` bytes; BadRequest names the one that is wrong.

    Members that the specification does not know are ignored: clients send some of their own.
    """
    if not isinstance(found, dict):
        batch = " (batches are not taken: send each by itself)" if isinstance(found, list) else ""
        raise BadRequest(f"The body must be a JSON object: one operation a request{batch}")
    for name, kind in _KINDS.items():
        value = found.get(name)
        if value is not None and not isinstance(value, kind):
            raise BadRequest(f"{name}: must be {'an object' if kind is dict else 'a string'}", field=name)
    variables = found.get("variables")
    large = size is None or size > LARGEST_VARIABLES
    _check_lists(variables or {})
    asked = GraphQLRequest(found.get("query"), found.get("operationName") or None, variables or {})
    asked.large = bool(variables) and large and len(canonical(variables)) > LARGEST_VARIABLES
    _read_extensions(asked, found)
    if asked.query is None and asked.sha256 is None:
        raise BadRequest("query: must be a string", field="query")
    return asked


def _check_lists(variables: dict[str, Any]) -> None:
    """Refuse a list that is longer than any command takes, before its entries are looked at."""
    level: list[tuple[str, Any]] = [("variables", variables)]
    while level:
        below: list[tuple[str, Any]] = []
        for path, value in level:
            if isinstance(value, list):
                if len(value) > LONGEST_LIST:
                    raise BadRequest(f"{path}: more than {LONGEST_LIST:,} entries", field=path)
                below += [(path, each) for each in value if isinstance(each, (dict, list))]
            else:
                below += [(f"{path}.{name}", each) for name, each in value.items() if isinstance(each, (dict, list))]
        level = below


def _read_extensions(asked: GraphQLRequest, found: dict[str, Any]) -> None:
    extensions = found.get("extensions") or {}
    asked.idempotency_key = _idempotency_key(extensions.get(_KEY))
    persisted = extensions.get("persistedQuery")
    if persisted is not None:
        asked.sha256 = _persisted(persisted)
    document_id = found.get("documentId")
    if document_id is None:
        return
    if asked.query is not None or persisted is not None:
        raise BadRequest("documentId: stands alone, without query and persistedQuery", field="documentId")
    prefix, _, digest = document_id.partition(":")
    if prefix != "sha256" or not _SHA256.fullmatch(digest):
        raise BadRequest("documentId: must be sha256:<64 hexadecimal digits in lower case>", field="documentId")
    asked.sha256, asked.by_id = digest, True


def _idempotency_key(found: Any) -> str | None:
    field = f"extensions.{_KEY}"
    if found is None:
        return None
    if not isinstance(found, str):
        raise BadRequest(f"{field}: must be a string", field=field)
    return check_key(found, field)


def _persisted(found: Any) -> str:
    """Read Apollo's extension: the hash that it names."""
    field = "extensions.persistedQuery"
    if not isinstance(found, dict) or found.get("version") != 1:
        raise BadRequest(f"{field}: must be an object of version 1", field=field)
    digest = found.get("sha256Hash")
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise BadRequest(
            f"{field}.sha256Hash: must be 64 hexadecimal digits in lower case", field=f"{field}.sha256Hash"
        )
    return digest


def _check_content(header: str) -> None:
    if header == "application/json":
        return
    media, found = parameters(header)
    if media != "application/json" or found.get("charset", "utf-8") not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType("Content-Type: application/json, in UTF-8")


def accepted(request: Request) -> bytes:
    """The media type to answer with; raises NotAcceptable.

    Without `Accept`, or when only a wildcard allows both, it is the older one, whose status is 200 whatever happened to
    the document: who does not name the newer one may not expect another.
    """
    header = request.header(b"accept")
    if header is None:
        return LEGACY
    modern, legacy = (weigh(header, media.decode()) for media in (MODERN, LEGACY))
    if not modern.weight and not legacy.weight:
        raise NotAcceptable(f"Accept: {MODERN.decode()} or {LEGACY.decode()}, in UTF-8")
    if modern.weight == legacy.weight:
        return MODERN if modern.specific == NAMED else LEGACY
    return MODERN if modern.weight > legacy.weight else LEGACY


def wants_events(request: Request) -> bool | None:
    """Whether the answer is to be server-sent events: True when they are preferred to JSON, None when only accepted.

    A client that can take both gets events for a subscription and JSON for anything else.
    """
    header = request.header(b"accept") or ""
    if EVENTS not in header or request.method == "HEAD":
        return False
    events = weigh(header, EVENTS)
    if events.specific != NAMED:
        return False
    return True if events.weight > max(weigh(header, media.decode()).weight for media in (MODERN, LEGACY)) else None
