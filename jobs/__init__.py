"""The background worker: relays committed events to webhook endpoints, and delivers them until they arrive."""
