"""The demo: two companies, three keys, and something to look at."""

from __future__ import annotations

import stat
import time
from dataclasses import replace
from pathlib import Path

from access.scopes import Scope
from app import migrations
from app.demo import demo
from app.embedded.files import read_variables
from app.server import create_app
from core.settings import Settings
from tests.kit.client import Client


async def test_the_demo_is_seeded_once_and_its_keys_open_what_they_say(
    settings: Settings, empty_database_url: str, tmp_path: Path
):
    await migrations.upgrade(empty_database_url)
    own = replace(settings, database_url=empty_database_url, home=tmp_path)
    began = time.monotonic()
    keys = await demo.seed(own)
    assert keys is not None
    assert time.monotonic() - began < 10  # 3 s on a machine that does nothing else
    told = read_variables(tmp_path / "demo.env")
    assert told == {
        "FORGE_URL": own.url,
        "FORGE_KEY": keys.key,
        "FORGE_VIEW_KEY": keys.view_key,
        "FORGE_OTHER_KEY": keys.other_key,
    }
    assert stat.S_IMODE((tmp_path / "demo.env").stat().st_mode) == 0o600
    assert await demo.seed(own) is None

    front = create_app(own)
    async with front.router.lifespan_context(front):
        api = Client(front, "2001:db8::de:0", keys.key)
        counts = "{ clients { totalCount } quotes { totalCount } }"
        assert (await api.graphql(counts)).data == {"clients": {"totalCount": 25}, "quotes": {"totalCount": 100}}
        other = {"clients": {"totalCount": 2}, "quotes": {"totalCount": 5}}
        assert (await api.graphql(counts, key=keys.other_key)).data == other
        assert (
            await api.graphql('mutation { createClient(input: {name: "A"}) { id } }', key=keys.view_key)
        ).status == 403
        mine = (await api.get("/api/v1/me")).data
        assert (mine["plan"], set(mine["scopes"])) == ("team", set(Scope))
        released = await api.graphql("{ jobs(filter: {status: {eq: RELEASED}}) { totalCount } }")
        assert released.data["jobs"]["totalCount"] > 2
        shown = await api.graphql(demo.QUERY)
        assert len(shown.data["quotes"]["nodes"]) == 3
        listed = await api.get(demo.ROUTE)
        assert (listed.status, len(listed.data)) == (200, 3)
        assert listed.headers["ratelimit-limit"] == "1000000000"
