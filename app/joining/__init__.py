"""Taking an invitation: the page `/join` for the person who was invited, and the path that it posts to."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from app.pages import SAFE, Files

PAGE: Final = "/join"
FILES: Final = f"{PAGE}/{{file}}"
"""The template of the paths of its files."""
_HERE: Final = Path(__file__).parent
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "content-security-policy": _POLICY,
    "cache-control": "no-cache",
    "cross-origin-opener-policy": "same-origin",
} | {name.decode(): value.decode() for name, value in SAFE}


def serve_page(front: FastAPI) -> None:
    """Serve the page and its files. The token of a link is behind `#`, so the request for the page has it not."""
    page = (_HERE / "page.html").read_bytes()

    @front.api_route(PAGE, methods=["GET", "HEAD"])
    async def join(request: Request) -> Response:
        length = {"content-length": str(len(page))}
        return Response(b"" if request.method == "HEAD" else page, media_type="text/html", headers=_HEADERS | length)

    front.mount(PAGE, Files(directory=_HERE / "files"))
