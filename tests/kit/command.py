"""Commands of the command line, run in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.cli import main
from core.settings import Settings


@dataclass
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str


Forge = Callable[..., Said]


@pytest.fixture
def forge_with(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[Settings], Forge]:
    """`forge_with(settings)` runs commands in this process, with these settings and a stdout that is no terminal."""

    def prepare(settings: Settings) -> Forge:
        for name, value in settings.environ().items():
            monkeypatch.setenv(name, value)

        def run(*words: str) -> Said:
            code = main(words)
            out, err = capsys.readouterr()
            return Said(code, out, err)

        return run

    return prepare


@pytest.fixture
def forge(
    settings: Settings, empty_database_url: str, tmp_path: Path, forge_with: Callable[[Settings], Forge]
) -> Forge:
    """Run a command in this process, on an empty database."""
    return forge_with(replace(settings, database_url=empty_database_url, home=tmp_path))
