"""Shared texts: documents that clients sent with their hash, kept for a while for every process of the API.

They are a workspace's own, bounded in bytes, in Valkey. Without Valkey a process has those it saw itself, and the
client is asked for the text once more: that is how the protocol (Apollo's automatic persisted queries) works.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha1
from pathlib import Path
from typing import Final
from uuid import UUID

from core.valkey import Valkey, ValkeyAway, ValkeyRefused, pack

KEPT: Final = 86_400_000
"""Milliseconds that a text is kept after its last use."""
MAX_BYTES: Final = 4_194_304
"""Bytes of all texts of one workspace in Valkey."""
MAX_CHARACTERS: Final = 8_388_608
"""Characters of all texts in one process."""
MAX_SEEN: Final = 20_000
"""How many pairs of a workspace and a hash a process remembers."""
_SCRIPT: Final = Path(__file__).with_name("shared_texts.lua").read_bytes()
_SHA: Final = sha1(_SCRIPT, usedforsecurity=False).hexdigest().encode()


class SharedTexts:
    """The texts as one process knows them, over those in Valkey."""

    def __init__(
        self, valkey: Valkey | None, *, most_bytes: int = MAX_BYTES, most_characters: int = MAX_CHARACTERS
    ) -> None:
        self._valkey = valkey
        self._most_bytes, self._most_characters = most_bytes, most_characters
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._characters = 0
        self._seen: OrderedDict[tuple[UUID, str], None] = OrderedDict()

    def text(self, digest: str) -> str | None:
        """The text of a hash when this process has it, whoever sent it: to be shown to nobody."""
        return self._texts.get(digest)

    def has(self, workspace_id: UUID, digest: str) -> bool:
        """Whether this process has the text and knows that the workspace sent it."""
        return (workspace_id, digest) in self._seen and digest in self._texts

    async def find(self, workspace_id: UUID, digest: str) -> str | None:
        """The text that this workspace sent under this hash; None when it is not, or no longer, kept."""
        if self.has(workspace_id, digest):
            self._texts.move_to_end(digest)
            self._seen.move_to_end((workspace_id, digest))
            return self._texts[digest]
        found = await self._ask(workspace_id, digest.encode(), b"%d" % KEPT)
        if found is None:
            return None
        text = found.decode()
        self._remember(workspace_id, digest, text)
        return text

    async def keep(self, workspace_id: UUID, digest: str, text: str) -> None:
        """Keep a valid document's text under its hash, for every process."""
        if self.has(workspace_id, digest):
            return
        self._remember(workspace_id, digest, text)
        whole = text.encode()
        await self._ask(workspace_id, digest.encode(), b"%d" % KEPT, whole, b"%d" % self._most_bytes)

    def _remember(self, workspace_id: UUID, digest: str, text: str) -> None:
        if digest not in self._texts:
            self._texts[digest] = text
            self._characters += len(text)
            while self._characters > self._most_characters:
                _, gone = self._texts.popitem(last=False)
                self._characters -= len(gone)
        self._seen[workspace_id, digest] = None
        if len(self._seen) > MAX_SEEN:
            self._seen.popitem(last=False)

    async def _ask(self, workspace_id: UUID, *args: bytes) -> bytes | None:
        """Run the script, sending its text when the server does not have it; None when Valkey is away."""
        if self._valkey is None:
            return None
        name = b"documents:%b" % workspace_id.hex.encode()
        rest = (b"2", name, name + b":used", *args)
        try:
            try:
                found: bytes | None = await self._valkey.call(pack(b"EVALSHA", _SHA, *rest))
            except ValkeyRefused as error:
                if not str(error).startswith("NOSCRIPT"):
                    return None
                found = await self._valkey.call(pack(b"EVAL", _SCRIPT, *rest))
        except (ValkeyAway, ValkeyRefused):
            return None
        return found
