"""The videos of a post in X's JSON: their files, sizes, lengths, and whether they can be played."""

from __future__ import annotations

import re

from footyd.adapters.x_json import at, field, number, rows, text, whole
from footyd.model import Media, Variant

WHOLE_FILE = "video/mp4"

_SIZE = re.compile(r"/(\d{2,5})x(\d{2,5})/", re.ASCII)
_AVAILABILITY = ("ext_media_availability", "mediaAvailability", "media_availability")


def videos_of(tweet: object) -> tuple[Media, ...]:
    """A GIF is no video; `extended_entities` lists what `entities` may cut short."""
    extended = rows(at(field(tweet, "extended_entities"), "media"))
    shown = extended or rows(at(field(tweet, "entities"), "media"))
    return tuple(_video(item) for item in shown if at(item, "type") == "video")


def _video(item: object) -> Media:
    variants = _variants(at(item, "video_info", "variants"))
    best = next((variant for variant in variants if variant.content_type == WHOLE_FILE), None)
    milliseconds = number(at(item, "video_info", "duration_millis"))
    available, why = _availability(item)
    return Media(
        url=best.url if best else None,
        content_type=best.content_type if best else None,
        duration_seconds=milliseconds / 1000 if milliseconds else None,
        width=whole(at(item, "original_info", "width")) or (best.width if best else None),
        height=whole(at(item, "original_info", "height")) or (best.height if best else None),
        variants=variants,
        available=available,
        unavailable=why,
    )


def _variants(found: object) -> tuple[Variant, ...]:
    """Whole files before streams, each kind with its highest bit rate first."""
    variants = [variant for row in rows(found) if (variant := _variant(row)) is not None]
    ranked = sorted(variants, key=lambda one: (one.content_type != WHOLE_FILE, -(one.bit_rate or 0)))
    return tuple(ranked)


def _variant(row: object) -> Variant | None:
    url, content_type = text(at(row, "url")), text(at(row, "content_type"))
    if not url.startswith(("https://", "http://")) or not url.isascii() or not url.isprintable():
        return None
    size = _SIZE.search(url)
    bit_rate = at(row, "bitrate")
    return Variant(
        url=url,
        content_type=content_type,
        bit_rate=whole(at(row, "bit_rate") if bit_rate is None else bit_rate),
        width=int(size[1]) if size else None,
        height=int(size[2]) if size else None,
    )


def _availability(item: object) -> tuple[bool, str]:
    """`Available`, or another status with a reason such as Geoblocked or Dmcaed; silence is no objection."""
    places = (item, at(item, "media_results", "result"))
    told = next((found for place in places for key in _AVAILABILITY if (found := at(place, key))), None)
    status = text(at(told, "status"))
    if not status or status.lower() == "available":
        return True, ""
    return False, text(at(told, "reason")) or status
