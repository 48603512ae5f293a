"""One process of the background worker."""

from __future__ import annotations

from app.exposition import exposed
from app.membership import Membership
from app.reach import reachable
from core.settings import Settings
from engine.sql.projection import event_projections, guarded_tables
from jobs.worker import Shown, main
from schema.assembly import graph


def work(settings: Settings, membership: Membership) -> int:
    """Work until told to stop."""
    with reachable(settings) as found, exposed(found):
        catalogue = graph().catalogue
        shown = Shown(event_projections(catalogue), guarded_tables(catalogue))
        main(found, shown, ready=membership.tell_ready if membership.supervised else None)
    return 0
