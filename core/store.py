"""The store of files: a folder of this machine, or a bucket that speaks S3. Files are streamed, never held whole.

A file has a key that is made of ids, never of what a caller named it. It is written once, and only under a new key.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from core.settings import Settings

if TYPE_CHECKING:
    from core.objects import Objects

FOLDER: Final = "files"


class Store:
    """Where the bytes of attachments lie; nothing is opened, nor its library imported, before the first use."""

    def __init__(self, url: str | None, home: Path) -> None:
        self._url, self._home = url, home

    @classmethod
    def of(cls, settings: Settings) -> Store:
        """The store that the settings name."""
        return cls(settings.files_url, settings.home)

    async def put(self, key: str, pieces: AsyncIterable[bytes]) -> None:
        """Write a file from its pieces; what breaks off leaves none. Raises Unavailable, and what `pieces` raises."""
        await self._objects.put(key, pieces)

    def get(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Read the bytes from `start` up to `end`, which must be after it; raises NotFound, Unavailable."""
        return self._objects.get(key, start, end)

    async def remove(self, keys: list[str]) -> None:
        """Take files away; those that are not there are left out. Raises Unavailable."""
        await self._objects.remove(keys)

    def list(self) -> AsyncIterator[tuple[str, datetime]]:
        """The keys of all files, each with the moment it was written; raises Unavailable."""
        return self._objects.list()

    @cached_property
    def _objects(self) -> Objects:
        opened: Objects = importlib.import_module("core.objects").Objects(self._url, self._home / FOLDER)
        return opened
