"""Real PostgreSQL and Valkey out of PyPI wheels, as child processes on unix sockets."""

from app.embedded.errors import ServerError
from app.embedded.servers import Servers, throw_away

__all__ = ["ServerError", "Servers", "throw_away"]
