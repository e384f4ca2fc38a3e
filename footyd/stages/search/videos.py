"""A post with several videos: each is a candidate of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from footyd.model import Post, PostId


def one_per_video(posts: Iterable[Post]) -> Iterator[Post]:
    """The same posts with at most one video each; the second is `{id}.2` with `item` 2, and so on."""
    for post in posts:
        yield replace(post, media=post.media[:1])
        for item, media in enumerate(post.media[1:], start=2):
            yield replace(post, id=PostId(f"{post.id}.{item}"), item=item, media=(media,))
