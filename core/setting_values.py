"""The values of settings as text in the environment: each is read, or its ValueError says what it must be."""

from __future__ import annotations

import re
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit, urlunsplit

Network = IPv4Network | IPv6Network

SHORTEST_SECRET = 32
NONE = "none"
DEMOS = ("small", "full", "large")
_LARGEST_PORT = 65_535
_LARGEST_FILE = 2_000_000_000
_LARGEST_POOL = 1_000
_MOST_PROCESSES = 64
_MAX_CONNECTIONS = 100_000
_LONGEST_DELAY = 604_800
_LONGEST_TIMEOUT = 60
_VISIBLE: Final = re.compile(r"[!-;=?-~]+")
"""What may stand in a URL; `<` and `>` may not."""
LOG_FORMATS: Final = ("text", "json")
_SWITCH: Final = {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}
_HOST: Final = re.compile(r"[a-z0-9._:-]+")
_ADDRESS: Final = re.compile(r"[!#-'*+./0-9=?A-Z^-~-]+@[A-Za-z0-9.-]+")
"""An address of mail in ASCII, without quoting."""
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def read_folder(text: str) -> Path:
    """Read a folder's path, relative to where the process starts."""
    return Path(text).expanduser().absolute()


def read_host(text: str) -> str:
    """Read a host name or address."""
    if not text or any(letter.isspace() or letter == "/" for letter in text):
        raise ValueError("must be a host name or an address")
    return text


def read_port(text: str) -> int:
    """Read a TCP port; 0 takes a free one."""
    return _number(text, 0, _LARGEST_PORT)


def read_processes(text: str) -> int:
    """Read a number of processes."""
    return _number(text, 1, _MOST_PROCESSES)


def read_public_url(text: str) -> str:
    """Read the URL that callers use, empty where there is none: http or https, without a query; a slash ends none."""
    if not text:
        return ""
    url = _split(text)
    plain = not (url.query or url.fragment or url.username or url.password or "?" in text or "#" in text)
    if url.scheme not in {"http", "https"} or not url.hostname or not plain or not _VISIBLE.fullmatch(text):
        raise ValueError("must be an http or https URL without user, query and fragment, such as https://forge.example")
    return text.rstrip("/")


