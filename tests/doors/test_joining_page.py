"""The page `/join`: small, from our own files, with nothing inline; and what a browser makes of it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.joining import _HERE
from tests.kit.client import Client as Api
from tests.kit.process import ServerProcess

PAGE = (_HERE / "page.html").read_text()
FILES = re.findall(r'(?:src|href)="(join/[^"]+)"', PAGE)
CHROMIUM = shutil.which("chromium")


async def test_the_page_runs_and_asks_for_nothing_but_its_own_files(api: Api) -> None:
    answer = await api.get("/join", key=None)
    assert (answer.status, answer.body.decode()) == (200, PAGE)
    policy = dict(each.split(" ", 1) for each in answer.headers["content-security-policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bon\w+=|style=|<style|://", PAGE)
    head = await api.request("HEAD", "/join", key=None)
    assert (head.status, head.body) == (200, b"")


@pytest.mark.parametrize("path", FILES)
async def test_every_file_of_the_page_is_here(api: Api, path: str) -> None:
    answer = await api.get(f"/{path}", key=None)
    assert answer.status == 200
    assert answer.headers["content-type"].split(";")[0] == ("text/css" if path.endswith(".css") else "text/javascript")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert b"://" not in answer.body


@pytest.mark.parametrize("path", ["/join/", "/join/page.html", "/join/door.py", "/join/../joining/door.py"])
async def test_nothing_beside_the_files_is_served(api: Api, path: str) -> None:
    assert (await api.get(path, key=None)).status in {401, 404}


async def test_only_reading_the_page_is_allowed(api: Api) -> None:
    answer = await api.post("/join", {}, key=None)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (on Debian: apt install chromium)")
def test_a_browser_shows_the_form_for_a_link_and_says_so_without_one(process: ServerProcess, tmp_path: Path) -> None:
    own = [f"--user-data-dir={tmp_path}", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=3000"]

    def shown(address: str) -> str:
        words = [str(CHROMIUM), "--headless", *own, "--dump-dom", address]
        return subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout

    with_link, without = shown(f"{process.url}/join#token"), shown(f"{process.url}/join")
    assert ('<form id="join">' in with_link, '<form id="join" hidden="">' in without) == (True, True)
    assert "There is no invitation in this address" in without
    assert "There is no invitation in this address" not in with_link
