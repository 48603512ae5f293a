"""What `run` does with the database: migrations and the demo. It imports most of the application."""

from __future__ import annotations

import asyncio

from app import migrations
from app.demo import demo
from app.progress import step
from core.settings import Settings


def upgrade(settings: Settings) -> None:
    """Bring the database up to date."""
    with step("bringing the database up to date"):
        asyncio.run(migrations.upgrade(str(settings.database_url)))


def fill(settings: Settings, *, ours: bool) -> list[str]:
    """Fill a database that is `ours`, and empty, with the demo; returns how to use it, in lines."""
    return demo.welcome(settings, _seed(settings) if ours else None)


def _seed(settings: Settings) -> demo.DemoKeys | None:
    with step("filling the demo"):
        return asyncio.run(demo.seed(settings, settings.demo)) or demo.remember(settings, None)
