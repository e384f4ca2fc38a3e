"""One search as X's own page asks it: the query within its limits, by GET or POST, with its headers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import quote, urljoin

from footyd.adapters.x_json import text
from footyd.adapters.x_session import XSession
from footyd.config import CookiesConfig
from footyd.model import Query

LONGEST_QUERY = 512
"""X refuses a longer search."""
POSTS = 20
"""What X's own page asks for; it gives no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """What one search asks of X, whichever way it is sent."""

    text: str
    query_id: str
    features: dict[str, bool]

    @property
    def path(self) -> str:
        return f"/i/api/graphql/{self.query_id}/SearchTimeline"

    def params(self) -> dict[str, str]:
        """For a GET."""
        return {name: _compact(part) for name, part in self._parts().items()}

    def content(self) -> bytes:
        """For a POST."""
        return _compact({**self._parts(), "queryId": self.query_id}).encode()

    def _parts(self) -> dict[str, object]:
        variables = {
            "rawQuery": self.text,
            "count": POSTS,
            "querySource": "typed_query",
            "product": "Latest",
        }
        toggles = {"withArticleRichContentState": False}
        return {"variables": variables, "features": self.features, "fieldToggles": toggles}

    def headers(self, session: XSession, config: CookiesConfig) -> dict[str, str]:
        referer = f"/search?q={quote(self.text)}&src=typed_query&f=live"
        return {
            "authorization": f"Bearer {config.bearer}",
            "cookie": session.cookie_header(),
            "x-csrf-token": session.ct0,
            "x-twitter-auth-type": "OAuth2Session",
            "x-twitter-active-user": "yes",
            "x-twitter-client-language": "en",
            "content-type": "application/json",
            "origin": str(config.base_url).rstrip("/"),
            "referer": urljoin(str(config.base_url), referer),
        }


def search_text(query: Query) -> str:
    """The query from the second its posts begin at, within X's limit; what is too much is cut at a word."""
    since = f" since_time:{int(query.since.timestamp())}"
    room = LONGEST_QUERY - len(since)
    words = text(query.text)
    return (words if len(words) <= room else words[: room + 1].rpartition(" ")[0]) + since


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
