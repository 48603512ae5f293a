"""Importing what a command needs, quickly: a start is mostly imports, and the collector would take a fifth of them."""

from __future__ import annotations

import contextlib
import gc
import importlib
from collections.abc import Iterator
from types import ModuleType


def load(name: str) -> ModuleType:
    """Import a module and all that it imports."""
    with without_collector():
        return importlib.import_module(name)


@contextlib.contextmanager
def without_collector() -> Iterator[None]:
    """Keep the collector off while things are made of which nearly all stay."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
