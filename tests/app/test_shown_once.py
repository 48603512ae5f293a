"""The place of a secret that is shown once: whatever goes wrong after it was kept, it can still be had."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import main
from app.shown_once import Place, add_place
from core.errors import Invalid


def at(file: Path) -> Place:
    return Place("key", file, to_stdout=False)


def hand_over(file: Path, trouble: Callable[[], object]) -> None:
    """A command that comes into trouble when the secret is kept, about when it is committed."""
    with at(file) as place:
        place.prepare()
        place.keep("secret")
        trouble()
        place.hand_over()


def lost() -> None:
    raise ConnectionResetError


def test_a_file_made_meanwhile_is_left_alone_and_the_secret_is_in_the_draft(tmp_path: Path):
    file = tmp_path / "key"
    with pytest.raises(Invalid, match=f"{file}: File exists; the key is in {tmp_path}/.key.draft"):
        hand_over(file, lambda: file.write_text("of somebody else"))
    assert file.read_text() == "of somebody else"
    assert (tmp_path / ".key.draft").read_text() == "secret\n"


def test_a_commit_that_may_have_happened_leaves_the_secret_where_the_next_command_finds_it(tmp_path: Path):
    file = tmp_path / "key"
    with pytest.raises(ConnectionResetError):
        hand_over(file, lost)
    assert not file.exists()
    with at(file) as place:
        assert place.left() == "secret"
        place.hand_over()
    assert file.read_text() == "secret\n"
    assert [each.name for each in tmp_path.iterdir()] == ["key"]


def test_a_draft_that_nothing_was_kept_in_goes_away(tmp_path: Path):
    with at(tmp_path / "key") as place:
        place.prepare()
    assert list(tmp_path.iterdir()) == []


def test_a_draft_that_another_command_has_handed_over_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The draft is opened by its name, then locked: between the two the name may have gone."""
    draft = tmp_path / ".key.draft"
    monkeypatch.setattr("fcntl.flock", lambda *_: draft.unlink())
    with pytest.raises(Invalid, match="another command writes it"):
        at(tmp_path / "key").prepare()


@pytest.mark.parametrize(
    ("what", "printing", "told"),
    [
        ("key", True, ", and --print prints it to stdout whatever that is"),
        ("secret", True, ", and --print prints it to stdout whatever that is"),
        ("key", False, ""),
    ],
)
def test_a_dash_is_refused_as_a_file_and_the_line_says_what_to_do(
    capsys: pytest.CaptureFixture[str], what: str, told: str, *, printing: bool
):
    parser = argparse.ArgumentParser("forge")
    add_place(parser, what, printing=printing)
    for words in ([f"--{what}-file", "-"], [f"--{what}-file=-"]):
        with pytest.raises(SystemExit) as ended:
            parser.parse_args(words)
        assert ended.value.code == 2
        assert capsys.readouterr().err.splitlines()[-1] == (
            f"forge: error: argument --{what}-file: `-` names no file (`./-` does): "
            f"without --{what}-file the {what} is shown on a terminal{told}"
        )
    assert parser.parse_args([f"--{what}-file", "./-"]).secret_file == Path("-")


@pytest.mark.parametrize("command", ["companies create x --owner a@b.example", "keys create", "webhooks create"])
def test_every_command_that_shows_a_secret_refuses_a_dash(capsys: pytest.CaptureFixture[str], command: str):
    option = "--secret-file" if command.startswith("webhooks") else "--key-file"
    with pytest.raises(SystemExit):
        main([*command.split(), option, "-"])
    assert f"argument {option}: `-` names no file" in capsys.readouterr().err


@pytest.mark.parametrize("planted", ["pipe", "link", "of somebody else"])
def test_a_draft_that_somebody_else_may_read_is_not_written_to(tmp_path: Path, planted: str):
    draft = tmp_path / ".key.draft"
    if planted == "pipe":
        os.mkfifo(draft)
    else:
        draft.touch()
    if planted == "link":
        os.link(draft, tmp_path / "other name")
    if planted == "of somebody else":
        if os.geteuid() != 0:
            pytest.skip("only root can give a file away")
        os.chown(draft, 65_534, 65_534)
        draft.chmod(0o666)
    with pytest.raises(Invalid, match="belongs to somebody else"), at(tmp_path / "key") as place:
        place.prepare()
    assert not (tmp_path / "key").exists()
    assert planted == "pipe" or draft.read_text() == ""
