"""Keys, the demo and the schema from the command line."""

from __future__ import annotations

import asyncio
from pathlib import Path

from access.credentials import public_id_of
from app import migrations
from app.generated import ROOT
from schema.assembly import graph
from tests.kit.command import Forge


def test_a_seeded_database_has_keys_that_can_be_made_listed_and_revoked(forge: Forge):
    seeded = forge("seed", "--print")
    assert seeded.code == 0
    assert [line.split("=")[0] for line in seeded.out.splitlines()] == [
        "FORGE_URL",
        "FORGE_KEY",
        "FORGE_VIEW_KEY",
        "FORGE_OTHER_KEY",
    ]
    again = forge("seed")
    assert (again.code, again.out) == (0, "")
    assert "there is a company already" in again.err

    which = ("--company", "Millbrook Machine Works")
    made = forge("keys", "create", "--name", "Nightly", "--scopes", "quotes.view, clients.view", *which, "--print")
    assert made.code == 0
    key = made.out.strip()
    public_id = public_id_of(key)
    assert public_id is not None
    assert public_id in made.err

    listed = forge("keys", "list", *which).out.splitlines()
    assert len(listed) == 3
    assert listed[-1].split() == [
        *(public_id, "fmrp", "live", "good", "used", "never"),
        *("Nightly", "quotes.view,clients.view"),
    ]
    assert key[23:55] not in listed[-1]
    assert forge("keys", "revoke", key).out == "forge: key Nightly is revoked\n"
    assert "revoked" in forge("keys", "list", *which).out.splitlines()[-1]
    twice = forge("keys", "revoke", public_id)
    assert (twice.code, twice.err) == (1, "forge: The api key is revoked: it can be revoked only while it is active\n")


def test_a_key_can_be_limited_to_registered_documents(forge: Forge):
    assert forge("seed").code == 0
    which = ("--company", "Millbrook Machine Works")
    limited = ("keys", "create", "--name", "Tablet", "--registered-only", *which, "--print")
    assert forge(*limited, "--scopes", "quotes.view").code == 0
    assert forge("keys", "list", *which).out.splitlines()[-1].endswith("quotes.view  registered documents only")
    refused = forge(*limited, "--scopes", "all")
    assert refused.code == 1
    assert "a key limited to registered documents cannot hold settings.integrations" in refused.err


def test_a_key_that_cannot_be_made_is_refused_in_one_line(forge: Forge):
    forge("seed")
    for words, problem in (
        ("--scopes quotes.veiw", "scopes.0: there is no scope 'quotes.veiw'; docs/scopes.md lists them"),
        ("--scopes ,", "scopes: must have at least 1 entry"),
        ("--scopes all --expires now", "expires: 'now' is no time; write it as 2027-01-31T00:00:00Z"),
        ("--scopes all --expires 2020-01-31T00:00:00Z", "expires_at: a time in the future, with its zone"),
        (
            "--scopes all --cidr 10.0.0.1/8",
            "allowed_cidrs.0: must be a network such as 192.0.2.0/24, without bits after its prefix",
        ),
        ("--scopes all --company Nobody", "No such company"),
        ("--scopes all --creator nobody@example.com", "No such person in this company"),
        ("--scopes all --format forg", "format: live forg keys need the team plan or a higher one"),
    ):
        company = () if "--company" in words else ("--company", "Otterburn Tooling")
        said = forge("keys", "create", "--name", "x", *words.split(), *company, "--print")
        assert (said.code, said.out, said.err) == (1, "", f"forge: {problem}\n")


def test_which_company_is_asked_when_there_are_several(forge: Forge):
    forge("seed")
    said = forge("keys", "list")
    assert (said.code, said.err) == (
        1,
        "forge: company: say which one: Millbrook Machine Works, Otterburn Tooling\n",
    )


def test_without_tables_or_a_company_there_are_no_keys(forge: Forge, empty_database_url: str):
    said = forge("keys", "list")
    assert (said.code, said.err) == (1, "forge: the database is not current: run `python -m app migrate`\n")
    asyncio.run(migrations.upgrade(empty_database_url))
    said = forge("keys", "list")
    assert (said.code, said.err) == (1, "forge: There is no company yet\n")


def test_the_schema_is_printed_as_it_is_committed(forge: Forge):
    said = forge("schema")
    assert said.code == 0
    assert said.out == graph().sdl() == (ROOT / "schema" / "schema.graphql").read_text()


def test_a_key_is_not_printed_to_what_is_no_terminal_unless_asked_for(forge: Forge, tmp_path: Path):
    seeded = forge("seed")
    assert (seeded.code, seeded.out) == (0, "")
    assert seeded.err == f"forge: the demo's keys are in {tmp_path}/demo.env\n"
    create = ("keys", "create", "--name", "Nightly", "--scopes", "all", "--company", "Otterburn Tooling")
    refused = forge(*create)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        "forge: stdout is no terminal, so the key is not shown there: give --key-file FILE or --print\n"
    )
    assert len(forge("keys", "list", "--company", "Otterburn Tooling").out.splitlines()) == 1
    made = forge(*create, "--key-file", str(tmp_path / "key"))
    assert (made.code, made.out) == (0, "")
    key = (tmp_path / "key").read_text().strip()
    assert f"key {public_id_of(key)}: it is in {tmp_path}/key, and nobody can show it again" in made.err
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    again = forge(*create, "--key-file", str(tmp_path / "key"))
    assert (again.code, (tmp_path / "key").read_text().strip()) == (1, key)
    assert len(forge("keys", "list", "--company", "Otterburn Tooling").out.splitlines()) == 2
