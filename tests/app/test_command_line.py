"""The command line: help, clear errors, and commands that work beside a `run` or without one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from app.cli import COMMANDS, main
from app.demo.demo import DemoKeys, remember, welcome
from app.embedded.files import read_variables
from core.settings import Settings
from tests.kit import forked
from tests.kit.processes import plain_environment

KEYS = DemoKeys("fmrp_live_a", "fmrp_live_b", "fmrp_live_c")


def forge(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return forked.run(words, plain_environment(env))


def test_help_names_every_command():
    done = forge("--help")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines() if line.startswith("    ") and line[4] != " "] == list(
        COMMANDS
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_help_of_its_own(name: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f" {name} [-h]" in capsys.readouterr().out.partition("\n")[0]


def test_a_command_that_does_not_exist_is_refused_with_those_that_do():
    done = forge("runn")
    assert done.returncode == 2
    assert "invalid choice: 'runn'" in done.stderr


def test_a_setting_that_cannot_be_used_is_named_without_a_trace():
    done = forge("serve", FORGE_PORT="x")
    assert (done.returncode, done.stderr) == (2, "forge: FORGE_PORT must be a whole number from 0 to 65535, not 'x'\n")


def test_a_home_that_cannot_be_made_is_named_without_a_trace(tmp_path: Path):
    (tmp_path / "file").touch()
    done = forge("migrate", FORGE_HOME=str(tmp_path / "file" / "home"))
    assert done.returncode == 1
    assert done.stderr == f"forge: cannot make FORGE_HOME {tmp_path}/file/home: Not a directory\n"


def test_doctor_names_servers_that_do_not_answer(settings: Settings):
    away = {"DATABASE_URL": "postgresql://forge@127.0.0.1:1/forge", "REDIS_URL": "redis://127.0.0.1:1/0"}
    done = forge("doctor", **(settings.environ() | away))
    assert done.returncode == 1
    assert "bad   postgres    DATABASE_URL does not answer" in done.stdout
    assert "bad   valkey      REDIS_URL does not answer" in done.stdout


def test_doctor_finds_the_test_servers_in_order(settings: Settings):
    done = forge("doctor", **settings.environ())
    assert {line.split()[0] for line in done.stdout.splitlines()} == {"ok"}, done.stdout
    assert done.returncode == 0


def test_a_command_without_a_run_starts_servers_for_itself(tmp_path: Path):
    done = forge("migrate", FORGE_HOME=str(tmp_path / "home"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("forge: the database is at ")
    assert not (tmp_path / "home" / "servers.env").exists()


def test_the_demos_keys_are_kept_when_it_is_seeded_no_more(tmp_path: Path):
    settings = Settings.load({"FORGE_HOME": str(tmp_path)})
    assert remember(settings, KEYS) == KEYS
    assert remember(settings, None) == KEYS
    assert read_variables(tmp_path / "demo.env") == {
        "FORGE_URL": "http://127.0.0.1:8000",
        "FORGE_KEY": "fmrp_live_a",
        "FORGE_VIEW_KEY": "fmrp_live_b",
        "FORGE_OTHER_KEY": "fmrp_live_c",
    }
    assert (tmp_path / "demo.env").stat().st_mode & 0o777 == 0o600


def test_the_welcome_has_a_key_a_curl_and_a_query_in_at_most_ten_lines(tmp_path: Path):
    lines = welcome(Settings.load({"FORGE_HOME": str(tmp_path)}), KEYS)
    assert len(lines) <= 10
    assert sum("curl" in line for line in lines) == 2
    assert "fmrp_live_a" in lines[1]
