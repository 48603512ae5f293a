"""What pages for browsers have in common: their files, and the headers that keep them what they are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from starlette.responses import FileResponse
from starlette.responses import Response as Sent
from starlette.staticfiles import StaticFiles

from core.compression import Kept

SAFE: Final = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]


class Files(StaticFiles):
    """Files that are sent whole, so that they are compressed as every other answer is; each is read once."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self._bodies: dict[tuple[str, int], Kept] = {}

    def file_response(self, full_path: Any, stat_result: os.stat_result, scope: Any, status_code: int = 200) -> Sent:
        """Serve a file, told to be nothing but what it says it is."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update({name.decode(): value.decode() for name, value in SAFE})
        if not isinstance(response, FileResponse):  # the caller has it
            return response
        del response.headers["accept-ranges"]
        whole = Sent(b"" if scope["method"] == "HEAD" else self._body(str(full_path), stat_result.st_mtime_ns))
        whole.raw_headers = response.raw_headers
        return whole

    def _body(self, path: str, changed: int) -> Kept:
        found = self._bodies.get((path, changed))
        if found is None:
            found = self._bodies[path, changed] = Kept(Path(path).read_bytes())
        return found
