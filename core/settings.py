"""Everything that can be set from outside, read once from the environment into one frozen object."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

from core.setting import SettingError, joined, read_setting, setting, text_of, variable_of
from core.setting_values import (
    NONE,
    SHORTEST_SECRET,
    Network,
    read_connections,
    read_database_url,
    read_delays,
    read_demo,
    read_file_size,
    read_files_url,
    read_folder,
    read_host,
    read_log_format,
    read_networks,
    read_origins,
    read_pool_size,
    read_port,
    read_processes,
    read_public_url,
    read_redis_url,
    read_secrets,
    read_sender,
    read_smtp_url,
    read_switch,
    read_timeout,
)

__all__ = ["SettingError", "Settings", "setting", "variable_of"]

LOOPBACK = "127.0.0.0/8,::1/128"
RETRIES = "5,300,1800,7200,18000,36000,50400,72000,86400"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one process; `Settings.load()` reads them, nothing else in Forge looks at the environment."""

    home: Path = setting(
        "FORGE_HOME",
        read_folder,
        "Folder for what Forge keeps on this machine: the embedded servers' data, logs, the secret, the demo's keys.",
        default=".forge",
    )
    host: str = setting(
        "FORGE_HOST",
        read_host,
        "Address the API listens on; `0.0.0.0` for every network.",
        default="127.0.0.1",
    )
    port: int = setting(
        "FORGE_PORT",
        read_port,
        "TCP port the API listens on, 0 to 65535.",
        default="8000",
    )
    processes: int | None = setting(
        "FORGE_PROCESSES",
        read_processes,
        "Processes of `serve`, which share one port, and as many of `worker`, 1 to 64; `--processes` goes before it.",
        default=None,
        says="`1`; with `run` one worker, and of the api one process for each processor it may use, at most 4",
    )
    database_url: str | None = setting(
        "DATABASE_URL",
        read_database_url,
        "PostgreSQL 18 to use, as `postgresql://user:password@host:port/database`; set together with `REDIS_URL`.",
        default=None,
        says="an embedded PostgreSQL in `FORGE_HOME`",
        secret=True,
    )
    database_password: str | None = setting(
        "DATABASE_PASSWORD",
        str,
        "Password for `DATABASE_URL`, as it is: nothing in it is quoted. It takes the place of one in the URL.",
        default=None,
        says="the one in `DATABASE_URL`",
        secret=True,
    )
    redis_url: str | None = setting(
        "REDIS_URL",
        read_redis_url,
        "Valkey (or Redis) to use, as `redis://…`, `rediss://…` or `unix://…`; set together with `DATABASE_URL`.",
        default=None,
        says="an embedded Valkey in `FORGE_HOME`",
        secret=True,
    )
    redis_password: str | None = setting(
        "REDIS_PASSWORD",
        str,
        "Password for `REDIS_URL`, as it is. It takes the place of one in the URL.",
        default=None,
        says="the one in `REDIS_URL`",
        secret=True,
    )
    secret: tuple[str, ...] | None = setting(
        "FORGE_SECRET",
        read_secrets,
        f"Comma list of secrets, each of {SHORTEST_SECRET} characters or more: the first signs and encrypts, "
        "all verify and decrypt. Required when `DATABASE_URL` is set.",
        default=None,
        says="made once, in `FORGE_HOME/secret`",
        secret=True,
    )
    webhook_allow: tuple[Network, ...] = setting(
        "FORGE_WEBHOOK_ALLOW",
        read_networks,
        "Comma list of networks (CIDR) that webhooks may reach, by http too, although they are not public addresses.",
        default=LOOPBACK,
        says="loopback on embedded servers, otherwise none",
    )
    webhook_retries: tuple[float, ...] = setting(
        "FORGE_WEBHOOK_RETRIES",
        read_delays,
        "Comma list of seconds (± 20 %) from each failed try of a webhook to the next; after the last it is given up.",
        default=RETRIES,
    )
    webhook_timeout: float = setting(
        "FORGE_WEBHOOK_TIMEOUT",
        read_timeout,
        "Seconds a webhook's receiver may take to answer, at most 60.",
        default="15",
    )
    public_url: str = setting(
        "FORGE_PUBLIC_URL",
        read_public_url,
        "Where callers find Forge, such as `https://forge.example.com`: the OpenAPI document names it as its server, "
        "and links of invitations begin with it.",
        default="",
        says="none: the document names the path alone, links the address on this machine",
    )
    smtp_url: str | None = setting(
        "FORGE_SMTP_URL",
        read_smtp_url,
        "Mail server, as `smtp://user:password@host:587` (STARTTLS, always) or `smtps://user:password@host` (TLS from "
        "the first byte); `smtp+plain://host:25` sends without TLS. The worker sends; set it for the api, too.",
        default=None,
        says="none: mail is written to files in `FORGE_HOME/mail`",
        secret=True,
    )
    mail_from: str = setting(
        "FORGE_MAIL_FROM",
        read_sender,
        "Sender of mail, as `Forge <forge@example.com>`. Required when `FORGE_SMTP_URL` is set.",
        default="Forge <forge@localhost>",
    )
    demo: str = setting(
        "FORGE_DEMO",
        read_demo,
        "What `run` fills an empty database with: `small` (a shop of 25 clients and 100 quotes), `full` (a whole one, "
        "written by the worker in about a minute), `large` (ten times as many parts and quotes).",
        default="full",
    )
    files_url: str | None = setting(
        "FORGE_FILES_URL",
        read_files_url,
        "Bucket for attachments, as `s3://key:secret@host/bucket/prefix?region=us-east-1`; with `s3+plain://` there is "
        "no TLS.",
        default=None,
        says="none: attachments are files in `FORGE_HOME/files`, which all processes must share",
        secret=True,
    )
    largest_file: int = setting(
        "FORGE_LARGEST_FILE",
        read_file_size,
        "Bytes that one attachment may have, up to 2,000,000,000.",
        default="500000000",
    )
    trusted_proxies: tuple[Network, ...] = setting(
        "FORGE_TRUSTED_PROXIES",
        read_networks,
        "Comma list of networks (CIDR) of proxies whose `X-Forwarded-For` is believed.",
        default=NONE,
    )
    cors_origins: tuple[str, ...] = setting(
        "FORGE_CORS_ORIGINS",
        read_origins,
        "Comma list of origins (`https://app.example.com`) whose pages in a browser may call the API. The OpenAPI "
        "document is open to all.",
        default=NONE,
    )
    compression: bool = setting(
        "FORGE_COMPRESSION",
        read_switch,
        "Whether answers above 1 kB are compressed for callers that accept it; `off` leaves it to a proxy.",
        default="on",
    )
    access_log: bool = setting(
        "FORGE_ACCESS_LOG",
        read_switch,
        "Whether each request leaves a line on stdout.",
        default="on",
    )
    log_format: str = setting(
        "FORGE_LOG_FORMAT",
        read_log_format,
        "How log lines are written: `text`, or `json` with one object a line.",
        default="text",
    )
    metrics_host: str = setting(
        "FORGE_METRICS_HOST",
        read_host,
        "Address on which `/metrics` is served for Prometheus; it needs no key.",
        default="127.0.0.1",
    )
    metrics_port: int = setting(
        "FORGE_METRICS_PORT",
        read_port,
        "TCP port of `/metrics`; 0 serves none. A process that finds it taken says so, and works without.",
        default="9464",
    )
    pool_size: int = setting(
        "FORGE_POOL_SIZE",
        read_pool_size,
        "Connections to PostgreSQL that one process keeps at most for reading, and as many for writing, 1 to 1000.",
        default="8",
    )
    heavy_pool_size: int = setting(
        "FORGE_HEAVY_POOL_SIZE",
        read_pool_size,
        "Connections beside those for heavy reads, each of which can keep one processor of PostgreSQL busy; from 2 on "
        "no company takes all of them.",
        default="2",
    )
    read_timeout: float = setting(
        "FORGE_READ_TIMEOUT",
        read_timeout,
        "Seconds one read may take in PostgreSQL before it is stopped and answered `too_heavy`, at most 60.",
        default="10",
    )

    connections: int = setting(
        "FORGE_CONNECTIONS",
        read_connections,
        "Connections that one process of the API holds open at most, 1 to 100000; fewer where the machine allows fewer "
        "open files. Further ones may only ask for `/livez` and `/readyz`.",
        default="10000",
    )
    connections_per_address: int = setting(
        "FORGE_CONNECTIONS_PER_ADDRESS",
        read_connections,
        "How many of them may come from one address (an IPv6 network of 64 bits counts as one); the proxies of "
        "`FORGE_TRUSTED_PROXIES` are not counted.",
        default="2000",
    )

    @classmethod
    def load(cls, env: Mapping[str, str] = os.environ) -> Self:
        """Read the settings; a variable that is empty counts as not set.

        Raises SettingError, which names the variable, for a value that cannot be used or is missing.
        """
        texts = {row.name: env.get(variable_of(row), "").strip() for row in fields(cls)}
        if bool(texts["database_url"]) != bool(texts["redis_url"]):
            missing, other = ("DATABASE_URL", "REDIS_URL")[:: -1 if texts["database_url"] else 1]
            raise SettingError(missing, f"is required when {other} is set")
        if texts["database_url"]:
            if not texts["secret"]:
                raise SettingError("FORGE_SECRET", "is required when DATABASE_URL is set")
            texts["webhook_allow"] = texts["webhook_allow"] or NONE
        if texts["smtp_url"] and not texts["mail_from"]:
            raise SettingError("FORGE_MAIL_FROM", "is required when FORGE_SMTP_URL is set")
        values = {row.name: read_setting(row, texts[row.name]) for row in fields(cls)}
        for name in ("database", "redis"):
            values |= joined(name, values[f"{name}_url"], env.get(f"{name.upper()}_PASSWORD", ""))
        return cls(**values)

    def environ(self) -> dict[str, str]:
        """Write the settings as variables, for a child process; `load` reads them back to an equal object."""
        values = {variable_of(row): getattr(self, row.name) for row in fields(self)}
        return {variable: text_of(value) for variable, value in values.items() if value not in (None, "")}

    @property
    def embedded(self) -> bool:
        """Whether PostgreSQL and Valkey are to be started by us."""
        return self.database_url is None

    @property
    def url(self) -> str:
        """Where the API answers on this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104  # a comparison, not a binding
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
