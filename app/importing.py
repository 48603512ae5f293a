"""Importing what a command needs, quickly: a start is mostly imports, and the collector would take a fifth of them."""

from __future__ import annotations

import gc
import importlib
from types import ModuleType


def load(name: str) -> ModuleType:
    """Import a module and all that it imports, with the collector off: nearly everything that they make stays."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        if was_on:
            gc.enable()
