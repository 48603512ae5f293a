"""What `run` does with the database before it serves; it imports most of the application."""

from __future__ import annotations

import asyncio

from app import migrations
from app.demo import demo
from app.progress import step
from core.settings import Settings


def prepare(settings: Settings, *, ours: bool) -> list[str]:
    """Bring the database up to date, and fill an empty one that is `ours` with the demo; returns how to use it."""
    with step("bringing the database up to date"):
        asyncio.run(migrations.upgrade(str(settings.database_url)))
    return demo.welcome(settings, _seed(settings) if ours else None)


def _seed(settings: Settings) -> demo.DemoKeys | None:
    with step("filling the demo"):
        return asyncio.run(demo.seed(settings, settings.demo)) or demo.remember(settings, None)
