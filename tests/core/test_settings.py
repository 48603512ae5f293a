"""Settings: what they default to, what they refuse, and that each is documented."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, fields
from ipaddress import ip_network
from pathlib import Path

import pytest

from app.generated import FILES, ROOT, settings_page
from core.settings import SettingError, Settings, variable_of

SECRET = "0123456789abcdef0123456789abcdef"
SERVERS = {"DATABASE_URL": "postgresql://db/forge", "REDIS_URL": "redis://valkey/0", "FORGE_SECRET": SECRET}
MAIL = {"FORGE_MAIL_FROM": "forge@shop.example"}


def test_without_a_variable_everything_runs_on_this_machine():
    settings = Settings.load({})
    assert settings == Settings(
        home=Path.cwd() / ".forge",
        host="127.0.0.1",
        port=8000,
        processes=None,
        database_url=None,
        database_password=None,
        redis_url=None,
        redis_password=None,
        secret=None,
        webhook_allow=(ip_network("127.0.0.0/8"), ip_network("::1/128")),
        webhook_retries=(5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400),
        webhook_timeout=15,
        public_url="",
        smtp_url=None,
        mail_from="Forge <forge@localhost>",
        demo="full",
        files_url=None,
        largest_file=500_000_000,
        trusted_proxies=(),
        pool_size=8,
        connections=10_000,
        connections_per_address=2_000,
        heavy_pool_size=2,
        read_timeout=10,
        cors_origins=(),
        compression=True,
        access_log=True,
        log_format="text",
        metrics_host="127.0.0.1",
        metrics_port=9464,
    )
    assert settings.embedded
    assert settings.url == "http://127.0.0.1:8000"


def test_every_variable_is_read():
    settings = Settings.load(
        SERVERS
        | {
            "FORGE_HOME": "/srv/forge",
            "FORGE_HOST": "::",
            "FORGE_PORT": "9000",
            "FORGE_PROCESSES": "3",
            "FORGE_SECRET": f"{SECRET}, {SECRET[::-1]}",
            "FORGE_WEBHOOK_ALLOW": "10.0.0.0/8, fd00::/8",
            "FORGE_WEBHOOK_RETRIES": "1, 0.5",
            "FORGE_WEBHOOK_TIMEOUT": "2.5",
            "FORGE_PUBLIC_URL": "https://forge.example/shop/",
            "FORGE_SMTP_URL": "smtp://forge:p%40ss@mail.example:2525",
            "FORGE_MAIL_FROM": "The Shop <forge@shop.example>",
            "FORGE_DEMO": "large",
            "FORGE_FILES_URL": "s3://key:se%2Fcret@s3.example/bucket?region=eu-central-1",
            "FORGE_LARGEST_FILE": "1000",
            "FORGE_TRUSTED_PROXIES": "192.0.2.7/32",
            "FORGE_POOL_SIZE": "3",
            "FORGE_CONNECTIONS": "500",
            "FORGE_CONNECTIONS_PER_ADDRESS": "50",
            "FORGE_HEAVY_POOL_SIZE": "4",
            "FORGE_READ_TIMEOUT": "2.5",
            "FORGE_CORS_ORIGINS": "https://app.example.com",
            "FORGE_COMPRESSION": "off",
            "FORGE_ACCESS_LOG": "off",
            "FORGE_LOG_FORMAT": "json",
            "FORGE_METRICS_HOST": "0.0.0.0",
            "FORGE_METRICS_PORT": "9000",
        },
    )
    assert settings == Settings(
        home=Path("/srv/forge"),
        host="::",
        port=9000,
        processes=3,
        database_url="postgresql://db/forge",
        database_password=None,
        redis_url="redis://valkey/0",
        redis_password=None,
        secret=(SECRET, SECRET[::-1]),
        webhook_allow=(ip_network("10.0.0.0/8"), ip_network("fd00::/8")),
        webhook_retries=(1, 0.5),
        webhook_timeout=2.5,
        public_url="https://forge.example/shop",
        smtp_url="smtp://forge:p%40ss@mail.example:2525",
        mail_from="The Shop <forge@shop.example>",
        demo="large",
        files_url="s3://key:se%2Fcret@s3.example/bucket?region=eu-central-1",
        largest_file=1000,
        trusted_proxies=(ip_network("192.0.2.7/32"),),
        pool_size=3,
        connections=500,
        connections_per_address=50,
        heavy_pool_size=4,
        read_timeout=2.5,
        cors_origins=("https://app.example.com",),
        compression=False,
        access_log=False,
        log_format="json",
        metrics_host="0.0.0.0",
        metrics_port=9000,
    )
    assert settings.url == "http://[::1]:9000"


@pytest.mark.parametrize("env", [{}, SERVERS, SERVERS | {"FORGE_WEBHOOK_ALLOW": "10.0.0.0/8"}])
def test_a_child_process_reads_the_same_settings(env: dict[str, str]):
    settings = Settings.load(env)
    assert Settings.load(settings.environ()) == settings


@pytest.mark.parametrize(
    ("url", "joined"),
    [
        ("postgresql://forge@db/forge", "postgresql://forge:p%40%20%2F@db/forge"),
        ("postgresql://forge:old@db:1/forge?ssl=off", "postgresql://forge:p%40%20%2F@db:1/forge?ssl=off"),
        ("postgresql://a,b/forge", "postgresql://:p%40%20%2F@a,b/forge"),
        ("postgresql://forge@[::1]:1/x", "postgresql://forge:p%40%20%2F@[::1]:1/x"),
        ("postgresql://forge@/x?host=/run", "postgresql://forge:p%40%20%2F@/x?host=/run"),
        ("postgres:///x?host=/run", "postgres://:p%40%20%2F@/x?host=/run"),
    ],
)
def test_a_password_set_by_itself_comes_into_the_url(url: str, joined: str):
    settings = Settings.load(SERVERS | {"DATABASE_URL": url, "DATABASE_PASSWORD": "p@ /"})
    assert settings.database_url == joined
    assert Settings.load(settings.environ() | {"DATABASE_PASSWORD": "p@ /"}) == settings
    assert Settings.load(settings.environ()) == settings


def test_on_servers_of_ones_own_webhooks_reach_no_private_network():
    assert Settings.load(SERVERS).webhook_allow == ()


def test_loopback_can_be_closed_to_webhooks_on_embedded_servers_too():
    assert Settings.load({"FORGE_WEBHOOK_ALLOW": "none"}).webhook_allow == ()


def test_an_empty_variable_counts_as_not_set():
    assert Settings.load({"FORGE_PORT": "", "DATABASE_URL": " "}) == Settings.load({})


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"FORGE_PORT": "http"}, "FORGE_PORT must be a whole number from 0 to 65535, not 'http'"),
        ({"FORGE_PORT": "65536"}, "FORGE_PORT must be a whole number from 0 to 65535, not '65536'"),
        ({"FORGE_PROCESSES": "0"}, "FORGE_PROCESSES must be a whole number from 1 to 64, not '0'"),
        ({"FORGE_PROCESSES": "-1"}, "FORGE_PROCESSES must be a whole number from 1 to 64, not '-1'"),
        ({"FORGE_PROCESSES": "1000"}, "FORGE_PROCESSES must be a whole number from 1 to 64, not '1000'"),
        ({"FORGE_PROCESSES": "x"}, "FORGE_PROCESSES must be a whole number from 1 to 64, not 'x'"),
        ({"FORGE_PORT": "-1"}, "FORGE_PORT must be a whole number from 0 to 65535, not '-1'"),
        ({"FORGE_PORT": "٣"}, "FORGE_PORT must be a whole number from 0 to 65535, not '٣'"),
        ({"FORGE_POOL_SIZE": "0"}, "FORGE_POOL_SIZE must be a whole number from 1 to 1000, not '0'"),
        ({"FORGE_HOST": "a b"}, "FORGE_HOST must be a host name or an address"),
        (SERVERS | {"DATABASE_URL": "mysql://db"}, "DATABASE_URL must be a URL that begins with postgresql:// or "),
        (SERVERS | {"REDIS_URL": "valkey"}, "REDIS_URL must be a URL that begins with redis:// or rediss:// or unix"),
        (SERVERS | {"REDIS_URL": ""}, "REDIS_URL is required when DATABASE_URL is set"),
        (SERVERS | {"DATABASE_URL": ""}, "DATABASE_URL is required when REDIS_URL is set"),
        (SERVERS | {"FORGE_SECRET": ""}, "FORGE_SECRET is required when DATABASE_URL is set"),
        ({"DATABASE_PASSWORD": "x"}, "DATABASE_PASSWORD is set without DATABASE_URL"),
        ({"REDIS_PASSWORD": "x"}, "REDIS_PASSWORD is set without REDIS_URL"),
        (SERVERS | {"DATABASE_PASSWORD": "\udcff"}, "DATABASE_PASSWORD must be UTF-8"),
        ({"FORGE_SECRET": "short"}, "FORGE_SECRET must be a comma list of secrets of 32 characters or more"),
        ({"FORGE_SECRET": f"{SECRET},short"}, "FORGE_SECRET must be a comma list of secrets of 32 characters or more"),
        ({"FORGE_WEBHOOK_ALLOW": "10.0.0.1/8"}, "FORGE_WEBHOOK_ALLOW must be a comma list of networks like 10.0.0.0/8"),
        (
            {"FORGE_WEBHOOK_RETRIES": "5,soon"},
            "FORGE_WEBHOOK_RETRIES must be a comma list of seconds, each",
        ),
        ({"FORGE_WEBHOOK_RETRIES": "nan"}, "FORGE_WEBHOOK_RETRIES must be a comma list of seconds, each"),
        ({"FORGE_WEBHOOK_TIMEOUT": "61"}, "FORGE_WEBHOOK_TIMEOUT must be seconds, more than 0 and at most 60"),
        ({"FORGE_PUBLIC_URL": "forge.example"}, "FORGE_PUBLIC_URL must be an http or https URL without user, query"),
        ({"FORGE_PUBLIC_URL": "ftp://forge.example"}, "FORGE_PUBLIC_URL must be an http or https URL without user"),
        ({"FORGE_PUBLIC_URL": "https://a@forge.example"}, "FORGE_PUBLIC_URL must be an http or https URL without"),
        ({"FORGE_PUBLIC_URL": "https://forge.example?x=1"}, "FORGE_PUBLIC_URL must be an http or https URL without"),
        ({"FORGE_PUBLIC_URL": "https://forge.example?"}, "FORGE_PUBLIC_URL must be an http or https URL without user"),
        ({"FORGE_PUBLIC_URL": "https://forge.example#x"}, "FORGE_PUBLIC_URL must be an http or https URL without"),
        ({"FORGE_PUBLIC_URL": "https://forge .example"}, "FORGE_PUBLIC_URL must be an http or https URL without user"),
        ({"FORGE_PUBLIC_URL": "https://"}, "FORGE_PUBLIC_URL must be an http or https URL without user, query and"),
        ({"FORGE_PUBLIC_URL": "https://forge.example:x"}, "FORGE_PUBLIC_URL is not a URL: "),
        ({"FORGE_PUBLIC_URL": "https://[::1"}, "FORGE_PUBLIC_URL is not a URL: "),
        ({"FORGE_SMTP_URL": "smtp://mail"}, "FORGE_MAIL_FROM is required when FORGE_SMTP_URL is set"),
        (MAIL | {"FORGE_SMTP_URL": "http://mail"}, "FORGE_SMTP_URL must be a URL that begins with smtp:// or smtps://"),
        (MAIL | {"FORGE_SMTP_URL": "smtp://"}, "FORGE_SMTP_URL must be a URL like smtp://user:password@mail"),
        (MAIL | {"FORGE_SMTP_URL": "smtp://mail/x"}, "FORGE_SMTP_URL must be a URL like smtp://user:password@mail"),
        (MAIL | {"FORGE_SMTP_URL": "smtp://mail:x"}, "FORGE_SMTP_URL must have a port from 0 to 65535; write / : @"),
        ({"FORGE_MAIL_FROM": "Forge"}, "FORGE_MAIL_FROM must be an address like forge@example.com or Forge <forge"),
        ({"FORGE_MAIL_FROM": "a@b\nBcc: c@d"}, "FORGE_MAIL_FROM must be an address like forge@example.com or Forge"),
        ({"FORGE_MAIL_FROM": "a@b, c@d"}, "FORGE_MAIL_FROM must be an address like forge@example.com or Forge <forge"),
        ({"FORGE_COMPRESSION": "perhaps"}, "FORGE_COMPRESSION must be on or off, not 'perhaps'"),
        ({"FORGE_ACCESS_LOG": "2"}, "FORGE_ACCESS_LOG must be on or off, not '2'"),
        ({"FORGE_LOG_FORMAT": "xml"}, "FORGE_LOG_FORMAT must be one of text, json, not 'xml'"),
        ({"FORGE_METRICS_PORT": "x"}, "FORGE_METRICS_PORT must be a whole number from 0 to 65535, not 'x'"),
        ({"FORGE_TRUSTED_PROXIES": "proxy"}, "FORGE_TRUSTED_PROXIES must be a comma list of networks like 10.0.0.0/8"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_its_variable(env: dict[str, str], said: str):
    with pytest.raises(SettingError) as caught:
        Settings.load(env)
    assert str(caught.value).startswith(said)
    assert caught.value.variable == said.split(maxsplit=1)[0]


def test_settings_do_not_change_and_do_not_show_secrets():
    secret = {"DATABASE_URL": "postgresql://forge:hunter2@db/forge", "FORGE_SMTP_URL": "smtp://forge:hunter2@mail"}
    settings = Settings.load(SERVERS | MAIL | secret)
    with pytest.raises(FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]
    assert SECRET not in repr(settings)
    assert "hunter2" not in repr(settings)


def test_every_setting_is_documented():
    page = settings_page()
    for row in fields(Settings):
        assert f"| `{variable_of(row)}` | {row.metadata['says']} | {row.metadata['doc']} |" in page
        assert row.metadata["doc"].endswith(".")


def test_nothing_but_settings_reads_a_variable_of_ours():
    sources = [
        path
        for package in ("core", "access", "engine", "models", "resolvers", "schema", "rest", "jobs", "app")
        for path in (ROOT / package).rglob("*.py")
    ]
    readers = {str(path.relative_to(ROOT)) for path in sources if re.search(r"os\.environ|getenv", path.read_text())}
    handing_on = {"app/embedded/postgres.py", "app/run.py", "app/team.py"}  # the environment of a child process
    handing_on |= {"app/exposition.py"}  # what prometheus_client is told there
    assert readers == {"core/settings.py"} | handing_on


@pytest.mark.parametrize("path", FILES)
def test_a_generated_file_is_current(path: str):
    assert (ROOT / path).read_text() == FILES[path]()
