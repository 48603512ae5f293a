"""compose.yaml and the Dockerfile: the same commands with the same variables, on the test's servers."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
import yaml

from app.generated import ROOT
from core.settings import Settings, variable_of
from jobs.heartbeat import unwell
from tests.kit.processes import plain_environment
from tests.kit.worker import until

FORGE = Path(sys.executable).with_name("forge")
PASSWORD = "p@ss/word $HOME ${X}: 'it' \"is\" #1 %40"
_VARIABLE = re.compile(r"\$(?:\$|\{(\w+)(?::-([^}]*)|:\?[^}]*)?\})")


def composed(given: dict[str, str]) -> dict[str, Any]:
    """The services with variables filled in, as compose does: in each value, after YAML is read."""

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: fill(each) for name, each in value.items()}
        if isinstance(value, list):
            return [fill(each) for each in value]
        if not isinstance(value, str):
            return value
        return _VARIABLE.sub(lambda found: "$" if found[0] == "$$" else given.get(found[1]) or found[2] or "", value)

    services: dict[str, Any] = fill(yaml.safe_load((ROOT / "compose.yaml").read_text()))["services"]
    return services


@pytest.fixture
async def services(
    settings: Settings, owner: asyncpg.Connection[asyncpg.Record], empty_database_url: str, tmp_path: Path
) -> dict[str, Any]:
    """The services, their servers those of the test and their folders the test's; PostgreSQL has the nasty password."""
    if not await owner.fetchval("select count(*) from pg_roles where rolname = 'forge_composed'"):
        await owner.execute("create role forge_composed login superuser")
    services = composed(
        {
            "POSTGRES_PASSWORD": PASSWORD,
            "FORGE_SECRET": "0123456789abcdef0123456789abcdef",
            "FORGE_COMPANY": 'Ann\'s "best" $HOME shop',
            "FORGE_COMPANY_OWNER": "ann@shop.example",
        }
    )
    password = services["postgres"]["environment"]["POSTGRES_PASSWORD"]
    literal = await owner.fetchval("select quote_literal($1)", password)
    await owner.execute(f"alter role forge_composed password {literal}")
    parts = urlsplit(empty_database_url)
    for name in ("migrate", "company", "api", "worker"):
        env = services[name]["environment"]
        assert env["DATABASE_URL"] == "postgresql://forge@postgres/forge"
        assert env["REDIS_URL"] == "redis://valkey:6379/0"
        env["DATABASE_URL"] = urlunsplit(parts._replace(netloc=f"forge_composed@{parts.netloc.rpartition('@')[2]}"))
        env["REDIS_URL"] = str(settings.redis_url)
        env["FORGE_HOME"] = str(tmp_path / name)
        env["FORGE_PORT"] = "0"
    return services


