"""The videos of a post in X's JSON: their files, sizes, lengths, and whether they can be played."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from footyd.adapters.x_json import at, field, number, rows, text, whole
from footyd.model import Media, Variant

WHOLE_FILE = "video/mp4"

_SIZE = re.compile(r"/(\d{2,5})x(\d{2,5})/", re.ASCII)
_AVAILABILITY = ("ext_media_availability", "mediaAvailability", "media_availability")


def videos_of(tweet: object) -> tuple[Media, ...]:
    """A GIF is no video; `extended_entities` lists what `entities` may cut short, a card what neither has."""
    extended = rows(at(field(tweet, "extended_entities"), "media"))
    shown = extended or rows(at(field(tweet, "entities"), "media")) or list(_in_card(tweet))
    return tuple(_video(item) for item in shown if at(item, "type") == "video")


def _in_card(tweet: object) -> Iterator[object]:
    """A broadcaster's video with a button below it: the card is JSON written as text into JSON."""
    for binding in rows(at(field(tweet, "card"), "legacy", "binding_values")):
        if at(binding, "key") == "unified_card":
            entities = at(_parsed(text(at(binding, "value", "string_value"))), "media_entities")
            yield from entities.values() if isinstance(entities, dict) else ()


def _parsed(written: str) -> object:
    try:
        return json.loads(written)
    except (ValueError, RecursionError):
        return None


def _video(item: object) -> Media:
    available, why = _availability(item)
    return media_of(
        variants_of(at(item, "video_info", "variants")),
        milliseconds=at(item, "video_info", "duration_millis"),
        width=at(item, "original_info", "width"),
        height=at(item, "original_info", "height"),
        available=available,
        unavailable=why,
    )


def media_of(
    variants: tuple[Variant, ...],
    *,
    milliseconds: object,
    width: object,
    height: object,
    available: bool = True,
    unavailable: str = "",
) -> Media:
    """By the best whole file among the variants; a size that is not told is that file's."""
    best = next((variant for variant in variants if variant.content_type == WHOLE_FILE), None)
    length = number(milliseconds)
    return Media(
        url=best.url if best else None,
        content_type=best.content_type if best else None,
        duration_seconds=length / 1000 if length else None,
        width=whole(width) or (best.width if best else None),
        height=whole(height) or (best.height if best else None),
        variants=variants,
        available=available,
        unavailable=unavailable,
    )


def variants_of(found: object) -> tuple[Variant, ...]:
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
