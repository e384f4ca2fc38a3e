"""States that people are told of, and what tells that they are over."""

from __future__ import annotations

DISK_LOW, DISK_HAS_ROOM = "Disk low", "Disk has room again"
FEED_UNWELL, FEED_REFUSES = "The feed is unwell", "The feed refuses us"
FEED_ANSWERS = "The feed answers again"
NEEDS_PERSON = "Source needs a person"
LIBRARY_UNLIKE = "Library unlike its records"

ENDS = {
    DISK_LOW: DISK_HAS_ROOM,
    FEED_UNWELL: FEED_ANSWERS,
    FEED_REFUSES: FEED_ANSWERS,
    NEEDS_PERSON: "",
    LIBRARY_UNLIKE: "",
}
"""The title of each alert, and of the news that ends it; who works again without one is no news."""
