"""The command line as programs use it: JSON, the version, completion by a shell."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from core.settings import Settings
from tests.app.test_command_line import forge as forge_apart
from tests.kit.command import Forge
from tests.kit.processes import ROOT

KEY = {
    *("public_id", "name", "format", "environment", "scopes", "created_at", "expires_at", "revoked_at"),
    *(
        "allowed_cidrs",
        "last_used_at",
        "last_used_address",
        "last_used_route",
        "registered_only",
        "created_by",
        "state",
    ),
}
ENDPOINT = {
    *("id", "status", "url", "events", "style", "description", "secret_hint", "created_at", "updated_at"),
}
COMPANY = {
    *("id", "name", "plan", "limits", "own_limits", "currency", "time_zone", "allow_negative_stock"),
    *("live_workspace_id", "test_workspace_id", "created_at"),
}


def test_every_list_is_one_json_array_of_the_documented_members(forge: Forge, tmp_path: Path):
    assert forge("migrate").code == 0
    assert json.loads(forge("companies", "list", "--json").out) == []
    kept = tmp_path / "key"
    made = forge("companies", "create", "Shop", "--owner", "a@shop.example", "--key-file", str(kept), "--json")
    assert json.loads(made.out).keys() == COMPANY
    key = kept.read_text().strip()
    hook = ("webhooks", "create", "--url", "https://shop.example/hook", "--key", key)
    refused = forge(*hook)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.endswith("so the secret is not shown there: give --secret-file FILE or --print\n")
    assert forge(*hook, "--secret-file", str(tmp_path / "secret")).code == 0
    secret = (tmp_path / "secret").read_text().strip()
    printed = forge(*hook, "--print")
    assert printed.out.startswith("whsec_")

    [listed] = json.loads(forge("keys", "list", "--json").out)
    assert listed.keys() == KEY
    endpoints = json.loads(forge("webhooks", "list", "--key", key, "--json").out)
    assert [each.keys() for each in endpoints] == [ENDPOINT] * 2
    assert secret not in json.dumps(endpoints)
    assert secret.startswith("whsec_")
    assert json.loads(forge("tasks", "list", "--json").out) == []
    documented = (ROOT / "docs" / "operating.md").read_text()
    for member in KEY | ENDPOINT | COMPANY:
        assert f"`{member}`" in documented, member


def test_the_doctor_speaks_json_too(settings: Settings):
    done = forge_apart("doctor", "--json", **settings.environ())
    findings = json.loads(done.stdout)
    assert done.returncode == 0
    assert {tuple(each) for each in findings} == {("what", "text", "level")}
    assert {each["level"] for each in findings} == {"ok"}
    assert {"python", "postgres", "valkey", "migrations"} <= {each["what"] for each in findings}
    away = forge_apart("doctor", "--json", **settings.environ() | {"REDIS_URL": "redis://127.0.0.1:1/0"})
    assert away.returncode == 1
    [bad] = [each for each in json.loads(away.stdout) if each["level"] == "bad"]
    assert bad["text"].startswith("REDIS_URL does not answer")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["forge", "comp"], {"companies", "completion"}),
        (["forge", "companies", "s"], {"set"}),
        (["forge", "companies", "create", "--own"], {"--owner", "--owner-name"}),
        (["forge", "keys", "create", "--environment", ""], {"live", "test"}),
        (["forge", "completion", "b"], {"bash"}),
    ],
)
def test_bash_completes_commands_options_and_choices(completion: Path, typed: list[str], offered: set[str]):
    words = " ".join(f"'{word}'" for word in typed)
    ask = f"source {completion}; COMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}; COMP_LINE='x'; COMP_POINT=1"
    done = subprocess.run(
        ["bash", "-c", f"{ask}; _shtab_forge; printf '%s\\n' \"${{COMPREPLY[@]}}\""],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert set(done.stdout.split()) == offered


@pytest.fixture(scope="module")
def completion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("bash") is None:
        pytest.skip("bash is not on this machine")
    file = tmp_path_factory.mktemp("completion") / "forge.bash"
    done = forge_apart("completion", "bash")
    assert done.returncode == 0
    file.write_text(done.stdout)
    return file
