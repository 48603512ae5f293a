"""A Valkey of a test's own, to be killed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.embedded.valkey import Valkey


@pytest.fixture
def own_valkey() -> Iterator[Valkey]:
    """A Valkey of this test's own, to be killed."""
    folder = Path(tempfile.mkdtemp(prefix="forge-test-"))
    valkey = Valkey(folder, folder, durable=False)
    valkey.start()
    yield valkey
    valkey.stop()
    shutil.rmtree(folder)


def pid_of(valkey: Valkey) -> int:
    """Whom to kill."""
    assert valkey.child is not None
    return valkey.child.process.pid
