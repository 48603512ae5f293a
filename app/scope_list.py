"""Scopes as a command line takes them: a comma list, or a word for all."""

from __future__ import annotations

from typing import Final

from access.scopes import Scope

EVERY: Final = "all"


def read_scopes(text: str) -> list[str]:
    """Return the scopes of a comma list, unchecked; every scope for the word `all`."""
    if text == EVERY:
        return list(Scope)
    return [each.strip() for each in text.split(",") if each.strip()]
