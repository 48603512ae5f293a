"""Mail: sent by SMTP with TLS, or written to a file; nothing in a message becomes a header, and a server may fail."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from core import mail
from core.errors import Invalid
from core.mail import Letter, Mailer, MailFailed
from tests.kit.mail import certificate, mail_server

FROM = "Forge <forge@shop.example>"
LINK = f"https://forge.example/join#{'aB3_-' * 10}x"
LETTER = Letter("Ann", "ann@shop.example", "Hello", f"Open\n\n{LINK}\n", f'<p><a href="{LINK}">Join</a></p>')


def mailer(port: int, scheme: str = "smtp+plain", user: str = "", folder: Path = Path("/nowhere")) -> Mailer:
    return Mailer(f"{scheme}://{user}127.0.0.1:{port}", FROM, folder)


def written(part: Any) -> str:
    return str(part.get_content()).replace("\r\n", "\n")


async def test_a_letter_is_sent_as_text_and_as_html() -> None:
    async with mail_server() as server:
        await mailer(server.port).send(LETTER, "one")
        [envelope], [message] = server.taken, server.letters
    assert (envelope.mail_from, envelope.rcpt_tos) == ("forge@shop.example", ["ann@shop.example"])
    shown = {name: message[name] for name in ("From", "To", "Subject", "Message-ID", "Auto-Submitted")}
    assert shown == {
        "From": FROM,
        "To": "Ann <ann@shop.example>",
        "Subject": "Hello",
        "Message-ID": "<one@shop.example>",
        "Auto-Submitted": "auto-generated",
    }
    text, page = message.iter_parts()
    assert (text.get_content_type(), written(text)) == ("text/plain", LETTER.text)
    assert page.get_content_type() == "text/html"
    assert LETTER.html in page.get_content()


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_tls_is_used_and_its_certificate_is_looked_at(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = certificate(tmp_path)
    async with mail_server(context, starttls=scheme == "smtp", logins=True) as server:
        sending = mailer(server.port, scheme, "forge:p%40ss@")
        with pytest.raises(MailFailed, match="its certificate, or TLS with it, is no good"):
            await sending.send(LETTER, "one")
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        await sending.send(LETTER, "one")
        assert server.logins == [(b"forge", b"p@ss")]
        assert len(server.taken) == 1


async def test_without_tls_at_the_server_nothing_is_sent_unless_the_setting_says_so() -> None:
    async with mail_server() as server:
        with pytest.raises(MailFailed, match="it does not know STARTTLS"):
            await mailer(server.port, "smtp").send(LETTER, "one")
        assert server.taken == []


HOSTILE = [
    "Ann\r\nBcc: all@shop.example",
    "Ann\nBcc: all@shop.example\n\nHello",
    "Ann\rBcc: all@shop.example",
    "Ann\u2028Bcc: all@shop.example",
    "Ann\x00\x0b\x85Bcc: all@shop.example",
    "Ännchen 🦊\r\n Bcc: all@shop.example",
    "=?utf-8?q?Ann=0D=0ABcc:_all@shop.example?=",
    '"Ann" <all@shop.example>, Bcc: all@shop.example',
]


@pytest.mark.parametrize("name", HOSTILE)
async def test_no_name_becomes_a_header_or_a_recipient(name: str) -> None:
    async with mail_server() as server:
        await mailer(server.port).send(replace(LETTER, name=name, subject=f"{name} invites you"), "one")
        [envelope], [message] = server.taken, server.letters
    assert envelope.rcpt_tos == ["ann@shop.example"]
    assert sorted(message.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
    )
    assert [each.addr_spec for each in message["To"].addresses] == ["ann@shop.example"]
    text, _ = message.iter_parts()
    assert written(text) == LETTER.text


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("änn@shop.example", "änn@shop.example"),
        ("änn@bücher.example", "änn@xn--bcher-kva.example"),
        ("a.n+n'x/y@shop.example", "a.n+n'x/y@shop.example"),
    ],
)
async def test_addresses_need_not_be_ascii(address: str, sent: str) -> None:
    async with mail_server() as server:
        await mailer(server.port).send(replace(LETTER, address=address), "one")
    assert [each.rcpt_tos for each in server.taken] == [[sent]]
    async with mail_server(utf8=False) as old:
        if sent.isascii():
            await mailer(old.port).send(replace(LETTER, address=address), "one")
        else:
            with pytest.raises(MailFailed, match="or addresses that are not ASCII"):
                await mailer(old.port).send(replace(LETTER, address=address), "one")
    assert len(old.taken) == sent.isascii()


async def test_a_server_that_refuses_the_recipient_is_not_asked_again_unless_it_says_later() -> None:
    async with mail_server() as server:
        server.refuses = f"550 {LINK} is spam"
        with pytest.raises(Invalid) as refused:
            await mailer(server.port).send(LETTER, "one")
        assert str(refused.value) == "The mail server refuses the recipient (550)"
        server.refuses = "450 later"
        with pytest.raises(MailFailed, match=r"does not take the recipient now \(450\)"):
            await mailer(server.port).send(LETTER, "one")


async def test_what_a_server_says_of_a_message_is_not_repeated() -> None:
    async with mail_server() as server:
        server.refuses_mail = f"554 no {LINK}"
        with pytest.raises(MailFailed) as refused:
            await mailer(server.port).send(LETTER, "one")
    assert str(refused.value) == "The mail server refuses the message (554)"


async def test_a_server_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "PATIENCE", 0.2)
    async with mail_server() as server:
        server.hangs = True
        with pytest.raises(MailFailed, match="it does not answer"):
            await mailer(server.port).send(LETTER, "one")

    async def silent(*_: Any) -> None:
        await asyncio.sleep(3600)

    quiet = await asyncio.start_server(silent, "127.0.0.1", 0)
    with pytest.raises(MailFailed, match="it does not answer"):
        await mailer(quiet.sockets[0].getsockname()[1]).send(LETTER, "one")
    quiet.close()


async def test_a_server_that_is_away_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        with pytest.raises(MailFailed, match="it cannot be reached"):
            await mailer(taken.getsockname()[1]).send(LETTER, "one")


async def test_without_a_server_a_letter_is_a_file_of_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "mail"
    sending = Mailer(None, FROM, folder)
    await sending.send(replace(LETTER, name="Ünal", address="ünal@bücher.example"), "0199-a")
    await sending.send(LETTER, "0199-b")
    await sending.send(LETTER, "0199-b")  # a second time, as after a crash
    assert sorted(each.name for each in folder.iterdir()) == ["0199-a.eml", "0199-b.eml"]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {each.stat().st_mode & 0o777 for each in folder.iterdir()} == {0o600}
    plain = (folder / "0199-b.eml").read_bytes()
    assert f"\r\n{LINK}\r\n".encode() in plain
    message = message_from_bytes((folder / "0199-a.eml").read_bytes(), policy=SMTP)
    assert isinstance(message, EmailMessage)
    assert "Ünal <ünal@xn--bcher-kva.example>" in (folder / "0199-a.eml").read_text()


async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file")
    with pytest.raises(MailFailed, match="The mail cannot be written: File exists"):
        await Mailer(None, FROM, tmp_path / "mail").send(LETTER, "one")
