"""Servers of these tests."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from core.settings import Settings
from tests.kit import hasty
from tests.kit.process import ServerProcess

HASTY = {
    "head_seconds": 0.5,
    "small_body_seconds": 0.8,
    "upload_grace": 0.3,
    "idle_seconds": 0.8,
    "unread_seconds": 0.6,
    "linger_seconds": 0.3,
    "reserve": 4,
}


@pytest.fixture(scope="package")
def usual(settings: Settings) -> Iterator[ServerProcess]:
    """A server with the limits that it always has."""
    with ServerProcess(settings) as process:
        yield process


@pytest.fixture(scope="package")
def url(usual: ServerProcess) -> str:
    """Where it answers."""
    return usual.url


@pytest.fixture(scope="package")
def impatient(settings: Settings) -> Iterator[ServerProcess]:
    """A server with little patience and room for 40 connections, behind a proxy on 127.0.0.2."""
    variables = {
        hasty.VARIABLE: json.dumps(HASTY),
        "FORGE_CONNECTIONS": "40",
        "FORGE_CONNECTIONS_PER_ADDRESS": "20",
        "FORGE_TRUSTED_PROXIES": "127.0.0.2/32",
    }
    with ServerProcess(settings, variables, words=hasty.WORDS) as process:
        process.http.close()
        process.http = httpx.Client(base_url=process.url, headers={"connection": "close"})
        yield process
