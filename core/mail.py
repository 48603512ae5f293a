"""Mail: one message made so that nothing in it can become a header, sent by SMTP or written to a file.

A worker sends; what it sends was asked for by a command that is committed. With no mail server set, a message is a file
`FORGE_HOME/mail/<name>.eml` (mode 0600), which any mail program opens.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from html import escape
from pathlib import Path
from typing import Final, Self
from urllib.parse import unquote, urlsplit

import aiosmtplib

from core.errors import ForgeError, Invalid
from core.settings import Settings

PATIENCE: Final = 30.0
"""Seconds that a mail server may take for everything, less than a task's step has."""
_STEP: Final = 15.0
"""Seconds that it may take for one answer."""
_GOODBYE: Final = 1.0
_PORTS: Final = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_REFUSED: Final = 500
"""Replies from here on say that trying again is of no use."""


class MailFailed(ForgeError):
    """A message could not be handed over; it may be tried again."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written to one person, as text and as paragraphs of HTML that say the same."""

    name: str
    address: str
    subject: str
    text: str
    html: str


def one_line(text: str) -> str:
    """Text for a header: each run of white space and control characters is one space.

    An encoded word (RFC 2047) is taken apart: decoded it may hold what the text itself may not.
    """
    plain = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(plain.replace("=?", "= ?").split())


def compose(letter: Letter, sender: str, name: str) -> EmailMessage:
    """Make the message; `name` is what it is known by, the same whenever it is made of the same cause."""
    from_name, from_address = parseaddr(sender)
    message = EmailMessage(SMTP)
    message["From"] = _address(from_name, from_address)
    message["To"] = _address(letter.name, letter.address)
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{name}@{from_address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte=_encoding(letter.text))
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(one_line(letter.subject))}</title>'
        f"</head>\n<body>\n{letter.html}\n</body></html>\n"
    )
    message.add_alternative(page, subtype="html", cte=_encoding(page))
    return message


def _address(name: str, address: str) -> Address:
    """An address as a header has it; the name of a host is written in ASCII (IDNA)."""
    user, _, host = one_line(address).rpartition("@")
    with contextlib.suppress(UnicodeError):
        host = host.encode("idna").decode()
    return Address(one_line(name), user, host)


def _encoding(text: str) -> str:
    """Lines stay whole where they can: a link can then be read in the file."""
    return "7bit" if text.isascii() else "quoted-printable"


class Mailer:
    """Hands messages over; `url` is where to, None for files in `folder`."""

    def __init__(self, url: str | None, sender: str, folder: Path) -> None:
        self._url, self._sender, self._folder = url, sender, folder

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Make it as the settings say."""
        return cls(settings.smtp_url, settings.mail_from, settings.home / "mail")

    async def send(self, letter: Letter, name: str) -> None:
        """Hand a letter over, `name` is letters, digits and hyphens that no other has.

        Raises Invalid when the server refuses the recipient for good, MailFailed when it may be tried again.
        """
        message = compose(letter, self._sender, name)
        if self._url is None:
            await asyncio.to_thread(self._write, message, name)
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self._send(self._url, message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            code = error.recipients[0].code
            if code >= _REFUSED:
                raise Invalid(f"The mail server refuses the recipient ({code})") from None
            raise MailFailed(f"The mail server does not take the recipient now ({code})") from None
        except aiosmtplib.SMTPResponseException as error:  # its words may repeat what was sent
            raise MailFailed(f"The mail server refuses the message ({error.code})") from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise MailFailed(f"The mail server cannot be used: {_reason(error)}") from None

    async def _send(self, url: str, message: EmailMessage) -> None:
        parts = urlsplit(url)
        user, password = (None if each is None else unquote(each) for each in (parts.username, parts.password))
        client = aiosmtplib.SMTP(
            hostname=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            username=user,
            password=password,
            use_tls=parts.scheme == "smtps",
            start_tls=parts.scheme == "smtp",
            tls_context=ssl.create_default_context(),
            timeout=_STEP,
        )
        sender, recipient = (message[name].addresses[0].addr_spec for name in ("From", "To"))
        try:
            await client.connect()
            await client.send_message(message, sender=sender, recipients=[recipient])
            with contextlib.suppress(aiosmtplib.SMTPException):  # it has the message already
                await client.quit(timeout=_GOODBYE)
        finally:
            client.close()

    def _write(self, message: EmailMessage, name: str) -> None:
        path = self._folder / f"{name}.eml"
        draft = path.with_name(f".{name}.{os.getpid()}")
        is_ascii = message["To"].addresses[0].addr_spec.isascii()
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as file:
                file.write(message.as_bytes(policy=SMTP if is_ascii else SMTPUTF8))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as error:
            raise MailFailed(f"The mail cannot be written: {error.strerror}") from None


def _reason(error: Exception) -> str:
    """What went wrong on the way, without anything that was sent."""
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error.__cause__ or error, ssl.SSLError):
        return "its certificate, or TLS with it, is no good"
    if isinstance(error, aiosmtplib.SMTPNotSupported) or type(error) is aiosmtplib.SMTPException:
        return "it does not know STARTTLS, or addresses that are not ASCII"
    return "it cannot be reached"
