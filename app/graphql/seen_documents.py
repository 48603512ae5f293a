"""Documents that a workspace has run in this process: a new one costs a point for each of its tokens.

What one workspace has run says nothing to another: each has its own, so that a price tells nobody what others ask.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

MAX_WORKSPACES: Final = 1_000
MAX_DOCUMENTS: Final = 256
"""How many workspaces are remembered, and how many documents of each; those used last stay."""

Seen = OrderedDict[int, None]


class SeenDocuments:
    """Bounded: about 30 MB when full."""

    def __init__(self) -> None:
        self._workspaces: OrderedDict[str, Seen] = OrderedDict()

    def has(self, workspace: str, text: str, operation_name: str | None) -> bool:
        """Whether the workspace has run an operation of a document, given by its text or its hash."""
        seen = self._workspaces.get(workspace)
        mark = hash((text, operation_name))
        if seen is None or mark not in seen:
            return False
        seen.move_to_end(mark)
        self._workspaces.move_to_end(workspace)
        return True

    def add(self, workspace: str, text: str, operation_name: str | None) -> None:
        """Note that it has."""
        seen = self._workspaces.get(workspace)
        if seen is None:
            seen = self._workspaces[workspace] = OrderedDict()
            if len(self._workspaces) > MAX_WORKSPACES:
                self._workspaces.popitem(last=False)
        seen[hash((text, operation_name))] = None
        if len(seen) > MAX_DOCUMENTS:
            seen.popitem(last=False)
