"""A mail server of a test's own, on loopback: it takes, refuses or hangs as the test says."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class MailServer:
    """What it does with mail, and what it took."""

    port: int = 0
    refuses: str = ""
    """What it answers to every recipient, such as `550 no such person`."""
    refuses_mail: str = ""
    """What it answers to every message."""
    hangs: bool = False
    taken: list[Envelope] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    @property
    def letters(self) -> list[EmailMessage]:
        """The messages it took."""
        found = [message_from_bytes(each.content or b"", policy=POLICY) for each in self.taken]  # type: ignore[arg-type]
        return [each for each in found if isinstance(each, EmailMessage)]

    async def handle_RCPT(self, *given: Any) -> str:  # noqa: N802  # aiosmtpd calls it so
        envelope, address, options = given[2:]
        if self.hangs:
            await asyncio.sleep(3600)
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, *given: Any) -> str:  # noqa: N802
        if self.refuses_mail:
            return self.refuses_mail
        self.taken.append(given[2])
        return "250 OK"

    def authenticate(self, *given: Any) -> AuthResult:
        """Take every password."""
        self.logins.append((given[4].login, given[4].password))
        return AuthResult(success=True)


@asynccontextmanager
async def mail_server(
    tls: ssl.SSLContext | None = None, *, starttls: bool = False, utf8: bool = True, logins: bool = False
) -> AsyncIterator[MailServer]:
    """Run a mail server: with TLS from the first byte, by STARTTLS, or without."""
    ours = MailServer()

    connections: list[SMTP] = []

    def protocol() -> SMTP:
        connections.append(
            made := SMTP(
                ours,
                hostname="mail.test",
                enable_SMTPUTF8=utf8,
                tls_context=tls if starttls else None,
                require_starttls=starttls,
                authenticator=ours.authenticate if logins else None,
                auth_require_tls=False,
                loop=asyncio.get_running_loop(),
            )
        )
        return made

    server = await asyncio.get_running_loop().create_server(
        protocol, "127.0.0.1", 0, ssl=None if starttls or tls is None else tls
    )
    ours.port = server.sockets[0].getsockname()[1]
    try:
        yield ours
    finally:
        server.close()
        for each in connections:
            if isinstance(each.transport, asyncio.Transport):
                each.transport.abort()


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Make a certificate for 127.0.0.1 that signs itself: the server's context, and the file that makes it trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "mail.crt", folder / "mail.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public
