"""footyd: watches football matches, believes goals, keeps the best clip of each."""

__version__ = "0.1.0"
