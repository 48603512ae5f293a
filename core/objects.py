"""Files in a folder of this machine or in a bucket that speaks S3, through obstore.

Only `core.store` imports this, at the first use: the library takes memory, and cannot be forked once it is open.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, S3Store

from core.errors import NotFound, Unavailable

_PART: Final = 8_388_608
"""Bytes of one part of an upload; S3 wants 5 MiB at least."""
_AT_ONCE: Final = 2
"""Parts of one upload that are under way, and in memory."""
_PIECE: Final = 262_144
"""Bytes that are read at a time."""
_ATTEMPTS: Final[Any] = {"max_retries": 3}


class Objects:
    """An open store; raises Unavailable when it cannot be opened."""

    def __init__(self, url: str | None, folder: Path) -> None:
        with _told():
            self._store: LocalStore | S3Store = _bucket(url) if url else _folder(folder)

    async def put(self, key: str, pieces: AsyncIterable[bytes]) -> None:
        """Write a file from its pieces; what breaks off leaves none. Raises Unavailable, and what `pieces` raises."""
        with _told():
            await obstore.put_async(self._store, key, pieces, chunk_size=_PART, max_concurrency=_AT_ONCE)

    async def get(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Read the bytes from `start` up to `end`, which must be after it; raises NotFound, Unavailable."""
        with _told():
            found = await obstore.get_async(self._store, key, options={"range": (start, end)})
            async for piece in found.stream(min_chunk_size=_PIECE):
                yield bytes(piece)

    async def remove(self, keys: list[str]) -> None:
        """Take files away; those that are not there are left out. Raises Unavailable."""
        for key in keys:
            with _told():
                try:
                    await obstore.delete_async(self._store, key)
                except (NotFoundError, FileNotFoundError):
                    continue

    async def list(self) -> AsyncIterator[tuple[str, datetime]]:
        """The keys of all files, each with the moment it was written; raises Unavailable."""
        with _told():
            async for found in obstore.list(self._store, chunk_size=1_000):
                for each in found:
                    yield each["path"], each["last_modified"]


def _folder(path: Path) -> LocalStore:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return LocalStore(path)


def _bucket(url: str) -> S3Store:
    parts = urlsplit(url)
    how = dict(parse_qsl(parts.query))
    bucket, _, prefix = parts.path.strip("/").partition("/")
    host, plain = parts.netloc.rpartition("@")[2], parts.scheme == "s3+plain"
    return S3Store(
        bucket,
        prefix=prefix or None,
        endpoint=f"{'http' if plain else 'https'}://{host}",
        region=how.get("region", "us-east-1"),
        access_key_id=unquote(parts.username or ""),
        secret_access_key=unquote(parts.password or ""),
        virtual_hosted_style_request=False,
        client_options={"allow_http": plain, "timeout": "60s", "connect_timeout": "5s"},
        retry_config=_ATTEMPTS,
    )


@contextmanager
def _told() -> Iterator[None]:
    """Say what the store says in our words: that a file is missing, or that the store does not answer."""
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise NotFound("The file is not there", field="id") from error
    except (BaseError, OSError) as error:
        raise Unavailable("The store of files does not answer", retry_after=5) from error
