"""Trusted documents: run by the SHA-256 of their text, because it was registered or sent before.

A registration is looked up in PostgreSQL and holds for half a second, so one that is deleted ends within that in every
process. The document itself is parsed, validated and planned once a process, by its hash, whoever's it is.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from hashlib import sha256
from time import monotonic
from typing import ClassVar, Final
from uuid import UUID

from access.principal import Principal
from access.registered import FIND_REGISTERED
from app.graphql.request import GraphQLRequest
from app.graphql.shared_texts import SharedTexts
from core.errors import BadRequest, DocumentNotRegistered, ForgeError, NotFound
from engine.document.documents import Document, Documents
from engine.document.scan import REGISTERED_TOKENS
from engine.runtime import Runtime

FRESH: Final = 0.5
"""Seconds that a look at the registrations holds."""
MAX_LOOKS: Final = 20_000
LONG: Final = 4_000
"""Characters of a document that is read in a thread, so that no other request waits for it."""


class PersistedQueryNotFound(ForgeError):
    """The hash is not known: send it once more, with the text. Its words and status are those of Apollo's protocol."""

    code: ClassVar[str] = "PERSISTED_QUERY_NOT_FOUND"
    status: ClassVar[int] = 200

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class TrustedDocuments:
    """The documents of one process that are run by their hashes."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._texts = SharedTexts(runtime.valkey)
        self._registered = Documents(runtime.graph, most=REGISTERED_TOKENS)
        self._looks: OrderedDict[tuple[UUID, str], float] = OrderedDict()

    def registered(self, asked: GraphQLRequest) -> Document | None:
        """The registered document of a hash, when this process has it, whoever's it is: only to know its cost."""
        return None if asked.sha256 is None else self._registered.known(asked.sha256, asked.operation_name)

    def sent(self, asked: GraphQLRequest) -> str | None:
        """The text of a hash when this process has it, whoever sent it: only to know its cost."""
        return None if asked.sha256 is None or asked.by_id else self._texts.text(asked.sha256)

    async def find(self, principal: Principal, asked: GraphQLRequest) -> Document | None:
        """The registered document that is asked for; without one the text to run is in `asked.query`.

        Raises BadRequest for a hash of another text, DocumentNotRegistered for a key that is limited to registered
        documents, NotFound for an unknown `documentId`, PersistedQueryNotFound for a hash alone that nobody sent.
        """
        digest = asked.sha256
        if asked.query is not None:
            if digest is not None or principal.registered_only:
                digest = _digest(asked)
            if not principal.registered_only:
                return None
        assert digest is not None
        if await self._is_sent(principal, asked, digest):
            return None
        found = await self._find_registered(principal, digest, asked.operation_name)
        if found is not None:
            asked.query, asked.registered = found.text, True
            return found
        if principal.registered_only:
            raise DocumentNotRegistered("This key runs registered documents only, and this one is not registered")
        if asked.by_id:
            raise NotFound("documentId: no such document is registered", field="documentId")
        asked.query = await self._texts.find(principal.workspace_id, digest)
        if asked.query is None:
            raise PersistedQueryNotFound
        return None

    async def keep(self, principal: Principal, asked: GraphQLRequest) -> None:
        """Keep a valid document that was sent with its hash, to be run by that alone from now on."""
        if asked.sha256 is not None and asked.query is not None and not asked.registered:
            await self._texts.keep(principal.workspace_id, asked.sha256, asked.query)

    async def _is_sent(self, principal: Principal, asked: GraphQLRequest, digest: str) -> bool:
        """Put a text into `asked` that this process has seen this workspace send, if it may be run so."""
        if principal.registered_only or asked.by_id or not self._texts.has(principal.workspace_id, digest):
            return False
        asked.query = await self._texts.find(principal.workspace_id, digest)
        return True

    async def _find_registered(self, principal: Principal, digest: str, operation_name: str | None) -> Document | None:
        key, now = (principal.workspace_id, digest), monotonic()
        known = self._registered.known(digest, operation_name)
        if known is not None and self._looks.get(key, 0.0) > now:
            return known
        text = await self._runtime.database.text(FIND_REGISTERED, key, principal.share)
        if text is None:
            self._looks.pop(key, None)
            return None
        self._looks[key] = now + FRESH
        self._looks.move_to_end(key)
        if len(self._looks) > MAX_LOOKS:
            self._looks.popitem(last=False)
        return known or await self._read(text.decode(), digest, operation_name)

    async def _read(self, text: str, digest: str, operation_name: str | None) -> Document:
        graph, most = self._runtime.graph, REGISTERED_TOKENS
        if len(text) <= LONG:
            found = Document(graph, text, operation_name, most)
        else:
            found = await asyncio.to_thread(Document, graph, text, operation_name, most)
        self._registered.put(digest, found, operation_name)
        return found


def _digest(asked: GraphQLRequest) -> str:
    """The hash of the text that was sent; BadRequest when the caller gave another."""
    assert asked.query is not None
    try:
        digest = sha256(asked.query.encode()).hexdigest()
    except UnicodeEncodeError:
        raise BadRequest("query: is not text", field="query") from None
    if asked.sha256 is not None and asked.sha256 != digest:
        raise BadRequest(
            "extensions.persistedQuery.sha256Hash: is not the SHA-256 of query",
            field="extensions.persistedQuery.sha256Hash",
        )
    return digest
