"""The background worker: relay, fan-out, delivery, purge."""
