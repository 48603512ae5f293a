"""The README's commands do what it says, as a newcomer would paste them."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from app.generated import ROOT
from app.sandboxes import open_tools
from core.settings import Settings
from jobs.demo.filling import SMALL, fill_at_once
from jobs.tasks.kinds import Work
from tests.kit.process import ServerProcess
from tests.kit.tenant import Tenant

BLOCKS = re.findall(r"^```\n(curl.*?)^```", (ROOT / "README.md").read_text(), flags=re.DOTALL | re.MULTILINE)
COMMANDS = [command.strip() for block in BLOCKS for command in block.split("\n\n")]
ENDLESS = "curl -N"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on this machine")
async def test_every_command_answers_something_on_the_demo(
    server: Callable[..., ServerProcess], company: Tenant, settings: Settings
) -> None:
    async with open_tools(settings) as tools:
        await fill_at_once(tools, Work(company.workspace_id, uuid4(), {"size": SMALL}, None, 0, None))
    process, key = server(), await company.key()
    assert len(COMMANDS) >= 6
    for command in COMMANDS:
        told = await run(command, {"FORGE_URL": process.url, "FORGE_KEY": key, "PATH": "/usr/local/bin:/usr/bin:/bin"})
        if ENDLESS in command:
            assert told.startswith(":") or not told, (command, told)
        else:
            assert "data" in json.loads(told), (command, told)
            assert not json.loads(told).keys() & {"error", "errors"}, (command, told)
            assert not is_empty(json.loads(told)["data"]), (command, told)


def is_empty(data: Any) -> bool:
    """Whether an answer shows no row: a list of it, or of the fields in it, holds nothing."""
    if isinstance(data, dict):
        return any(is_empty(each) for name, each in data.items() if name in {"nodes", "points"} or "nodes" in str(each))
    return isinstance(data, list) and not data


async def run(command: str, env: dict[str, str]) -> str:
    """What a command says; one that follows something is stopped after a moment."""
    wanted = command.replace(ENDLESS, f"{ENDLESS} -s -S --max-time 1")
    made = await asyncio.create_subprocess_shell(wanted, env=env, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    told, _ = await made.communicate()
    assert made.returncode == (28 if ENDLESS in command else 0), (command, made.returncode)
    return told.decode()
