"""Fixtures of hostile tests: something to harm, and the proof that it was not."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import pytest

from models import QuotePart
from tests.kit.tenant import Tenant


@pytest.fixture
async def part(company: Tenant) -> QuotePart:
    """A quote's line: the company has a client and a draft quote with it."""
    return await company.make(QuotePart)


@pytest.fixture(autouse=True)
async def unharmed(company: Tenant, part: QuotePart, caplog: pytest.LogCaptureFixture) -> AsyncIterator[None]:
    """Whatever a test sends, the workspace's clock stands still and nothing unforeseen is logged."""
    assert part
    count = "select tick from clocks"
    before = await company.value(count)
    yield
    assert [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR] == []
    assert await company.value(count) == before
