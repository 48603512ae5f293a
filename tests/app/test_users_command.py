"""People from the command line: invited, given links, listed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.listing import readable
from core.settings import Settings
from tests.kit.command import Forge

WHERE = ("--company", "Millbrook Machine Works")
ANN = ("users", "create", "ann@shop.example", "--name", "Ann", "--role", "estimator", *WHERE)


def test_people_are_invited_given_links_and_listed(
    forge: Forge,
    forge_with: Callable[[Settings], Forge],
    settings: Settings,
    empty_database_url: str,
    tmp_path: Path,
):
    assert forge("seed").code == 0
    made = forge(*ANN, "--print")
    start = f"{settings.url}/join#"
    assert (made.code, made.out.startswith(start), len(made.out.strip())) == (0, True, len(start) + 51)
    assert made.err == (
        "forge: invited ann@shop.example by a link that is good once, for 7 days: keep it well, nobody can show it"
        " again\n"
    )
    again = forge(*ANN, "--print")
    assert (again.code, again.out, again.err) == (1, "", "forge: email: a person with this address is there already\n")

    file = tmp_path / "link"
    linked = forge("users", "link", "ANN@shop.example", *WHERE, "--link-file", str(file))
    assert (linked.code, linked.out, file.stat().st_mode & 0o777) == (0, "", 0o600)
    assert file.read_text().startswith(start)
    assert file.read_text() != made.out
    owner = forge("users", "link", "owner@millbrook.example", *WHERE, "--print")
    assert (owner.code, owner.out.startswith(start)) == (0, True), owner.err

    lines = [line.split() for line in forge("users", "list", *WHERE).out.splitlines()]
    assert [line[1:] for line in lines][-1] == ["invited", "Estimator", "ann@shop.example", "Ann"]
    assert ["active", "owner", "owner@millbrook.example"] in [line[1:4] for line in lines]
    shown = json.loads(forge("users", "list", *WHERE, "--json").out)[-1]
    assert (shown["email"], shown["status"], shown["role"], shown["joined_at"]) == (
        *("ann@shop.example", "invited", "Estimator"),
        None,
    )
    assert shown["invitation_expires_at"].endswith("Z")

    mailed = replace(settings, database_url=empty_database_url, home=tmp_path, smtp_url="smtp://mail.example")
    bob = tuple(word.replace("ann@", "bob@") for word in ANN)
    sent = forge_with(mailed)(*bob)
    assert (sent.code, sent.out, sent.err) == (
        *(0, ""),
        "forge: invited bob@shop.example: a worker sends the link by mail\n",
    )
    assert forge_with(mailed)("users", "link", "bob@shop.example", *WHERE, "--print").out.startswith(start)


def test_what_cannot_be_is_refused_in_one_line(forge: Forge):
    forge("seed")
    for words, problem in (
        (("create", "ann", "--name", "A", "--role", "Admin"), "email: must be an e-mail address such as ann@shop.ex"),
        (("create", "a@b.example", "--name", "A", "--role", "Boss"), "No such role in this company: one of Admin, Est"),
        (("create", "a@b.example", "--name", " ", "--role", "Admin"), "name: must not be blank"),
        (("link", "nobody@b.example"), "No such person in this company"),
        (("list", "--as", "nobody@b.example"), "No such person in this company"),
    ):
        place = () if words[0] == "list" else ("--print",)
        said = forge("users", *words, *WHERE, *place)
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith(f"forge: {problem}")
    assert forge("users", "list").err.startswith("forge: ")  # there are two companies
    nowhere = forge(*ANN)
    assert (nowhere.code, nowhere.out) == (1, "")
    assert "stdout is no terminal, so the link is not shown there: give --link-file FILE or --print" in nowhere.err
    assert len(forge("users", "list", *WHERE).out.splitlines()) == 1
    admin = ("users", "create", "adm@shop.example", "--name", "Adm", "--role", "Admin", *WHERE, "--print")
    assert forge(*admin).code == 0
    waiting = forge("users", "link", "owner@millbrook.example", "--as", "adm@shop.example", *WHERE, "--print")
    assert (waiting.code, waiting.out) == (1, "")  # who has not joined may do nothing


@pytest.mark.parametrize("words", ["--help", "create --help", "link --help", "list --help"])
def test_its_help_says_what_it_does(forge: Forge, words: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        forge("users", *words.split())
    assert ended.value.code == 0
    assert "EMAIL" in capsys.readouterr().out or words == "--help"


def test_a_name_cannot_command_the_terminal():
    assert readable("Ann \x1b]0;owned\x07 \u202e Ünï") == "Ann \ufffd]0;owned\ufffd \ufffd Ünï"
