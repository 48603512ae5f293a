"""The explorer: GraphiQL for browsers, out of our own files."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.explorer import _PAGES
from tests.kit.client import Client as Api
from tests.kit.process import ServerProcess

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PAGE = (_PAGES / "page.html").read_text()
CHROMIUM = shutil.which("chromium")
FILES = re.findall(r'(?:src|href)="(/[^"]+)"', PAGE)


async def test_a_browser_gets_the_page_without_a_key(api: Api) -> None:
    answer = await api.request("GET", "/graphql?query=%7B__typename%7D", key=None, headers=BROWSER)
    assert (answer.status, answer.body.decode()) == (200, PAGE)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert (await api.request("HEAD", "/graphql", key=None, headers=BROWSER)).body == b""


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/graphql-response+json, text/html"])
async def test_a_program_gets_the_api(api: Api, accept: str | None) -> None:
    headers = {} if accept is None else {"accept": accept}
    answer = await api.request("GET", "/graphql?query=%7B__typename%7D", headers=headers)
    assert answer.data == {"__typename": "Query"}
    assert (await api.request("GET", "/graphql?query=%7B__typename%7D", key=None, headers=headers)).status == 401


async def test_a_browser_that_posts_gets_the_api(api: Api) -> None:
    assert (await api.graphql("{ __typename }", headers=BROWSER)).data == {"__typename": "Query"}


@pytest.mark.parametrize("path", FILES)
async def test_every_file_of_the_page_is_here(api: Api, path: str) -> None:
    answer = await api.get(path, key=None)
    assert answer.status == 200
    assert answer.headers["content-type"].split(";")[0] == ("text/css" if path.endswith(".css") else "text/javascript")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert len(answer.body) > 500
    again = await api.get(path, key=None, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


def test_the_page_asks_for_nothing_from_elsewhere() -> None:
    ours = PAGE + "".join(path.read_text() for path in (_PAGES / "files").iterdir())
    assert len(FILES) == 7
    assert "://" not in ours


@pytest.mark.parametrize(
    "path", ["/graphiql/shipped/../__init__.py", "/graphiql/forge/..%2f__init__.py", "/graphiql/x"]
)
async def test_nothing_beside_the_files_is_served(api: Api, path: str) -> None:
    assert (await api.get(path, key=None)).status in {401, 404}


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (on Debian: apt install chromium)")
def test_a_browser_shows_the_explorer_with_an_example_before_any_key(process: ServerProcess, tmp_path: Path) -> None:
    """`--dump-dom` prints the document once the scripts have run."""
    own = [f"--user-data-dir={tmp_path}", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000"]
    words = [str(CHROMIUM), "--headless", *own, "--dump-dom", f"{process.url}/graphql"]
    shown = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout
    assert 'class="graphiql-execute-button"' in shown
    text = re.sub(r"<[^>]+>", "", shown)
    assert "quotes(first: 5) {" in text
    assert "API key" in text
    assert "error" not in text.lower()
