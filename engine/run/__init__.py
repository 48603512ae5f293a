"""Running a request: reads and commands, in one of two lanes, to one answer."""
