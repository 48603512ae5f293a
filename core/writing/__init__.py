"""The one write path: what a command locks, stages and writes in one statement."""
