"""The clients of examples/clients, run as their comments say, against a server."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.generated import ROOT
from core.settings import Settings
from models import Client, Quote, QuoteStatus
from tests.kit.node import FOLDER as NODE
from tests.kit.node import installed
from tests.kit.process import ServerProcess
from tests.kit.tenant import Tenant

CLIENTS = ROOT / "examples" / "clients"
MANY = 251
"""One more than a page holds."""
WRONG = """
import createClient from "openapi-fetch";
import type { paths } from "./forge.js";
const forge = createClient<paths>({});
const page = await forge.GET("/quotes", {});
// @ts-expect-error
page.data?.data[0]?.numero;
// @ts-expect-error
await forge.GET("/quotes", { params: { query: { status: { eq: "snet" } } } });
// @ts-expect-error
await forge.POST("/clients", { body: { currency: "USD" } });
"""


@pytest.fixture(scope="module")
def http(settings: Settings) -> Iterator[ServerProcess]:
    with ServerProcess(settings) as running:
        yield running


@pytest.fixture
async def env(http: ServerProcess, company: Tenant) -> dict[str, str]:
    """What each client is told: where Forge is, and a key. There are more sent quotes than one page holds."""
    client = await company.make(Client, name="Harbor Pump")
    shared: dict[str, Any] = {"client_id": client.id, "currency": "EUR", "total": Decimal("12.50"), "title": "Brackets"}
    sent = [{"number": f"Q-{number}", "status": QuoteStatus.SENT} | shared for number in range(1, MANY + 1)]
    await company.make_many(Quote, [*sent, {"number": "Q-0"} | shared])
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"FORGE_URL": http.url, "FORGE_KEY": await company.key()}


def run(words: Sequence[str | Path], folder: Path, env: Mapping[str, str], *, code: int = 0) -> str:
    """What a program says, on stderr if it is to fail."""
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert env["FORGE_KEY"] not in done.stdout + done.stderr
    return done.stderr if code else done.stdout


def copied(name: str, to: Path) -> Path:
    """A copy of an example, for what is generated; what npm installed is linked."""
    made = to / name
    away = shutil.ignore_patterns("node_modules", "dist", "forge.d.ts", "forge_client", ".venv", ".lock")
    shutil.copytree(CLIENTS / name, made, ignore=away)
    if (CLIENTS / name / "node_modules").exists():
        (made / "node_modules").symlink_to(CLIENTS / name / "node_modules")
    return made


def ariadne() -> Path:
    """The folder of the programs that uv.lock of the Python example pins, installed once; skips without uv or PyPI.

    ariadne-codegen wants an older graphql-core than Forge has, so it has an environment of its own.
    """
    folder = CLIENTS / "python"
    found = shutil.which("uv", path=f"{ROOT / '.boot' / 'bin'}:{os.environ['PATH']}")
    if found is None:
        pytest.skip("uv is not on this machine: ariadne-codegen cannot be installed")
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        words = [found, "sync", "--locked", "--quiet", "--project", str(folder), "--python", sys.executable]
        plain = {
            name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"}
        }
        done = subprocess.run(words, env=plain, capture_output=True, text=True, timeout=180, check=False)
    if any(word in done.stderr for word in ("Failed to fetch", "Failed to download", "etwork")):
        pytest.skip("PyPI does not answer: ariadne-codegen cannot be installed")
    assert done.returncode == 0, done.stderr
    return folder / ".venv" / "bin"


async def test_rest_by_httpx(env: dict[str, str], company: Tenant):
    script: list[str | Path] = [sys.executable, CLIENTS / "python" / "rest.py", "2020-01-01T00:00:00Z"]
    first, *quotes = run(script, CLIENTS, env).splitlines()
    [made] = await company.all("select id from clients where name = 'Acme'")
    assert first == f"created {made['id']}"
    assert len(quotes) == MANY + 1
    assert {line.rsplit(" ", 1)[0] for line in quotes} == {
        "Q-0 draft 12.50 EUR", *(f"Q-{number} sent 12.50 EUR" for number in range(1, MANY + 1)),
    }  # fmt: skip
    again, *none = run([*script[:2], quotes[-1].rsplit(" ", 1)[1]], CLIENTS, env).splitlines()
    assert again == f"unchanged {made['id']}"
    assert len(none) >= 1  # the last ones are told again, so that none is missed


async def test_rest_by_httpx_says_what_is_refused(env: dict[str, str], company: Tenant):
    script: list[str | Path] = [sys.executable, CLIENTS / "python" / "rest.py", "2020-01-01T00:00:00Z"]
    told = run(script, CLIENTS, env | {"FORGE_KEY": await company.key("quotes.view")}, code=1)
    assert "'code': 'insufficient_scope'" in told


async def test_graphql_by_ariadne_codegen(env: dict[str, str], tmp_path: Path):
    programs = ariadne()
    folder = copied("python", tmp_path)
    run([programs / "ariadne-codegen"], folder, env)
    *quotes, made = run([programs / "python", "typed.py"], folder, env).splitlines()
    assert sorted(quotes) == sorted(f"Q-{number} 12.50 EUR Harbor Pump" for number in range(1, MANY + 1))
    assert made.startswith("Acme 0")
    refused = run([programs / "python", "typed.py"], folder, env).splitlines()[-1]
    assert refused.startswith("code is already taken {'code': 'conflict', 'field': 'code'")


async def test_rest_by_openapi_typescript(env: dict[str, str], tmp_path: Path):
    """Beside it a file is compiled in which what is wrong must be found: a field, a filter, a body."""
    installed(CLIENTS / "typescript")
    folder = copied("typescript", tmp_path)
    (folder / "wrong.ts").write_text(WRONG)
    settings = json.loads((folder / "tsconfig.json").read_text())
    settings["files"].append("wrong.ts")
    (folder / "tsconfig.json").write_text(json.dumps(settings))
    for script in ("types", "build"):
        run(["npm", "run", "--silent", script], folder, env)
    made, *quotes = run(["npm", "run", "--silent", "start"], folder, env).splitlines()
    assert made == "Acme USD"
    assert sorted(quotes) == sorted(f"Q-{number} 12.50 EUR Harbor Pump" for number in range(1, MANY + 1))


async def test_google_sheets(env: dict[str, str]):
    """Its services are stand-ins (`tests/node/sheet.mjs`); the script and its requests are the real ones."""
    installed()
    told = json.loads(run(["node", "sheet.mjs", CLIENTS / "spreadsheet" / "Code.gs"], NODE, env))
    assert told["where"] == [1, 1, MANY + 1, 7]
    assert told["rows"][0] == ["number", "status", "title", "total", "currency", "due_on", "client"]
    assert sorted(row[0] for row in told["rows"][1:]) == sorted(f"Q-{number}" for number in range(1, MANY + 1))
    assert told["rows"][1][1:] == ["sent", "Brackets", 12.5, "EUR", None, "Harbor Pump"]


async def test_excel(env: dict[str, str]):
    """Microsoft's parser reads the query; what it tells Excel to send is sent (`tests/node/power_query.mjs`)."""
    installed()
    rows = json.loads(run(["node", "power_query.mjs", CLIENTS / "spreadsheet" / "quotes.pq"], NODE, env))
    assert sorted(row["number"] for row in rows) == sorted(f"Q-{number}" for number in range(1, MANY + 1))
    assert rows[0] == {
        "number": rows[0]["number"], "status": "sent", "title": "Brackets", "currency": "EUR", "due_on": None,
        "total": "12.50", "client": {"name": "Harbor Pump"},
    }  # fmt: skip
