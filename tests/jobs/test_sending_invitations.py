"""Mail of invitations: sent by a task, tried again, never in place of a newer one; a file where there is no server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.front import Front
from core import mail
from core.mail import Mailer
from core.settings import Settings
from engine.runtime import Runtime
from jobs.kinds.invitations import SEND_INVITATION, letter
from jobs.tasks.kinds import Kinds
from tests.kit.client import Client
from tests.kit.fixtures import address
from tests.kit.mail import MailServer, mail_server
from tests.kit.tenant import Tenant
from tests.kit.turning import SECRET, put_off, turning

pytestmark = pytest.mark.xdist_group("tasks")  # turns take what is due in any workspace
ACCEPT = "/api/v1/invitations/accept"
FROM = "Forge <forge@shop.example>"


@pytest.fixture(autouse=True)
async def _alone(company: Tenant, owner: asyncpg.Connection[Any]) -> None:
    await put_off(owner, [company.workspace_id])


@pytest.fixture
async def server(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MailServer]:
    """A mail server, and an api that knows there is one."""
    monkeypatch.setattr(runtime, "installation", replace(runtime.installation, sends_mail=True))
    async with mail_server() as running:
        yield running


async def invited(api: Client, **more: Any) -> Any:
    role_id = (await api.get("/api/v1/roles")).data[-1]["id"]
    given = {"email": "ann@shop.example", "name": "Ann", "roleId": role_id} | more
    made = await api.graphql(
        "mutation($i: CreateUserInput!) { createUser(input: $i) { id status invitationLink invitationExpiresAt } }",
        {"i": given},
    )
    return made.data["createUser"]


async def do(api: Client, verb: str, person: Any) -> None:
    """`invite` or `deactivate` a person."""
    answer = await api.graphql(f"mutation($id: ID!) {{ {verb}User(id: $id) {{ id }} }}", {"id": person["id"]})
    assert answer.errors == []


async def work(settings: Settings, port: int, retries: tuple[float, ...] = (0.0, 0.0), secret: str = SECRET) -> None:
    """Take turns until nothing is due."""
    mailer = Mailer(f"smtp+plain://127.0.0.1:{port}" if port else None, FROM, settings.home / "mail")
    kinds = Kinds(replace(SEND_INVITATION, retries=retries))
    async with turning(str(settings.database_url), kinds, mailer=mailer, secret=secret) as turns:
        while await turns.turn():
            pass


async def tasks(api: Client) -> list[tuple[Any, ...]]:
    found = (await api.get("/api/v1/tasks?sort=created_at")).data
    return [(each["kind"], each["status"], each["result"], each["error"]) for each in found]


def link_in(message: Any) -> str:
    text = next(message.iter_parts()).get_content()
    return next(str(line) for line in text.splitlines() if "/join#" in line)


SENT = ("send_invitation", "succeeded", {"sent": True}, None)


async def test_with_a_mail_server_the_link_goes_to_the_person_alone(
    api: Client, app: Front, server: MailServer, settings: Settings
):
    person = await invited(api)
    assert person["invitationLink"] is None
    assert person["invitationExpiresAt"] is not None
    assert await tasks(api) == [("send_invitation", "queued", {}, None)]
    await work(settings, server.port)
    assert await tasks(api) == [SENT]
    [envelope], [message] = server.taken, server.letters
    assert envelope.rcpt_tos == ["ann@shop.example"]
    link = link_in(message)
    assert link.startswith(f"{settings.url}/join#")
    assert link in list(message.iter_parts())[1].get_content()
    taken = await Client(app, address()).post(
        ACCEPT, {"token": link.partition("#")[2], "password": "correct horse battery"}
    )
    assert taken.status == 200


async def test_without_one_the_mail_is_a_file_with_the_link_that_was_shown(
    api: Client, settings: Settings, tmp_path: Path
):
    home = replace(settings, home=tmp_path)
    person = await invited(api)
    await work(home, 0)
    assert await tasks(api) == [SENT]
    [file] = (tmp_path / "mail").iterdir()
    assert (file.suffix, file.stat().st_mode & 0o777) == (".eml", 0o600)
    assert person["invitationLink"] in file.read_text()


async def test_a_server_that_refuses_is_asked_again_and_the_invitation_stands(
    api: Client, server: MailServer, settings: Settings
):
    server.refuses = "450 later"
    person = await invited(api)
    await work(settings, server.port)
    why = "The mail server does not take the recipient now (450)"
    assert await tasks(api) == [("send_invitation", "failed", {}, why)]
    server.refuses = ""
    await do(api, "invite", person)
    await work(settings, server.port)
    assert [each[1] for each in await tasks(api)] == ["failed", "succeeded"]
    assert len(server.taken) == 1


async def test_a_server_that_hangs_or_is_away_is_asked_again(
    api: Client,
    server: MailServer,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    company: Tenant,
    owner: asyncpg.Connection[Any],
):
    monkeypatch.setattr(mail, "PATIENCE", 0.3)
    server.hangs = True
    await invited(api)
    await work(settings, server.port, (60.0, 60.0))
    waiting = "select status, attempts, leased_by, due_at > now() + interval '40 seconds' from tasks"
    assert tuple((await company.all(waiting))[0]) == ("running", 1, None, True)
    server.hangs = False
    await owner.execute("update tasks set due_at = now() where workspace_id = $1", company.workspace_id)
    await work(settings, server.port)
    assert await tasks(api) == [SENT]
    assert len(server.taken) == 1


async def test_an_address_that_the_server_does_not_know_fails_at_once(
    api: Client, server: MailServer, settings: Settings
):
    server.refuses = "550 nobody here"
    await invited(api)
    await work(settings, server.port, (60.0,))
    assert await tasks(api) == [("send_invitation", "failed", {}, "The mail server refuses the recipient (550)")]


async def test_only_the_newest_link_is_sent_and_none_to_who_was_deactivated(
    api: Client, server: MailServer, settings: Settings
):
    person = await invited(api)
    await do(api, "invite", person)
    await work(settings, server.port)
    assert [each[2] for each in await tasks(api)] == [{"sent": False}, {"sent": True}]
    await do(api, "invite", person)
    await do(api, "deactivate", person)
    await work(settings, server.port)
    assert len(server.taken) == 1


async def test_workers_at_the_same_time_send_one_mail(api: Client, server: MailServer, settings: Settings):
    await invited(api)
    await asyncio.gather(*(work(settings, server.port) for _ in range(4)))
    assert len(server.taken) == 1


async def test_a_worker_that_dies_after_it_sent_sends_the_same_letter_again(
    api: Client, server: MailServer, settings: Settings, company: Tenant, owner: asyncpg.Connection[Any]
):
    await invited(api)
    await work(settings, server.port)
    undone = "update tasks set status = 'running', position = '{}', due_at = now() where workspace_id = $1"
    await owner.execute(undone, company.workspace_id)  # as if what it noted had not been committed
    await work(settings, server.port)
    first, second = server.letters
    assert first["Message-ID"] == second["Message-ID"]
    assert link_in(first) == link_in(second)


async def test_a_refused_command_sends_nothing(api: Client, server: MailServer, settings: Settings):
    person = await invited(api)
    await work(settings, server.port)
    for refused in ({"email": "ANN@shop.example"}, {"email": "b@shop.example", "roleId": person["id"]}):
        with pytest.raises(AssertionError, match="validation_error"):
            await invited(api, **refused)
    await work(settings, server.port)
    assert len(server.taken) == 1


async def test_what_the_task_carries_is_sealed_and_good_for_this_person_alone(
    api: Client, server: MailServer, settings: Settings, company: Tenant
):
    person = await invited(api)
    [row] = await company.all("select parameters, id from tasks")
    assert "join" not in row["parameters"]
    assert "ann@shop" not in row["parameters"]
    shown = (await api.get(f"/api/v1/tasks/{row['id']}")).data
    assert "parameters" not in shown
    await work(settings, server.port, secret="another-secret-0123456789abcdef0123")
    [(_, status, _, error)] = await tasks(api)
    assert (status, error) == (
        "failed",
        "It was sealed under a secret that FORGE_SECRET lists no more: invite the person again",
    )
    assert server.taken == []
    assert person["status"] == "INVITED"


@pytest.mark.parametrize(
    "name", ["Ann\r\nBcc: all@shop.example\r\n\r\nHello", "<script>alert(1)</script>", '"><img src=x>', "Ünal 🦊 & Co."]
)
async def test_a_name_is_nothing_but_a_name(api: Client, server: MailServer, settings: Settings, name: str):
    await invited(api, name=name)
    await work(settings, server.port)
    [envelope], [message] = server.taken, server.letters
    assert envelope.rcpt_tos == ["ann@shop.example"]
    assert message["Bcc"] is None
    text, page = (each.get_content() for each in message.iter_parts())
    shown = " ".join(name.split())
    assert text.splitlines()[0] == f"Hello {shown},"
    assert "<script" not in page
    assert "<img" not in page


def test_the_letter_names_who_invites() -> None:
    told = {"name": "Ann", "email": "ann@shop.example", "company": "Acme", "link": "https://f/join#x", "inviter": "Bob"}
    assert "Bob of Acme invites you to Forge" in letter(told).text
    assert letter(told).subject == "Acme invites you to Forge"
    for nobody in (None, "Acme"):
        assert "\n\nAcme invites you to Forge" in letter(told | {"inviter": nobody}).text
