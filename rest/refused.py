"""A request of which something was refused: what else is wrong with its query string, told with it.

What a good request needs is looked at where it is needed: the names in `fields` when the selection is made, the cursor
when the place in the list is. Only a request that is refused pays for looking at everything.
"""

from __future__ import annotations

from contextlib import suppress

from access.principal import Principal
from core.errors import InsufficientScope, Invalid
from core.problems import Problems
from engine.sql.cursors import check_form
from rest.parameters import Parameters, take, take_shown
from rest.routes import Action
from rest.sent import Served


def all_wrong(served: Served, found: Parameters, principal: Principal, error: Invalid) -> Invalid:
    """The error, which tells beside its own problems the names that the route does not know and a malformed cursor."""
    wrong = Problems()
    wrong.add(error)
    if served.narrows:
        with suppress(InsufficientScope), wrong.apart():  # what the key may not see is told when all else is right
            served.projector.selection(take_shown(found), principal.scopes)
    if served.route.action is Action.LIST:
        with wrong.apart(), wrong.cursor():
            cursor = take(found, "cursor")
            if cursor is not None:
                check_form(cursor, "cursor")
    return wrong.error()
