"""`serve`: one process of the API."""

from __future__ import annotations

import argparse

import uvicorn

from app.reach import reachable
from app.server import create_app
from core.settings import Settings

GRACE = 2  # seconds for requests under way, so that everything has stopped within 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare nothing: settings say it all."""


def run(settings: Settings, args: argparse.Namespace) -> int:  # noqa: ARG001
    """Serve until told to stop, then finish the requests under way."""
    with reachable(settings) as found:
        uvicorn.run(
            create_app(found),
            host=found.host,
            port=found.port,
            access_log=False,
            log_level="warning",
            server_header=False,
            proxy_headers=bool(found.trusted_proxies),
            forwarded_allow_ips=[str(network) for network in found.trusted_proxies],
            timeout_graceful_shutdown=GRACE,
        )
    return 0
