"""One request as the logs and the metrics take note of it, once it was answered: no value of the caller's data."""

from __future__ import annotations

from typing import NamedTuple

from access.principal import Principal


class Seen(NamedTuple):
    """A request and what it was answered. `began` is a Unix time, `route` a template."""

    began: float
    seconds: float
    status: int
    method: str
    route: str
    operation: str
    """Of GraphQL: the kind and name of the operation."""
    points: int | None
    caller: Principal | None
    address: str
    request_id: str

    @property
    def key(self) -> str | None:
        """The public id of its key."""
        return None if self.caller is None else self.caller.public_id
