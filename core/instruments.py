"""What Forge counts and times of itself, in Prometheus' terms: every instrument, declared once.

Labels are words of Forge's own (a route's template, a lane, an outcome): never an id, a name or a value of a caller.
Where several processes share a port, `prometheus_client` keeps the values in files (`PROMETHEUS_MULTIPROC_DIR`), and
whoever supervises them adds them up.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram, values

from core.instrument_files import Values

setattr(values, "MmapedDict", Values)  # noqa: B010  # the class of its files, for which the library has no setting

_QUICK: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_SLOW: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)

REQUESTS: Final = Counter(
    "forge_http_requests",
    "Requests that were answered; a WebSocket's operations count one by one, with the method WS.",
    ("method", "route", "status"),
)
REQUEST_SECONDS: Final = Histogram(
    "forge_http_request_duration_seconds",
    "From the first byte of a request's head being parsed to the last byte of its answer being handed to the system.",
    ("method", "route"),
    buckets=_QUICK,
)
ANSWER_BYTES: Final = Counter(
    "forge_http_response_bytes", "Bytes of the bodies of answers as they were sent.", ("encoding",)
)
PLAIN_BYTES: Final = Counter(
    "forge_http_response_plain_bytes", "Bytes that the same bodies have without an encoding.", ("encoding",)
)
REFUSED_HEADS: Final = Counter(
    "forge_http_refused",
    "Requests that were refused before they were read whole, by what they were answered.",
    ("status",),
)
STREAMS: Final = Gauge(
    "forge_open_streams",
    "WebSockets, event streams and waiting requests that are open.",
    multiprocess_mode="livesum",
)
STATEMENT_SECONDS: Final = Histogram(
    "forge_sql_statement_duration_seconds",
    "Statements of PostgreSQL as this process waited for them; `lane` is light or heavy (reads), or write.",
    ("lane",),
    buckets=_QUICK,
)
POOL_WAITS: Final = Counter(
    "forge_sql_connection_waits", "Statements that had to wait for a free connection.", ("lane",)
)
PLANS: Final = Counter(
    "forge_plans_compiled",
    "What was compiled because no cache had it: `document` from a text of GraphQL, `sql` from a selection.",
    ("cache",),
)
VALKEY_FAILURES: Final = Counter(
    "forge_valkey_failures", "Calls or connections of Valkey that failed or came too late."
)
RELAY_LAG: Final = Gauge(
    "forge_relay_lag_seconds",
    "Age of the oldest committed event that is not fanned out yet; 0 when there is none.",
    multiprocess_mode="livemax",
)
ENDPOINTS_OWED: Final = Gauge(
    "forge_webhook_endpoints_owed", "Webhook endpoints that have a delivery due.", multiprocess_mode="livemax"
)
DELIVERIES: Final = Counter(
    "forge_webhook_attempts",
    "Tries of webhooks, by outcome: delivered, failed (tried again later), exhausted, gone (410).",
    ("outcome",),
)
DELIVERY_SECONDS: Final = Histogram(
    "forge_webhook_attempt_duration_seconds", "How long receivers took to answer a try.", buckets=_SLOW
)
LINES_DROPPED: Final = Counter(
    "forge_access_log_dropped", "Lines that the access log left out, because nobody took them from stdout in time."
)
ACTIVITY_DROPPED: Final = Counter(
    "forge_activity_dropped", "Requests that the activity log left out, because more came than could be written."
)
TASKS: Final = Counter("forge_tasks", "Background tasks that ended, by kind and status.", ("kind", "status"))
