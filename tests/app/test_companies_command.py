"""`companies`: an installation of one's own, from an empty database to its first answer; plans and limits, at once."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from access.credentials import public_id_of
from access.plans import limits_of
from core.settings import Settings
from tests.kit.command import Forge
from tests.kit.process import ServerProcess
from tests.kit.processes import ROOT, plain_environment

_NUMBERS = count(1)
EXISTS = "exists already, and is not overwritten: give another --key-file"
OWNER = ("--owner", "ann@shop.example")


@pytest.fixture
def ours(settings: Settings, forge_with: Callable[[Settings], Forge]) -> Forge:
    """Run a command on the database of the other tests."""
    return forge_with(settings)


@pytest.fixture
def name() -> str:
    """A name that no other company has."""
    return f"Shop {os.getpid()}.{next(_NUMBERS)}"


def listed(forge: Forge, name: str) -> list[dict[str, Any]]:
    return [each for each in json.loads(forge("companies", "list", "--json").out) if each["name"] == name]


def start(settings: Settings, *words: str, before: str = "", **how: Any) -> subprocess.Popen[str]:
    """A command in a process of its own; `before` is Python that runs in it first."""
    program = f"import sys\n{before}\nfrom app.cli import main\nsys.exit(main(sys.argv[1:]))"
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | how
    env = plain_environment(settings.environ())
    return subprocess.Popen([sys.executable, "-c", program, *words], cwd=ROOT, env=env, **options)


def test_an_empty_database_becomes_an_installation_that_answers(
    forge: Forge, settings: Settings, empty_database_url: str, tmp_path: Path
):
    kept = tmp_path / "first.key"
    create = ("companies", "create", "Ann's shop", *OWNER, "--key-file", str(kept))
    unmigrated = forge(*create)
    assert unmigrated.err == "forge: the database is not current: run `python -m app migrate`\n"
    assert forge("migrate").code == 0
    how = ("--currency", "EUR", "--time-zone", "Europe/Berlin", "--plan", "pro", "--audit-days", "30")
    made = forge(*create, *how)
    key = kept.read_text().strip()
    [company] = json.loads(forge("companies", "list", "--json").out)
    assert (made.code, made.out) == (0, "")
    assert made.err == (
        f"forge: made company Ann's shop ({company['id']}); its first key is {public_id_of(key)}: "
        f"it is in {kept}, and nobody can show it again\n"
    )
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["first.key"]
    assert company == {
        "id": company["id"],
        "name": "Ann's shop",
        "plan": "pro",
        "limits": dict(limits_of("pro", {"audit_days": 30})),
        "own_limits": ["audit_days"],
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "allow_negative_stock": False,
        "live_workspace_id": company["live_workspace_id"],
        "test_workspace_id": company["test_workspace_id"],
        "created_at": company["created_at"],
    }

    again = forge(*create, "--currency", "GBP", "--plan", "team")
    told = f"forge: there is a company Ann's shop already ({company['id']}); nothing was changed\n"
    assert (again.code, again.out, again.err) == (0, "", told)
    assert json.loads(forge("companies", "list", "--json").out) == [company]
    assert kept.read_text().strip() == key
    [shown] = json.loads(forge("keys", "list", "--json").out)
    assert (shown["public_id"], shown["state"], shown["created_by"]) == (public_id_of(key), "good", "ann@shop.example")

    with ServerProcess(replace(settings, database_url=empty_database_url)) as process:
        bearer = {"authorization": f"Bearer {key}"}
        made_client = process.http.post("/api/v1/clients", json={"name": "Acme"}, headers=bearer)
        assert (made_client.status_code, made_client.json()["data"]["currency"]) == (201, "EUR")
        read = process.http.get("/api/v1/clients", headers=bearer)
        assert [each["name"] for each in read.json()["data"]] == ["Acme"]


def test_without_a_place_for_the_key_nothing_is_made(ours: Forge, name: str, tmp_path: Path):
    (tmp_path / "there").write_text("precious")
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    for words, told in (
        ((), "stdout is no terminal, so the key is not shown there: give --key-file FILE"),
        (("--key-file", f"{tmp_path}/there"), f"{tmp_path}/there {EXISTS}"),
        (("--key-file", f"{tmp_path}/link"), f"{tmp_path}/link {EXISTS}"),
        (("--key-file", f"{tmp_path}/no/key"), f"{tmp_path}/no is no folder: make it, or give another --key-file"),
        (("--key-file", "/proc/key"), "/proc/.key.draft: No such file or directory"),
    ):  # fmt: skip
        said = ours("companies", "create", name, *OWNER, *words)
        assert (said.code, said.out, said.err) == (1, "", f"forge: {told}\n")
    assert listed(ours, name) == []
    assert (tmp_path / "there").read_text() == "precious"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link", "there"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--currency XYZ", "unknown currency 'XYZ'; send an ISO 4217 code such as USD"),
        ("--currency eur", "unknown currency 'eur'; send an ISO 4217 code such as USD"),
        ("--time-zone Mars/Olympus", "time_zone: a name of the IANA database such as America/Chicago"),
        ("--time-zone ../../etc/localtime", "time_zone: a name of the IANA database such as America/Chicago"),
        ("--time-zone europe/berlin", "time_zone: a name of the IANA database such as America/Chicago"),
        ("--time-zone +02:00", "time_zone: a name of the IANA database such as America/Chicago"),
        ("--owner ann", "owner: an e-mail address such as ann@shop.example"),
        ("--owner ann@", "owner: an e-mail address such as ann@shop.example"),
        ("--key-scopes quotes.veiw", "scopes.0: there is no scope 'quotes.veiw'"),
        ("--key-scopes ,", "scopes: at least one"),
        ("--requests 1000000001", "limits.requests: a count from 0 (unlimited) to 1000000000"),
    ],
)
def test_a_company_that_cannot_be_is_refused_and_leaves_nothing(
    ours: Forge, name: str, tmp_path: Path, words: str, told: str
):
    said = ours("companies", "create", name, *OWNER, "--key-file", str(tmp_path / "key"), *words.split())
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"forge: {told}")
    assert listed(ours, name) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bad", ["", "  ", " Shop", "Shop\n", "S\x1b[31mhop", "x" * 201])
def test_a_name_is_one_line_that_can_be_typed(ours: Forge, tmp_path: Path, bad: str):
    said = ours("companies", "create", bad, *OWNER, "--key-file", str(tmp_path / "key"))
    assert said.code == 1
    assert said.err.startswith("forge: name: ")
    assert listed(ours, bad) == []


def test_on_a_terminal_the_key_is_shown(ours: Forge, settings: Settings, name: str):
    ours_end, theirs = pty.openpty()
    process = start(settings, "companies", "create", name, *OWNER, stdout=theirs)
    _, told = process.communicate(timeout=60)
    os.close(theirs)
    key = os.read(ours_end, 4096).decode().strip()
    os.close(ours_end)
    assert process.returncode == 0
    public_id = public_id_of(key)
    assert public_id is not None
    assert f"its first key is {public_id}: keep it well, nobody can show it again" in told
    [shown] = json.loads(ours("keys", "list", "--company", name, "--json").out)
    assert shown["public_id"] == public_id


def test_of_two_at_once_one_makes_the_company_and_the_other_says_so(
    ours: Forge, settings: Settings, name: str, tmp_path: Path
):
    create = ("companies", "create", name, *OWNER, "--key-file")
    racing = [start(settings, *create, str(tmp_path / f"{number}.key")) for number in range(2)]
    told = [process.communicate(timeout=60)[1] for process in racing]
    assert [process.returncode for process in racing] == [0] * 2, told
    assert sum(f"made company {name}" in each for each in told) == 1
    assert sum("nothing was changed" in each for each in told) == 1
    [company] = listed(ours, name)
    [shown] = json.loads(ours("keys", "list", "--company", company["id"], "--json").out)
    [file] = tmp_path.iterdir()
    assert public_id_of(file.read_text().strip()) == shown["public_id"]


@pytest.mark.parametrize("moment", ["keep", "hand_over"])
def test_a_command_that_is_killed_is_finished_by_the_next(
    ours: Forge, settings: Settings, name: str, tmp_path: Path, moment: str
):
    """Before the commit: nothing is made. After it: the key is in the draft, and the next one hands it over."""
    kept = tmp_path / "key"
    create = ("companies", "create", name, *OWNER, "--key-file", str(kept))
    call = "lambda *a: (was(*a), os.kill(os.getpid(), 9))" if moment == "keep" else "lambda *a: os.kill(os.getpid(), 9)"
    killed = f"import os\nfrom app.shown_once import Place\nwas = Place.{moment}\nPlace.{moment} = {call}"
    process = start(settings, *create, before=killed)
    process.communicate(timeout=60)
    assert process.returncode == -9
    assert not kept.exists()
    assert len(listed(ours, name)) == (0 if moment == "keep" else 1)
    said = ours(*create)
    assert (said.code, said.out) == (0, "")
    assert said.err.endswith(f"it is in {kept}, and nobody can show it again\n")
    assert len(listed(ours, name)) == 1
    [shown] = json.loads(ours("keys", "list", "--company", name, "--json").out)
    assert public_id_of(kept.read_text().strip()) == shown["public_id"]
    assert [each.name for each in tmp_path.iterdir()] == ["key"]
    assert kept.stat().st_mode & 0o777 == 0o600


def test_negative_stock_is_allowed_and_forbidden_in_both_workspaces(ours: Forge, name: str, tmp_path: Path):
    assert ours("companies", "create", name, *OWNER, "--key-file", str(tmp_path / "key")).code == 0
    for answer, allowed in (("yes", True), ("no", False)):
        said = ours("companies", "set", name, "--allow-negative-stock", answer, "--json")
        assert json.loads(said.out)["allow_negative_stock"] is allowed
        assert ("negative stock" in ours("companies", "set", name, "--plan", "pro").out) is allowed


def test_a_plan_and_limits_hold_at_once_for_keys_in_use(ours: Forge, name: str, process: ServerProcess, tmp_path: Path):
    assert ours("companies", "create", name, *OWNER, "--key-file", str(tmp_path / "key")).code == 0
    key = (tmp_path / "key").read_text().strip()

    def limits() -> tuple[int, int, int]:
        answer = process.http.get("/api/v1/quotes", headers={"authorization": f"Bearer {key}"})
        points = process.graphql("{ myAccess { limits { points } } }", key)
        cost = points.json()["extensions"]["cost"]["throttleStatus"]["maximumAvailable"]
        assert points.json()["data"]["myAccess"]["limits"]["points"] in {cost, None}
        assert httpx.codes.is_success(answer.status_code)
        return int(answer.headers["ratelimit-limit"]), cost, answer.status_code

    def told(*words: str) -> dict[str, Any]:
        said = ours("companies", "set", name, *words, "--json")
        assert said.code == 0, said.err
        found: dict[str, Any] = json.loads(said.out)
        return found

    assert limits() == (120, 100_000, 200)
    assert told("--plan", "team")["limits"]["requests"] == 600
    assert limits() == (600, 500_000, 200)
    assert told("--requests", "1000", "--points", "unlimited")["own_limits"] == ["points", "requests"]
    assert limits() == (1_000, 1_000_000_000, 200)
    held = told("--points", "70000")["limits"]
    assert {name: held[name] for name in ("requests", "points", "endpoints", "audit_days")} == {
        "requests": 1_000, "points": 70_000, "endpoints": 300, "audit_days": 730,
    }  # fmt: skip
    assert limits() == (1_000, 70_000, 200)
    back = told("--requests", "plan", "--points", "plan", "--plan", "starter")
    assert (back["plan"], back["own_limits"], limits()) == ("starter", [], (120, 100_000, 200))
    assert told("--requests", "1")["limits"]["requests"] == 1
    refused = process.http.get("/api/v1/quotes", headers={"authorization": f"Bearer {key}"})
    assert (refused.status_code, refused.headers["ratelimit-limit"]) == (429, "1")
    assert told("--requests", "unlimited")["limits"]["requests"] is None
    assert process.http.get("/api/v1/quotes", headers={"authorization": f"Bearer {key}"}).status_code == 200


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("", 1, "forge: say what to change: --plan, a limit or --allow-negative-stock\n"),
        ("--requests 0", 2, "'0' is neither a count from 1 nor `unlimited` nor `plan`"),
        ("--requests -1", 2, "'-1' is neither a count from 1 nor `unlimited` nor `plan`"),
        ("--points 1e3", 2, "'1e3' is neither a count from 1 nor `unlimited` nor `plan`"),
        ("--plan gold", 2, "invalid choice: 'gold'"),
    ],
)
def test_terms_that_there_are_none_of_are_refused(
    ours: Forge, capsys: pytest.CaptureFixture[str], words: str, code: int, told: str
):
    try:
        said = ours("companies", "set", "Nobody's", *words.split())
        found, err = said.code, said.err
    except SystemExit as ended:
        found, err = int(str(ended.code)), capsys.readouterr().err
    assert found == code
    assert told in err
    assert "Plan." not in err  # words of the command line, not of the code


def test_a_company_that_there_is_none_of_cannot_be_set(ours: Forge):
    said = ours("companies", "set", "Nobody's", "--plan", "pro")
    assert (said.code, said.err) == (1, "forge: No such company\n")


def test_companies_are_listed_for_people_too(ours: Forge, name: str, tmp_path: Path):
    ours("companies", "create", name, *OWNER, "--key-file", str(tmp_path / "key"), "--requests", "unlimited")
    [line] = [each for each in ours("companies", "list").out.splitlines() if name in each]
    assert line.endswith(
        f"  starter     USD  UTC  {name}  requests unlimited, points 100,000 (plan), "
        "upload_bytes 5,242,880 (plan), endpoints 100 (plan), credits 100 (plan), audit_days 365 (plan), "
        "keys 50 (plan), live_forg_keys no (plan)"
    )
