"""What moves at X: the id of its search query, its feature flags, and the transaction id of each request.

The config's own values win; then what a browser was seen to use; then what twscrape knows; then ours.
"""

from __future__ import annotations

import re

_QUERY_ID = re.compile(r"[\w-]{10,64}", re.ASCII)


class QueryIds:
    """The newest query id seen in use, shared by the sources: the browser sees what the cookies need."""

    def __init__(self) -> None:
        self._newest = ""

    @property
    def newest(self) -> str:
        """Empty while none was seen."""
        return self._newest

    def seen(self, query_id: str) -> None:
        """Taken when it has the shape of one."""
        if _QUERY_ID.fullmatch(query_id):
            self._newest = query_id
