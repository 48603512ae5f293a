"""Every error of PostgreSQL has its answer: each is raised in the database, and what a caller gets is looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.generated import FILES
from core.database.database import Database
from core.database.sqlstates import TABLE, Refusal
from core.errors import Invalid
from core.writing.claim import HEADER as IDEMPOTENCY_KEY
from tests.kit.client import Answer, Client
from tests.kit.tenant import Tenant

OF_A_CLASS = {"08": "08006", "22": "22003", "28": "28P01", "40": "40P01", "53": "53400", "54": "54000", "57": "57P05",
              "58": "58030"}  # fmt: skip
INTERNAL = ["22012", "25P02", "42501", "42P01", "0A000", "P0001", "XX000", "XX001", "XX002", "F0000", "2F005"]
READ = [row for row in TABLE if row.sqlstate[:2] not in {"22", "23"} and row.sqlstate != "57014"]
RAISING = """
create function raising(given text) returns boolean language plpgsql as $$
begin
  if given like 'raise %' then
    raise exception 'as the test asked' using errcode = substr(given, 7, 5), table = 'clients', column = 'status',
      constraint = 'clients_status_known';
  end if;
  return true;
end
$$;
create function raising_row() returns trigger language plpgsql as $$
begin
  perform raising(new.name);
  return new;
end
$$;
create trigger raising before insert on clients for each row execute function raising_row();
create policy raising on clients as restrictive for select to forge_api using (raising(notes));
"""
NO_LONGER = """
drop policy raising on clients; drop trigger raising on clients;
drop function raising_row(); drop function raising(text)
"""


@pytest.fixture(scope="module", autouse=True)
async def raising(owner: asyncpg.Connection[asyncpg.Record]) -> AsyncIterator[None]:
    """Writing a client named `raise 53100` raises that error; so does reading one with such notes."""
    await owner.execute(RAISING)
    yield
    await owner.execute(NO_LONGER)


def told(answer: Answer) -> tuple[int, str, str | None]:
    return answer.status, answer.code, answer.headers.get("retry-after")


def raised(row: Refusal) -> str:
    return OF_A_CLASS.get(row.sqlstate, row.sqlstate)


@pytest.mark.parametrize("row", TABLE, ids=raised)
async def test_a_write_is_answered_as_the_table_says(api: Client, company: Tenant, row: Refusal):
    name = f"raise {raised(row)}"
    expected = (int(row.kind.status), row.kind.code, None if row.retry_after is None else str(row.retry_after))
    first = await api.post("/api/v1/clients", {"name": name}, headers={IDEMPOTENCY_KEY: "once"})
    assert told(first) == expected
    graphql = await api.graphql(f'mutation {{ createClient(input: {{name: "{name}"}}) {{ id }} }}')
    assert (graphql.code, graphql.headers.get("retry-after")) == (row.kind.code, expected[2])
    assert "as the test asked" not in first.body.decode() + graphql.body.decode()
    assert await company.value("select count(*) from clients") == 0
    again = await api.post("/api/v1/clients", {"name": "Acme"}, headers={IDEMPOTENCY_KEY: "other"})
    assert again.status == 201  # and nothing is left of it


@pytest.mark.parametrize("row", READ, ids=raised)
async def test_a_read_is_answered_as_the_table_says(
    api: Client, owner: asyncpg.Connection[asyncpg.Record], row: Refusal
):
    made = (await api.post("/api/v1/clients", {"name": "Acme"})).data
    await owner.execute("update clients set notes = $2 where id = $1", made["id"], f"raise {raised(row)}")
    answers = [await api.get("/api/v1/clients"), await api.get(f"/api/v1/clients/{made['id']}")]
    graphql = await api.graphql("{ clients { nodes { name } } }")
    if row.sqlstate == "25006":  # a read that writes
        assert [answer.code for answer in (*answers, graphql)] == ["internal"] * 3
    elif row.retry_after is None:
        assert [told(answer) for answer in answers] == [(422, "validation_error", None)] * 2
    else:
        assert [told(answer) for answer in answers] == [(503, "unavailable", str(row.retry_after))] * 2
        assert graphql.code == "unavailable"


@pytest.mark.parametrize("state", INTERNAL)
async def test_anything_else_is_our_mistake_and_masked(api: Client, state: str):
    answer = await api.post("/api/v1/clients", {"name": f"raise {state}"})
    assert told(answer) == (500, "internal", None)
    assert "as the test asked" not in answer.body.decode()


async def test_what_an_operator_must_mend_is_in_the_log(api: Client, caplog: pytest.LogCaptureFixture):
    await api.post("/api/v1/clients", {"name": "raise 53100"})
    assert "PostgreSQL refuses (53100): as the test asked" in caplog.text
    caplog.clear()
    await api.post("/api/v1/clients", {"name": "raise 40001"})
    assert caplog.text == ""


async def test_an_argument_of_the_wrong_type_is_our_mistake_one_out_of_range_is_the_callers(database_url: str):
    database = await Database.open(database_url, size=1)
    for wrong, kind in ((2**40, Invalid), ("no number", asyncpg.DataError)):
        with pytest.raises(kind):
            await database.reads.text("select $1::int::text", (wrong,))
    await database.close()


def test_the_table_is_documented():
    page = FILES["docs/errors.md"]()
    for row in TABLE:
        assert f"| `{row.sqlstate}` | {row.meaning} | `{row.kind.code}` ({int(row.kind.status)}) |" in page
