"""The floor: settings, errors, ids, database, unit of work, outbox, signing. It knows no resource."""
