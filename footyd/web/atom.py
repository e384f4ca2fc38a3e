"""New clips as an Atom feed (RFC 4287): each with its video as enclosure, and its poster."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5
from xml.etree import ElementTree as Xml

from footyd import __version__
from footyd.web.looks.news import NewsLook
from footyd.web.media import clip_path, poster_path
from footyd.web.render import lasted, sized

ATOM, MEDIA = "http://www.w3.org/2005/Atom", "http://search.yahoo.com/mrss/"
OURS = UUID("0b9a3e1c-6f0e-5c1f-9d1a-6c8f2c5a7e44")
"""Of which the ids of feed and entries are made: the same wherever they are read from."""
_UNSPEAKABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML may hold."""

Xml.register_namespace("", ATOM)
Xml.register_namespace("media", MEDIA)


def clips_feed(news: Sequence[NewsLook], *, root: str, this: str, now: datetime, hides: bool) -> bytes:
    """`root` is the address of the page, `this` that of the feed; `hides`: without scores and scorers."""
    feed = Xml.Element(f"{{{ATOM}}}feed")
    _add(feed, "id", _id("clips"))
    _add(feed, "title", "footyd: new clips")
    _add(feed, "updated", _when(news[0].at if news else now))
    _add(feed, "generator", "footyd", version=__version__)
    _add(_add(feed, "author"), "name", "footyd")
    _add(feed, "link", rel="self", type="application/atom+xml", href=this)
    _add(feed, "link", rel="alternate", type="text/html", href=f"{root}/library")
    for one in news:
        _entry(feed, one, root, hides=hides)
    return bytes(Xml.tostring(feed, encoding="utf-8", xml_declaration=True))


def _entry(feed: Xml.Element, one: NewsLook, root: str, *, hides: bool) -> None:
    entry = _add(feed, "entry")
    _add(entry, "id", _id(f"{one.goal_id}:{one.sha256}"))
    _add(entry, "title", _title(one, hides=hides))
    _add(entry, "updated", _when(one.at))
    _add(entry, "published", _when(one.at))
    _add(entry, "link", rel="alternate", type="text/html", href=f"{root}/goals/{one.goal_id}")
    video = f"{root}{clip_path(one.goal_id, one.sha256)}"
    _add(entry, "link", rel="enclosure", type=one.content_type, length=str(one.size_bytes), href=video)
    _add(entry, "category", term=one.league)
    _add(entry, "summary", _summary(one), type="text")
    poster = {"url": f"{root}{poster_path(one.goal_id, one.sha256)}"}
    Xml.SubElement(entry, f"{{{MEDIA}}}thumbnail", poster)


def _title(one: NewsLook, *, hides: bool) -> str:
    if hides:
        return f"{one.home} v {one.away}: a goal"
    return f"{one.home} v {one.away}: {one.team} {one.score_after}, {one.clock} {one.player or ''}".rstrip()


def _summary(one: NewsLook) -> str:
    facts = f"{lasted(one.duration_seconds)}, {one.width}×{one.height}, {sized(one.size_bytes)}"
    return f"{one.league}, {one.kickoff:%d %b %Y}. Clip of {facts}."


def _add(parent: Xml.Element, name: str, text: str = "", /, **attributes: str) -> Xml.Element:
    clean = {key: _UNSPEAKABLE.sub("", value) for key, value in attributes.items()}
    child = Xml.SubElement(parent, f"{{{ATOM}}}{name}", clean)
    if text:
        child.text = _UNSPEAKABLE.sub("", text)
    return child


def _id(name: str) -> str:
    return uuid5(OURS, name).urn


def _when(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
