"""Fixtures of the whole suite: the application on real servers, and for each test a company of its own.

async def test_a_quote_has_a_number(company, api, key):
    quote = await company.make(Quote, title="Brackets")
    answer = await api.graphql("{ quotes { nodes { number } } }", key=await key("quotes.view"))
    assert answer.data == {"quotes": {"nodes": [{"number": "Q-1"}]}}
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import count
from typing import Any, TypeVar

import pytest

from app.front import Front
from app.server import create_app
from core.record import Row
from core.settings import Settings
from engine.runtime import Runtime
from rest.door import RestDoor
from tests.kit.client import Client
from tests.kit.process import ServerProcess
from tests.kit.rights import KitAccess, open_kit
from tests.kit.tenant import Tenant

M = TypeVar("M", bound=Row)
Key = Callable[..., Awaitable[str]]
_COUNT = count(1)


@pytest.fixture(scope="session")
async def app(settings: Settings) -> AsyncIterator[Front]:
    """The application in this process, started."""
    front = create_app(settings)
    async with front.router.lifespan_context(front):
        yield front


@pytest.fixture(scope="session")
def runtime(app: Front) -> Runtime:
    """What the application's doors stand on."""
    door = dict(app.doors)["/api/v1/"]
    assert isinstance(door, RestDoor)
    return door._runtime


@pytest.fixture(scope="session")
async def access(settings: Settings) -> AsyncIterator[KitAccess]:
    """Company tables, as another process has them open."""
    async with open_kit(settings) as opened:
        yield opened


@pytest.fixture
async def company(access: KitAccess, runtime: Runtime) -> Tenant:
    """A new company, unlimited, with its owner; nothing is in it."""
    return await new_tenant(access, runtime)


@pytest.fixture
async def other_company(access: KitAccess, runtime: Runtime) -> Tenant:
    """Another new company."""
    return await new_tenant(access, runtime)


@pytest.fixture
def key(company: Tenant) -> Key:
    """`await key("quotes.view", …)` makes a key of the test's company with exactly these scopes; none: all."""
    return company.key


@pytest.fixture
def make(company: Tenant) -> Callable[..., Awaitable[Any]]:
    """`await make(Quote, title="Brackets")` writes a row of the test's company."""
    return company.make


@pytest.fixture
async def api(app: Front, company: Tenant) -> Client:
    """A client of the application from an address of its own, with a key of all scopes."""
    return Client(app, address(), await company.key())


@pytest.fixture
def server(settings: Settings) -> Iterator[Callable[..., ServerProcess]]:
    """`server()` starts a real API process on a free port; `server(FORGE_POOL_SIZE="2")` sets variables for it."""
    with contextlib.ExitStack() as stack:

        def start(**variables: str) -> ServerProcess:
            return stack.enter_context(ServerProcess(settings, variables))

        yield start


async def new_tenant(access: KitAccess, runtime: Runtime, **how: Any) -> Tenant:
    """Make a company; `how` as in `Companies.create`."""
    name = f"Company {next(_COUNT)}"
    given = {"owner": "owner@example.com", "limits": {"requests": 0, "points": 0}} | how
    made = await access.companies.create(name, **given)
    return Tenant(made, access, runtime, currency=given.get("currency", "USD"))


def address() -> str:
    """An address that nobody else uses (RFC 3849's documentation block), so that tests do not share a window."""
    return f"2001:db8:{random.randrange(1, 1 << 16):x}:{random.randrange(1, 1 << 16):x}::1"


@pytest.fixture(scope="module")
def process(settings: Settings) -> Iterator[ServerProcess]:
    """One API process for the tests that do not end it."""
    with ServerProcess(settings) as process:
        yield process


@pytest.fixture
async def start(api: Client) -> str:
    """The cursor before anything has happened."""
    return str((await api.graphql("{ changes { latestCursor } }")).data["changes"]["latestCursor"])
