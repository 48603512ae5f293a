"""Fixtures of tests under which backends of PostgreSQL are killed in the long form."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.front import Front
from tests.kit.fixtures import address
from tests.kit.killing import Patient, killing_in_full
from tests.kit.tenant import Tenant


@pytest.fixture
def killed(database_url: str) -> Iterator[list[bool]]:
    """In the long form backends are killed meanwhile: what became of each."""
    with killing_in_full(database_url) as found:
        yield found


@pytest.fixture
async def patient(app: Front, company: Tenant) -> Patient:
    """A client that asks again when a backend was killed under it."""
    return Patient(app, address(), await company.key())