def start(service: dict[str, Any], command: list[str] | None = None) -> subprocess.Popen[str]:
    """Run a service's command, or its health check, where the image's programs are found."""
    path = f"{FORGE.parent}:{os.environ['PATH']}"
    words = command or [*service.get("entrypoint", ["forge"]), *service["command"]]
    env = plain_environment(service["environment"]) | {"PATH": path}
    return subprocess.Popen(words, cwd="/", env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def done(process: subprocess.Popen[str]) -> str:
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert PASSWORD not in told
    return told


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


async def test_up_with_a_company_ends_with_a_key_that_works_whatever_the_password(
    services: dict[str, Any], tmp_path: Path
):
    assert "the database is at " in done(start(services["migrate"]))
    company = services["company"]
    assert company["volumes"] == ["keys:/keys"]
    company["command"] = [each.replace("/keys/", f"{tmp_path}/") for each in company["command"]]
    made = done(start(company))
    key = (tmp_path / "first.key").read_text().strip()
    assert 'made company Ann\'s "best" $HOME shop ' in made
    assert key not in made
    assert "nothing was changed" in done(start(company))
    assert (tmp_path / "first.key").read_text().strip() == key

    api, worker = services["api"], services["worker"]
    port = free_port()
    api["environment"]["FORGE_PORT"] = str(port)
    check = [each.replace("127.0.0.1:8000", f"127.0.0.1:{port}") for each in api["healthcheck"]["test"]]
    assert (check[0], worker["healthcheck"]["test"][0]) == ("CMD", "CMD")
    running = [start(api), start(worker)]
    try:
        await until(lambda: unwell(tmp_path / "worker") is None)
        done(start(worker, worker["healthcheck"]["test"][1:]))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            await until(partial(answers, http))
            done(start(api, check[1:]))
            bearer = {"authorization": f"Bearer {key}"}
            assert (await http.get("/api/v1/quotes", headers=bearer)).json()["data"] == []
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.communicate(timeout=20)


async def answers(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False


def test_without_a_company_none_is_made():
    company = composed({})["company"]
    assert done(start(company | {"environment": {"FORGE_COMPANY": ""}})) == ""


FIXED = {
    *("DATABASE_URL", "DATABASE_PASSWORD", "REDIS_URL", "REDIS_PASSWORD", "FORGE_SECRET"),
    *("FORGE_HOME", "FORGE_HOST", "FORGE_PORT", "FORGE_DEMO"),
}
"""Settings that compose.yaml or the image decides."""
GIVEN = {
    "FORGE_PUBLIC_URL": "https://forge.example.com",
    "FORGE_SMTP_URL": "smtp://forge:p%40ss@mail.example.com",
    "FORGE_MAIL_FROM": "Forge <forge@example.com>",
    "FORGE_FILES_URL": "s3://key:secret@s3.example.com/forge",
    "FORGE_LARGEST_FILE": "1000000",
    "FORGE_CORS_ORIGINS": "https://app.example.com,https://admin.example.com",
    "FORGE_TRUSTED_PROXIES": "10.0.0.0/8",
    "FORGE_PROCESSES": "3",
    "FORGE_COMPRESSION": "off",
    "FORGE_ACCESS_LOG": "off",
    "FORGE_LOG_FORMAT": "json",
    "FORGE_METRICS_HOST": "0.0.0.0",
    "FORGE_METRICS_PORT": "9999",
    "FORGE_WEBHOOK_ALLOW": "10.1.0.0/16",
    "FORGE_WEBHOOK_RETRIES": "1,2,3",
    "FORGE_WEBHOOK_TIMEOUT": "7",
    "FORGE_POOL_SIZE": "5",
    "FORGE_HEAVY_POOL_SIZE": "4",
    "FORGE_READ_TIMEOUT": "6",
    "FORGE_CONNECTIONS": "77",
    "FORGE_CONNECTIONS_PER_ADDRESS": "7",
}
SECRET = {"FORGE_SECRET": "0123456789abcdef0123456789abcdef"}


def loaded(given: dict[str, str], service: str) -> dict[str, Any]:
    """The settings that a service of compose.yaml has, by their variables."""
    settings = Settings.load(composed(SECRET | given)[service]["environment"])
    return {variable_of(row): getattr(settings, row.name) for row in fields(Settings)}


@pytest.mark.parametrize("service", ["migrate", "company", "api", "worker"])
def test_every_setting_that_is_not_fixed_is_passed_on(service: str):
    assert set(GIVEN) == {variable_of(row) for row in fields(Settings)} - FIXED
    plain = loaded({}, service)
    assert plain == loaded(dict.fromkeys(GIVEN, ""), service)
    servers = {
        name: composed(SECRET)[service]["environment"][name] for name in FIXED if name.startswith(("DATA", "REDIS_U"))
    }
    alone = Settings.load(SECRET | servers)
    assert plain == {variable_of(row): getattr(alone, row.name) for row in fields(Settings)}
    wanted = Settings.load(SECRET | servers | GIVEN)
    found = loaded(GIVEN, service)
    assert found == {variable_of(row): getattr(wanted, row.name) for row in fields(Settings)}
    assert {name for name in GIVEN if found[name] == plain[name]} == set()


async def test_the_company_is_made_as_its_variables_say(services: dict[str, Any], tmp_path: Path):
    done(start(services["migrate"]))
    company = services["company"]
    command = [each.replace("/keys/", f"{tmp_path}/") for each in company["command"]]
    env = company["environment"]
    for number, (more, wanted) in enumerate(
        (
            ({}, ("starter", "USD", "UTC", "Plain 0")),
            (
                {
                    "FORGE_COMPANY_CURRENCY": "EUR",
                    "FORGE_COMPANY_TIME_ZONE": "Europe/Berlin",
                    "FORGE_COMPANY_PLAN": "team",
                    "FORGE_COMPANY_OWNER_NAME": 'Ann "the boss" $HOME',
                },
                ("team", "EUR", "Europe/Berlin", "Plain 1"),
            ),
        )
    ):
        named = env | more | {"FORGE_COMPANY": f"Plain {number}"}
        done(start(company | {"environment": named}, ["sh", "-c", command[0].replace("first", f"first{number}")]))
        listed = json.loads(done(start(company | {"environment": named}, ["forge", "companies", "list", "--json"])))
        [found] = [each for each in listed if each["name"] == f"Plain {number}"]
        assert (found["plan"], found["currency"], found["time_zone"], found["name"]) == wanted
    owner = await asyncpg.connect(env["DATABASE_URL"], password=PASSWORD)
    names = await owner.fetch("select name from users order by name")
    await owner.close()
    assert 'Ann "the boss" $HOME' in [each["name"] for each in names]


def test_the_volume_of_the_key_belongs_to_the_user_of_the_image_and_nobody_else_mounts_it():
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "install -d -o forge -m 0700 /keys" in dockerfile
    services = composed({})
    assert [name for name, each in services.items() if "keys:/keys" in each.get("volumes", [])] == ["company"]


def test_the_image_pins_what_installs_it_and_has_no_embedded_servers():
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert re.search(r"pip install \S+ uv==\d+\.\d+\.\d+\n", dockerfile)
    synced = re.findall(r"uv sync (.*?)(?: \\)?\n", dockerfile)
    assert synced == ["--locked --no-dev --no-install-project", "--locked --no-dev"]
    assert 'ENTRYPOINT ["forge"]' in dockerfile
    copied = set(re.findall(r"COPY (\w+) \1\n", dockerfile))
    kept = set(re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text(), flags=re.MULTILINE))
    assert copied == kept
