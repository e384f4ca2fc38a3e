"""The page and its JSON, in this process."""

from footyd.web.server import Answers, serve

__all__ = ["Answers", "serve"]