def _split(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        url.port  # noqa: B018  # reading it checks it
    except ValueError as error:
        raise ValueError(f"is not a URL: {error}") from error
    return url


def read_pool_size(text: str) -> int:
    """Read a number of connections."""
    return _number(text, 1, _LARGEST_POOL)


def read_connections(text: str) -> int:
    """Read a number of callers' connections."""
    return _number(text, 1, _MAX_CONNECTIONS)


def read_database_url(text: str) -> str:
    """Read where PostgreSQL is."""
    return _url(text, ("postgresql", "postgres"))


def read_redis_url(text: str) -> str:
    """Read where Valkey is."""
    url = _url(text, ("redis", "rediss", "unix"))
    number = urlsplit(url).path.strip("/")
    if not url.startswith("unix:") and number and not (number.isascii() and number.isdigit()):
        raise ValueError("must end with the number of a database, like redis://localhost:6379/0")
    return url


def read_smtp_url(text: str) -> str:
    """Read where mail is sent to."""
    url = _url(text, ("smtp", "smtps", "smtp+plain"))
    parts = urlsplit(url)
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must be a URL like smtp://user:password@mail.example.com:587; write / : @ as %2F %3A %40")
    return url


def read_files_url(text: str) -> str:
    """Read where the bytes of attachments lie: a bucket that speaks S3."""
    url = _url(text, ("s3", "s3+plain"))
    parts = urlsplit(url)
    bucket, unknown = parts.path.strip("/"), set(dict(parse_qsl(parts.query))) - {"region"}
    if not (parts.hostname and parts.username and parts.password and bucket) or unknown or parts.fragment:
        raise ValueError("must be a URL like s3://key:secret@s3.example.com/bucket; write / : @ as %2F %3A %40")
    return url


def read_file_size(text: str) -> int:
    """Read how many bytes a file may have."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:11]) <= _LARGEST_FILE):
        raise ValueError(f"must be a whole number of bytes from 1 to {_LARGEST_FILE:,}")
    return int(text)


def read_sender(text: str) -> str:
    """Read who mail is from: an address, or a name and an address in angle brackets."""
    address = parseaddr(text)[1] if text.isprintable() else ""
    if not _ADDRESS.fullmatch(address) or not (text == address or text.endswith(f"<{address}>")):
        raise ValueError("must be an address like forge@example.com or Forge <forge@example.com>")
    return text


def with_password(url: str, password: str) -> str:
    """Put a password into a URL, in place of one that is there."""
    parts = urlsplit(url)
    user, _, hosts = parts.netloc.rpartition("@")
    try:
        quoted = quote(password, safe="")
    except UnicodeEncodeError:
        raise ValueError("must be UTF-8") from None
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:{quoted}@{hosts}"))


def read_secrets(text: str) -> tuple[str, ...]:
    """Read a comma list of secrets; none may be short enough to guess."""
    secrets = tuple(part.strip() for part in text.split(",") if part.strip())
    if not secrets or any(len(secret) < SHORTEST_SECRET for secret in secrets):
        raise ValueError(f"must be a comma list of secrets of {SHORTEST_SECRET} characters or more")
    return secrets


def read_networks(text: str) -> tuple[Network, ...]:
    """Read a comma list of networks in CIDR form, or the word `none`."""
    parts = [] if text == NONE else [part.strip() for part in text.split(",") if part.strip()]
    try:
        return tuple(ip_network(part) for part in parts)
    except ValueError as error:
        raise ValueError(f"must be a comma list of networks like 10.0.0.0/8: {error}") from None


def read_delays(text: str) -> tuple[float, ...]:
    """Read a comma list of seconds."""
    try:
        delays = tuple(float(part) for part in text.split(","))
    except ValueError:
        delays = (-1.0,)
    if not all(0 < delay <= _LONGEST_DELAY for delay in delays):
        raise ValueError(f"must be a comma list of seconds, each more than 0 and at most {_LONGEST_DELAY}")
    return delays


def read_timeout(text: str) -> float:
    """Read one number of seconds, as long as somebody may wait for an answer."""
    delays = read_delays(text)
    if len(delays) != 1 or delays[0] > _LONGEST_TIMEOUT:
        raise ValueError(f"must be seconds, more than 0 and at most {_LONGEST_TIMEOUT}")
    return delays[0]


def read_switch(text: str) -> bool:
    """Read `on` or `off`."""
    if text.lower() not in _SWITCH:
        raise ValueError(f"must be on or off, not {text!r}")
    return _SWITCH[text.lower()]


def read_demo(text: str) -> str:
    """Read how much of a demo `run` fills an empty database with."""
    if text not in DEMOS:
        raise ValueError(f"must be one of {', '.join(DEMOS)}")
    return text


def read_log_format(text: str) -> str:
    """Read how log lines are written."""
    if text not in LOG_FORMATS:
        raise ValueError(f"must be one of {', '.join(LOG_FORMATS)}, not {text!r}")
    return text


def read_origins(text: str) -> tuple[str, ...]:
    """Read a comma list of origins, or the word `none`; each is returned as browsers write it."""
    parts = [] if text == NONE else [part.strip() for part in text.split(",") if part.strip()]
    return tuple(dict.fromkeys(_origin(part) for part in parts))


def _origin(text: str) -> str:
    problem = f"must be a comma list of origins like https://app.example.com, each exact, not {text!r}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(problem) from None
    host = parts.hostname or ""
    more = parts.path or parts.query or parts.fragment or "@" in parts.netloc or text.endswith(("?", "#", ":"))
    if parts.scheme not in _DEFAULT_PORTS or not host.isascii() or not _HOST.fullmatch(host) or more:
        raise ValueError(problem)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, _DEFAULT_PORTS[parts.scheme]) else "")


def _number(text: str, least: int, most: int) -> int:
    problem = f"must be a whole number from {least} to {most}, not {text!r}"
    if not (text.isascii() and text.isdigit()) or not least <= int(text[:10]) <= most:
        raise ValueError(problem)
    return int(text)


def _url(text: str, schemes: tuple[str, ...]) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in schemes:
        raise ValueError(f"must be a URL that begins with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    for host in parts.netloc.rpartition("@")[2].split(","):  # PostgreSQL's may be several
        port = host.rpartition("]")[2].rpartition(":")
        if port[1] and port[2] and not (port[2].isascii() and port[2].isdigit() and int(port[2][:6]) <= _LARGEST_PORT):
            raise ValueError(f"must have a port from 0 to {_LARGEST_PORT}; write / : @ in a password as %2F %3A %40")
    return text
