"""Log lines of a process: on stderr, as text or as JSON objects, one a line."""

from __future__ import annotations

import logging
import sys
import time
from typing import Final

import orjson

TEXT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class JsonLines(logging.Formatter):
    """One JSON object a line: `time`, `level`, `logger`, `message`, and of an exception its trace as `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        line = {
            "time": moment(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()


class TextLines(logging.Formatter):
    """Text for people, with the time as the JSON lines have it."""

    def __init__(self) -> None:
        super().__init__(TEXT)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802  # its name
        """The moment of a record."""
        return moment(record.created)


def log_to_stderr(*, json: bool) -> None:
    """Have every logger of this process write to stderr, warnings and worse."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if json else TextLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def moment(seconds: float) -> str:
    """A Unix time as `2026-01-02T03:04:05.123Z`."""
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{thousandths:03d}Z"
