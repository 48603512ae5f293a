"""The version of this Forge, said once: in pyproject.toml."""

from __future__ import annotations

from functools import cache
from importlib import metadata


@cache
def version() -> str:
    """Return the version as installed, such as 1.2.3."""
    return metadata.version("forge")
