"""A query string of which something was refused: what else is wrong with it, told with it.

What a good request needs is looked at where it is needed: the names in `fields` when the selection is made, the cursor
when the place in the list is. Only a request that is refused pays for looking at everything.
"""

from __future__ import annotations

from contextlib import suppress

from access.principal import Principal
from core.errors import InsufficientScope, Invalid
from core.http import Request, read_query
from core.problems import Problems
from engine.sql.cursors import check_form
from rest.parameters import gather, take, take_shown
from rest.routes import Action
from rest.sent import Served


def all_wrong(served: Served, request: Request, principal: Principal, error: Invalid) -> Invalid:
    """The error, which tells beside its own problems the names that the route does not know and a malformed cursor."""
    wrong = Problems()
    wrong.add(error)
    found = gather(read_query(request.query))
    with wrong.apart():
        shown = take_shown(found)
        with suppress(InsufficientScope):  # what the key may not see is told when all else is right
            served.projector.selection(shown, principal.scopes)
    if served.route.action is Action.LIST:
        with wrong.apart(), wrong.cursor():
            cursor = take(found, "cursor")
            if cursor is not None:
                check_form(cursor, "cursor")
    return wrong.error()
