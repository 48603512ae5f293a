"""`POST /api/v1/invitations/accept`: what its body holds. It takes no key: the token of the link is what lets in."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Annotated, Final

from core.values.checked import NAME, Text
from core.values.people import PASSWORD

TOKEN: Final = Text(200, blank=False)


def _body(
    token: Annotated[str, TOKEN], password: Annotated[str, PASSWORD], name: Annotated[str, NAME] | None = None
) -> None:
    """The fields of the body, as the parameters of a function; nothing runs."""


BODY: Final[Mapping[str, inspect.Parameter]] = inspect.signature(_body, eval_str=True).parameters
ABOUT: Final = {
    "token": "The part of the link behind `#`.",
    "password": "The password to sign in with: 12 to 1,000 characters.",
    "name": "What the person is called; left out, as they were invited.",
}
