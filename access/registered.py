"""Registered documents as the gate sees them: the text that a workspace may run by its hash."""

from __future__ import annotations

from typing import Final

from core.database.database import guarded

FIND_REGISTERED: Final = guarded(
    "select document from registered_documents where workspace_id = $1 and sha256 = $2 and deleted_at is null"
)
"""The text of a registered document by workspace and SHA-256."""
