"""Addresses of posts as people paste them: from X, its mirrors and its apps, or of any page with a video."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urldefrag, urlsplit

from footyd.errors import FootydError
from footyd.model import PostId

X_HOSTS = frozenset(
    {"x.com", "twitter.com", "fxtwitter.com", "vxtwitter.com", "fixupx.com", "fixvx.com", "xcancel.com"}
)
"""X, the addresses people give chat programs in its place, and a Nitter instance that does not say so."""
_BEFORE_HOST = re.compile(r"^(www|m|mobile)\.")
_STATUS = re.compile(r"/(?:i/web|(\w{1,20}))/status(?:es)?/(\d{1,20})(?:/.*)?", re.ASCII)
_NOBODY = "i"
"""X's own links leave the author out: /i/status/1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """A post by its address; the author is empty where the address does not tell."""

    id: PostId
    url: str
    author: str


def read_address(text: str, mirrors: Collection[str] = ()) -> Pasted:
    """A post of X by its number, whichever of its hosts or `mirrors` shows it; else the page itself.

    Raises FootydError for what is no http address.
    """
    address = urldefrag(_with_scheme(text.strip())).url
    try:
        parts = urlsplit(address)
        host = _BEFORE_HOST.sub("", parts.hostname or "")
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in {"http", "https"} or not host:
        raise FootydError(
            f"{text}: not a web address",
            remedy="Paste the address of the post, or of a page with the video, with https:// before it",
        )
    status = _STATUS.fullmatch(parts.path)
    if status and (host in X_HOSTS or "nitter" in host or host in mirrors):
        author = "" if status[1] in {None, _NOBODY} else status[1]
        return Pasted(
            id=PostId(status[2]), url=f"https://x.com/{author or _NOBODY}/status/{status[2]}", author=author
        )
    digest = hashlib.sha256(address.encode()).hexdigest()[:16]
    return Pasted(id=PostId(f"link-{digest}"), url=address, author="")


def _with_scheme(text: str) -> str:
    host = _BEFORE_HOST.sub("", text.partition("/")[0].lower())
    return f"https://{text}" if host in X_HOSTS else text
