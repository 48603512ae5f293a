"""Node scripts, run with the npm packages that are pinned beside them: clients of the API as they are published."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "node"
_LIMIT = 180


def node(script: str, *args: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start `tests/node/<script>` and return it, its output as text; skips the test where Node is missing.

    The caller waits for it or kills it.
    """
    installed()
    return subprocess.Popen(
        ["node", str(FOLDER / script), *args],
        cwd=FOLDER,
        env={"PATH": os.environ["PATH"], **(env or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def installed(folder: Path = FOLDER) -> None:
    """Install what a folder's package-lock.json says, once for all workers; skips the test where Node is missing."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node (node and npm) is not on this machine: clients of npm cannot be tried")
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _is_current(folder):
            return
        done = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_LIMIT,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def _is_current(folder: Path) -> bool:
    """Whether what is installed is not older than what is pinned."""
    done = folder / "node_modules" / ".package-lock.json"
    return done.exists() and done.stat().st_mtime >= (folder / "package-lock.json").stat().st_mtime
