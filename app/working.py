"""One process of the background worker."""

from __future__ import annotations

from app.exposition import exposed
from app.membership import Membership
from app.reach import reachable
from core.settings import Settings
from jobs.worker import Shown, main
from schema.assembly import graph


def work(settings: Settings, membership: Membership) -> int:
    """Work until told to stop."""
    with reachable(settings) as found, exposed(found):
        main(found, Shown.of(graph()), ready=membership.tell_ready if membership.supervised else None)
    return 0
