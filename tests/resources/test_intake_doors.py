"""Intake at its doors: how a document is read as text, what is told, and how much of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.settings import Settings
from tests.kit import forked
from tests.kit.client import Answer
from tests.kit.client import Client as Api
from tests.kit.fixtures import Key
from tests.kit.tenant import Tenant
from tests.kit.x12 import BODY
from tests.resources.test_intake_again import of, order, quotes, take

NAME = "Gerät ü"
NAMED = order(*BODY[:2], f"N1*BY*{NAME}", *BODY[3:])


async def sent(api: Api, content: bytes, media: str, query: str = "") -> Answer:
    return await api.request("POST", f"/api/v1/intake{query}", content=content, headers={"content-type": media})


async def client_name(api: Api) -> str:
    [client] = (await api.get("/api/v1/clients")).data
    return str(client["name"])


@pytest.mark.parametrize(
    ("encoding", "media", "query"),
    [
        ("cp437", "application/edi-x12; charset=ibm437", ""),
        ("cp437", "application/edi-x12; charset=IBM437", ""),
        ("cp437", 'application/edi-x12;charset="cp437"', ""),
        ("cp437", "application/EDI-X12; v=1; Charset=437", ""),
        ("cp850", "text/plain; charset=ibm850", ""),
        ("cp1252", "application/edi-x12; charset=windows-1252", ""),
        ("cp1252", "application/edi-x12; charset=iso-8859-1", ""),
        ("cp1252", "application/edi-x12; charset=latin1", ""),
        ("cp850", "application/edi-x12; charset=ibm437", "?code_page=cp850"),
        ("cp437", "application/edi-x12; charset=koi8-r", "?code_page=cp437"),
        ("cp437", "application/edi-x12", "?code_page=cp437"),
        ("utf-8", "application/edi-x12; charset=ibm437", ""),
        ("utf-8", "application/edi-x12; charset=utf-8", ""),
        ("utf-8", "application/edi-x12; charset=UTF8", ""),
        ("utf-8", "application/edi-x12; charset=us-ascii", ""),
        ("utf-8", "application/edi-x12; charset=", ""),
        ("utf-8", "application/edi-x12", "?code_page=cp850"),
    ],
)
async def test_the_text_is_utf_8_else_of_the_code_page_else_of_the_charset(
    api: Api, encoding: str, media: str, query: str
):
    answer = await sent(api, NAMED.decode().encode(encoding), media, query)
    assert answer.status == 200, answer.body
    assert await client_name(api) == NAME


@pytest.mark.parametrize("charset", ["koi8-r", "utf-16", "nonsense", "rot13", "idna", "x" * 300])
async def test_a_charset_that_cannot_be_read_is_named(api: Api, company: Tenant, charset: str):
    answer = await sent(api, NAMED, f"application/edi-x12; charset={charset}")
    assert (answer.status, answer.code) == (415, "unsupported_media_type")
    assert answer.json["error"]["message"] == (
        f"Content-Type: charset '{charset[:40]}' cannot be read; send utf-8, or name one of cp437, cp850, cp1252"
    )
    assert await quotes(company) == 0


@pytest.mark.parametrize("name", ["code_page", "codePage", "restore_client", "document"])
async def test_a_parameter_beside_a_json_body_belongs_into_the_body(api: Api, company: Tenant, name: str):
    answer = await api.post(f"/api/v1/intake?{name}=cp437", {"document": order().decode()})
    assert (answer.status, answer.code) == (422, "validation_error")
    assert answer.json["error"]["message"] == (
        f"{name}: unknown parameter; beside a JSON body it is a field of the body"
    )
    assert await quotes(company) == 0


async def test_a_parameter_that_nobody_knows_is_still_only_unknown(api: Api):
    answer = await api.post("/api/v1/intake?code=cp437", {"document": order().decode()})
    assert answer.json["error"]["message"] == "code: unknown parameter"


@pytest.mark.parametrize("empty", [99, 100, 101, 150_000])
async def test_the_warnings_of_an_order_are_bounded_and_counted(api: Api, empty: int):
    answer = await take(api, order(BODY[0], *["N9*"] * empty, *BODY[1:], layout=""))
    assert answer.status == 200, answer.body
    warnings = answer.data["warnings"]
    assert warnings[0] == "N9 (segment 5): says nothing and is skipped"
    if empty <= 100:
        assert len(warnings) == empty
    else:
        assert (len(warnings), warnings[-1]) == (101, f"and {empty - 100:,} more warnings")
    assert len(answer.body) < 10_000


async def test_a_warning_about_other_quotes_comes_first_and_is_never_cut_away(api: Api):
    await take(api, order(*of("PO-1")))
    begin, *rest = of("PO-1", "PO1*1*9*EA*1")
    answer = await take(api, order(begin, *["N9*"] * 200, *rest, control="0002", layout=""))
    assert answer.data["warnings"][0] == (
        "BEG: purchase order number 'PO-1' is also that of quote Q-1 (draft), left unchanged"
    )


async def test_a_long_warning_is_cut(api: Api):
    content = order().replace(b"IEA*1*000000416", b"IEA*1*" + b"7" * 100_000)
    answer = await take(api, content)
    [warning] = answer.data["warnings"]
    assert warning.startswith("IEA (segment 13): control number '777")
    assert (len(warning), warning[-1]) == (500, "…")


async def test_a_second_beg_is_refused_and_nothing_is_written(api: Api, company: Tenant):
    answer = await take(api, order(BODY[0], "BEG*00*NE*F-6-OTHER**20260101", *BODY[1:]))
    assert (answer.status, answer.code) == (400, "bad_request")
    assert await quotes(company) == 0


def forge_intake(settings: Settings, file: Path, *more: str) -> tuple[int, list[str]]:
    """Run `forge intake` in a process of its own: how it ended, and what it said."""
    environment = os.environ | {
        "DATABASE_URL": str(settings.database_url),
        "REDIS_URL": str(settings.redis_url),
        "FORGE_SECRET": "a-secret-for-tests-0123456789abcdef",
        "FORGE_HOME": str(file.parent),
    }
    ran = forked.run(["intake", str(file), *more], environment)
    return ran.returncode, (ran.stdout + ran.stderr).splitlines()


async def test_the_command_line_says_that_an_order_was_taken_in_before(
    settings: Settings, api: Api, company: Tenant, key: Key, tmp_path: Path
):
    file = tmp_path / "order.edi"
    file.write_bytes(NAMED.decode().encode("cp437"))
    secret = await key()

    def run(*more: str) -> list[str]:
        return forge_intake(settings, file, "--code-page", "cp437", "--key", secret, *more)[1]

    again = "This order had been taken in before: nothing was changed."
    first, second = run(), run()
    assert first[0].startswith("Quote Q-1: USD ")
    assert again not in first
    assert second == [first[0], again, *first[1:]]
    assert await client_name(api) == NAME
    [quote] = (await api.get("/api/v1/quotes")).data
    await api.delete(f"/api/v1/quotes/{quote['id']}")
    assert "say restore_quote" in " ".join(run())
    assert run("--restore-quote") == first
    assert await quotes(company) == 1


async def test_the_command_line_says_what_became_of_each_order_of_a_file(
    settings: Settings, api: Api, company: Tenant, key: Key, tmp_path: Path
):
    file, secret = tmp_path / "orders.edi", await key()
    file.write_bytes(order(*of("PO-1"), layout="") + order(*of("PO-2", "PO1*1*4*XX*27.50"), control="0002", layout=""))

    def run(*more: str) -> tuple[int, list[str]]:
        return forge_intake(settings, file, "--key", secret, *more)

    refused = "PO-2: error PO1 (segment 17): unknown unit of measure 'XX'"
    code, said = run("--dry-run")
    assert (code, said) == (1, ["PO-1: created", refused, "1 taken in, 0 had been before, 1 refused"])
    assert await quotes(company) == 0
    code, said = run("--atomic")
    assert (code, said) == (1, ["forge: orders[1]: PO1 (segment 17): unknown unit of measure 'XX'"])
    assert await quotes(company) == 0
    code, said = run("--several")
    [quote] = (await api.get("/api/v1/quotes")).data
    assert (code, said) == (1, [f"PO-1: created {quote['id']}", *said[1:]])
    assert said[1:] == [refused, "1 taken in, 0 had been before, 1 refused"]
    file.write_bytes(order(*of("PO-1"), layout="") + order(*of("PO-3"), control="0003", layout=""))
    code, said = run("--atomic")
    assert (code, said[0], said[-1]) == (
        0,
        f"PO-1: replayed {quote['id']}",
        "1 taken in, 1 had been before, 0 refused",
    )
    assert await quotes(company) == 2


async def test_the_command_line_takes_a_table_by_its_mapping(
    settings: Settings, api: Api, company: Tenant, key: Key, tmp_path: Path
):
    assert (await api.post("/api/v1/clients", {"name": "Harbor", "code": "HARBOR"})).status == 201
    names = ("order_number", "client", "description", "quantity")
    columns = [{"holds": each, "source": each} for each in names]
    made = await api.post("/api/v1/intake-mappings", {"name": "Plain", "format": "csv", "columns": columns})
    assert made.status == 201, made.body
    file = tmp_path / "orders.csv"
    file.write_text(f"{','.join(names)}\nA,HARBOR,Bolt,1\nB,HARBOR,Nut,2\n")
    words = ("--mapping", "Plain", "--key", await key())
    priced = "  warning: line {}: no price; 0 is quoted"
    code, said = forge_intake(settings, file, *words, "--dry-run")
    assert (code, said) == (
        0,
        [
            *("A: created", priced.format(2), "B: created", priced.format(3)),
            "2 taken in, 0 had been before, 0 refused",
        ],
    )
    assert await quotes(company) == 0
    code, said = forge_intake(settings, file, *words)
    assert (code, said[-1]) == (0, "2 taken in, 0 had been before, 0 refused")
    assert await quotes(company) == 2
    code, said = forge_intake(settings, file, "--mapping", "None", "--key", words[-1])
    assert (code, said) == (1, ["forge: Intake mapping not found"])
