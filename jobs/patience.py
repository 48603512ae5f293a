"""Going on when PostgreSQL is away for a while: what was not done is found again by the next look."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from core.errors import Unavailable

LOOK: Final = 2.0
"""Seconds between two looks for what no wake told of."""
log = logging.getLogger("forge")


@contextmanager
def surviving(what: str) -> Iterator[None]:
    """Log what goes wrong inside and go on; a database that is away is no error of ours."""
    try:
        yield
    except Unavailable as error:
        log.info("%s waits: %s", what, error)
    except Exception:
        log.exception("%s", what)
