"""The shop of the demo: what it is made of, and how it is written, a piece at a time."""
