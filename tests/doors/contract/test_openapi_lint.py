"""The OpenAPI document as two linters of npm see it: they find nothing, not even something to mention."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.generated import ROOT
from tests.kit.node import FOLDER, installed

LINT = FOLDER / "lint"
DOCUMENT = ROOT / "rest/openapi.json"
TOOLS = {
    "spectral": ("lint", "--ruleset", "spectral.yaml", "--fail-severity", "hint", "--format", "json", "--quiet"),
    "redocly": ("lint", "--extends", "recommended", "--format", "json"),
}
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def found_in(document: Path, tool: str) -> list[Any]:
    """What a tool finds, down to hints; skips the test where Node is missing."""
    installed(LINT)
    done = subprocess.run(
        [LINT / "node_modules/.bin" / tool, *TOOLS[tool], str(document)],
        cwd=LINT,
        env={"PATH": os.environ["PATH"], **QUIET},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    return list(told["problems"] if tool == "redocly" else told)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_linter_finds_nothing(tool: str):
    assert found_in(DOCUMENT, tool) == []


@pytest.mark.parametrize("tool", TOOLS)
def test_a_linter_would_find_something(tool: str, tmp_path: Path):
    document = json.loads(DOCUMENT.read_text())
    del document["paths"]["/quotes"]["get"]["operationId"]
    wrong = tmp_path / "openapi.json"
    wrong.write_text(json.dumps(document))
    assert found_in(wrong, tool) != []
