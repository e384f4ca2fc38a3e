"""Answers of the X API v2 as values: recorded ones, ones of our own, and any mutation of them."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from footyd.adapters.x_api_answer import paid_posts, problem, read_answer
from footyd.model import Found, NoResults, Post, Unavailable
from tests.adapters.x_api_server import RECORDED, a_post, found, needs_recording


def read(*posts: dict[str, Any], **more: Any) -> tuple[Post, ...]:
    reply = read_answer(found(*posts) | more)
    assert isinstance(reply, Found), reply
    return reply.posts


def test_a_retweet_is_marked_and_a_quote_is_not() -> None:
    retweet = a_post("1", referenced_tweets=[{"type": "retweeted", "id": "5"}])
    quote = a_post("2", referenced_tweets=[{"type": "quoted", "id": "5"}])
    assert [post.repost for post in read(retweet, quote)] == [True, False]


def test_a_long_post_is_read_to_its_end() -> None:
    assert read(a_post(text="Sa…", note_tweet={"text": "Saka again!"}))[0].text == "Saka again!"


def test_a_text_reads_as_it_was_written() -> None:
    assert read(a_post(text="Brighton &amp; Hove 1-0"))[0].text == "Brighton & Hove 1-0"


def test_an_author_that_x_withholds_leaves_a_link_that_works() -> None:
    post = read(a_post(author_id="8"))[0]
    assert (post.author, post.url) == ("", "https://x.com/i/status/1931")


def test_a_gif_is_no_video() -> None:
    includes = {"media": [{"media_key": "7_1", "type": "animated_gif", "variants": []}]}
    assert read(a_post(), includes=includes)[0].media == ()


def test_problems_beside_posts_take_nothing_from_them() -> None:
    assert len(read(a_post(), errors=[{"title": "Not Found Error", "detail": "no such user"}])) == 1


def test_half_a_letter_never_reaches_the_records() -> None:
    assert read(a_post(text="Saka \ud83d"))[0].text == "Saka ?"


@needs_recording
def test_a_recorded_answer_is_read_whole() -> None:
    content = json.loads((RECORDED / "tweets_with_media_variants.json").read_text())
    reply = read_answer(content)
    assert isinstance(reply, Found)
    assert len(reply.posts) == len(content["data"])
    videos = [media for post in reply.posts for media in post.media]
    best = {media.url: media.variants[0].bit_rate for media in videos}
    known = [one for one in content["includes"]["media"] if one["type"] == "video"]
    assert {max(v.get("bit_rate", 0) for v in one["variants"]) for one in known} == set(best.values())
    assert all(media.duration_seconds and media.height for media in videos)


# ---------------------------------------------------------------- no payload makes it raise

STATES = Found | NoResults | Unavailable
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


def places(content: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a JSON value."""
    keys = (
        content.keys()
        if isinstance(content, dict)
        else range(len(content))
        if isinstance(content, list)
        else ()
    )
    return [(content, key) for key in keys] + [place for key in keys for place in places(content[key])]


def mutated(content: Any, data: st.DataObject) -> Any:
    """A copy with up to three of its values put in another's shape."""
    copied = copy.deepcopy(content)
    for _ in range(data.draw(st.integers(1, 3))):
        if there := places(copied):
            container, key = data.draw(st.sampled_from(there))
            container[key] = data.draw(ANYTHING)
    return copied


def stands(content: Any) -> None:
    assert isinstance(read_answer(content), STATES)
    assert isinstance(problem(content), str)
    assert all(isinstance(post, str) for post in paid_posts(content) or [])


@given(st.data())
def test_no_mutation_of_an_answer_makes_it_raise(data: st.DataObject) -> None:
    retweet = a_post("2", referenced_tweets=[{"type": "retweeted", "id": "5"}], note_tweet={"text": "long"})
    stands(mutated(found(a_post(), retweet) | {"errors": [{"title": "x", "detail": "y"}]}, data))


@needs_recording
@given(st.data())
def test_no_mutation_of_the_recorded_answer_makes_it_raise(data: st.DataObject) -> None:
    content = json.loads((RECORDED / "tweets_with_media_variants.json").read_text())
    content["data"] = content["data"][:2]
    stands(mutated(content, data))


@needs_recording
def test_the_recorded_refusals_are_told_in_words() -> None:
    for name, body in json.loads((RECORDED / "errors.json").read_text()).items():
        if name != "_note":
            assert body["detail"] in problem(body)
