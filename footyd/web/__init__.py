"""The page and its JSON, in this process."""

from footyd.web.server import serve

__all__ = ["serve"]
