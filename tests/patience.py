"""How long a test waits for what must come: far longer than it takes, as machines may be busy."""

PATIENCE = 45.0
"""Seconds."""
