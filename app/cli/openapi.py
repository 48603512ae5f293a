"""`openapi`: the REST façade as OpenAPI 3.1."""

from __future__ import annotations

import argparse
import sys

from core.settings import Settings
from rest import openapi
from schema.assembly import graph


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare nothing."""


def run(settings: Settings, args: argparse.Namespace) -> int:  # noqa: ARG001  # every command has this signature
    """Print the document; `rest/openapi.json` is its committed print, `/api/openapi` serves it."""
    sys.stdout.write(openapi.text(graph(), public_url=settings.public_url))
    return 0
