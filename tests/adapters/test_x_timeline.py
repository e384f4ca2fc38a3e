"""The parser of X's search timeline: recorded answers, each shape X has used, and anything at all."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footyd.adapters.x_timeline import read_timeline
from footyd.model import (
    AuthExpired,
    Found,
    Media,
    NoResults,
    Post,
    RateLimited,
    SourceReply,
    Unavailable,
    Variant,
)
from tests.adapters.x_payloads import (
    FILES,
    POST_ID,
    RECORDED,
    added,
    answer,
    cursor,
    entry,
    fields,
    item,
    module_item,
    needs_recordings,
    refused,
    tweet,
    user,
    variants,
    video,
)

LIMITED_UNTIL = datetime(2026, 6, 21, tzinfo=UTC)
SEARCHES = ("search_latest_2026-07-21_8ce44e4.json", "search_latest_2026-06-08_5a4f969.json")


def read(payload: object) -> SourceReply:
    return read_timeline(payload, "cookies", limited_until=LIMITED_UNTIL)


def posts(payload: object) -> tuple[Post, ...]:
    reply = read(payload)
    assert isinstance(reply, Found), reply
    return reply.posts


def post(result: Any) -> Post:
    return posts(answer(added(entry(result))))[0]


@cache
def recorded(name: str) -> Any:
    return json.loads((RECORDED / name).read_text(encoding="utf-8"))


# ---------------------------------------------------------------- recorded answers


@needs_recordings
@pytest.mark.parametrize(("name", "with_video"), [(SEARCHES[0], 3), (SEARCHES[1], 3)])
def test_a_recorded_search_gives_its_twenty_posts_without_the_quoted_ones(name: str, with_video: int) -> None:
    found = posts(recorded(name))
    assert len(found) == 20
    assert [len(one.media) for one in found].count(1) == with_video
    entries = recorded(name)["data"]["search_by_raw_query"]["search_timeline"]["timeline"]["instructions"][0]
    shown = [row["entryId"].removeprefix("tweet-") for row in entries["entries"][:20]]
    assert [str(one.id) for one in found] == shown


@needs_recordings
def test_a_recorded_post_with_limited_replies_is_read_whole() -> None:
    found = {str(one.id): one for one in posts(recorded(SEARCHES[0]))}["2068477804002619498"]
    base = "https://video.twimg.com/ext_tw_video/2068477070997618688/pu"
    assert found.author == "deepwebslinger"
    assert found.url == "https://x.com/deepwebslinger/status/2068477804002619498"
    assert found.posted_at == datetime(2026, 6, 20, 23, 35, 13, tzinfo=UTC)
    assert "t.co" not in found.text
    (media,) = found.media
    assert (media.width, media.height, media.duration_seconds) == (576, 1024, 228.925)
    assert media.url == media.variants[0].url
    assert [(one.bit_rate, one.width, one.height) for one in media.variants] == [
        (2176000, 576, 1024),
        (950000, 480, 852),
        (632000, 320, 568),
        (None, None, None),
    ]
    assert media.variants[-1].url.startswith(f"{base}/pl/")


@needs_recordings
def test_a_recorded_long_post_has_its_whole_text() -> None:
    found = {str(one.id): one for one in posts(recorded(SEARCHES[0]))}["2068483807196405832"]
    assert len(found.text) > 300


@needs_recordings
def test_a_recorded_grid_gives_the_posts_of_its_module() -> None:
    found = posts(recorded("user_media_grid_b71007c.json"))
    assert len(found) == 37
    assert sum(bool(one.media) for one in found) == 5


@needs_recordings
def test_a_recorded_conversation_of_2023_still_reads() -> None:
    found = posts(recorded("tweet_with_video_1.json"))
    assert (found[0].author, found[0].media[0].duration_seconds) == ("TheFigen_", 5.434)


# ---------------------------------------------------------------- one post


def test_a_post_is_read_whole() -> None:
    large, small, stream = (
        Variant(
            url=f"{FILES}/vid/avc1/1280x720/l.mp4?tag=12",
            content_type="video/mp4",
            bit_rate=2_176_000,
            width=1280,
            height=720,
        ),
        Variant(
            url=f"{FILES}/vid/avc1/480x270/s.mp4?tag=12",
            content_type="video/mp4",
            bit_rate=256_000,
            width=480,
            height=270,
        ),
        Variant(url=f"{FILES}/pl/a.m3u8?tag=12", content_type="application/x-mpegURL"),
    )
    assert post(tweet(video())) == Post(
        id="2068477804002619498",  # type: ignore[arg-type]  # a plain string reads better here
        url="https://x.com/goalclips/status/2068477804002619498",
        author="goalclips",
        text="Saka! 1-0",
        posted_at=datetime(2026, 6, 20, 23, 35, 13, tzinfo=UTC),
        media=(
            Media(
                url=large.url,
                content_type="video/mp4",
                duration_seconds=15.25,
                width=1280,
                height=720,
                variants=(large, small, stream),
            ),
        ),
        source="cookies",
    )


@pytest.mark.parametrize("legacy", [None, {}, {"full_text": "old", "created_at": "never"}])
def test_fields_at_the_top_level_win_over_legacy_which_may_be_null(legacy: object) -> None:
    flat = {**tweet(), **fields(video()), "legacy": legacy}
    assert post(flat) == post(tweet(video()))


def test_a_field_left_in_legacy_is_found_when_others_have_moved() -> None:
    legacy = fields(video())
    text = legacy.pop("full_text")
    assert post(tweet(legacy=legacy, full_text=text)) == post(tweet(video()))


@pytest.mark.parametrize(
    "core",
    [
        user("goalclips"),
        {"user_results": {"result": {"legacy": {"screen_name": "goalclips"}}}},
        {"user_results": {"result": {"screen_name": "goalclips", "legacy": None}}},
    ],
)
def test_the_author_is_found_in_each_place_x_has_put_it(core: object) -> None:
    assert post(tweet(core=core)).author == "goalclips"


def test_without_a_date_the_id_tells_the_time() -> None:
    exact = post(tweet(legacy=fields(created_at=None))).posted_at
    assert abs(exact - datetime(2026, 6, 20, 23, 35, 13, tzinfo=UTC)) < timedelta(seconds=1)


def test_a_repost_is_marked() -> None:
    original = {"result": tweet(video(), name="somebody")}
    assert not post(tweet()).repost
    assert post(tweet(legacy=fields(retweeted_status_result=original))).repost
    assert post(tweet(retweeted_status_result=original, legacy=None, full_text="RT")).repost


def test_a_video_of_a_quoted_post_is_not_the_posts_own() -> None:
    quoting = tweet(quoted_status_result={"result": tweet(video(), post_id="1", name="other")})
    assert [(one.id, one.media) for one in posts(answer(added(entry(quoting))))] == [(POST_ID, ())]


def test_links_read_as_shown_and_the_links_to_the_media_are_left_out() -> None:
    urls = [
        {"url": "https://t.co/a1", "display_url": "bet.example/odds", "expanded_url": "https://bet.example/"}
    ]
    text = "Odds &amp; more https://t.co/a1 &lt;3\nhttps://t.co/videolink https://t.co/other"
    found = post(tweet(legacy=fields(full_text=text, entities={"urls": urls})))
    assert found.text == "Odds & more bet.example/odds <3"


def test_a_long_text_brings_its_own_links() -> None:
    note = {
        "text": "long " * 100 + "https://t.co/n1",
        "entity_set": {"urls": [{"url": "https://t.co/n1", "display_url": "a.b/c"}]},
    }
    found = post(tweet(note_tweet={"note_tweet_results": {"result": note}}))
    assert found.text.endswith("long a.b/c")


def test_half_a_surrogate_pair_does_not_get_into_the_records() -> None:
    found = post(tweet(legacy=fields(full_text="goal \ud83d!")))
    assert found.text.encode() == b"goal ?!"


# ---------------------------------------------------------------- videos


def test_each_of_several_videos_is_a_video_of_its_own() -> None:
    assert len(post(tweet(video(), video(), {"type": "photo"})).media) == 2


def test_a_gif_is_no_video() -> None:
    assert post(tweet(video(type="animated_gif"))).media == ()


def test_without_extended_entities_the_entities_are_read() -> None:
    assert len(post(tweet(legacy=fields(video(), extended_entities=None))).media) == 1


def card(written: str) -> dict[str, Any]:
    binding = {"key": "unified_card", "value": {"type": "STRING", "string_value": written}}
    return {"rest_id": "card://1", "legacy": {"name": "unified_card", "binding_values": [binding]}}


def test_a_video_in_a_card_is_the_posts_own() -> None:
    entities = {"13_1": {"type": "photo"}, "13_2": video()}
    (found,) = post(tweet(card=card(json.dumps({"media_entities": entities})))).media
    assert (found.duration_seconds, len(found.variants)) == (15.25, 3)


@pytest.mark.parametrize("written", ["", "{", "[" * 9000, '{"media_entities": [7]}', '"card"'])
def test_a_card_of_another_shape_holds_no_video(written: str) -> None:
    assert post(tweet(card=card(written))).media == ()


@pytest.mark.parametrize("place", ["ext_media_availability", "mediaAvailability", "media_results"])
def test_a_video_that_cannot_be_played_says_why(place: str) -> None:
    told: dict[str, Any] = {"status": "Unavailable", "reason": "Geoblocked"}
    changed = {"result": {"mediaAvailability": told}} if place == "media_results" else told
    (found,) = post(tweet(video(**{"ext_media_availability": None, place: changed}))).media
    assert (found.available, found.unavailable) == (False, "Geoblocked")


def test_a_video_without_a_word_on_it_is_available() -> None:
    (found,) = post(tweet(video(ext_media_availability=None))).media
    assert (found.available, found.unavailable) == (True, "")


def test_a_video_with_a_stream_only_has_no_whole_file() -> None:
    (found,) = post(tweet(video(video_info={"variants": variants()[:1]}))).media
    assert (found.url, found.content_type, found.duration_seconds) == (None, None, None)
    assert [one.content_type for one in found.variants] == ["application/x-mpegURL"]


def test_without_its_original_size_a_video_has_that_of_its_best_file() -> None:
    (found,) = post(tweet(video(original_info=None))).media
    assert (found.width, found.height) == (1280, 720)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "file:///etc/passwd", "https://x/\n", "https://é.x/", 7]
)
def test_an_address_that_is_none_is_no_file(url: object) -> None:
    (found,) = post(tweet(video(video_info={"variants": [{"content_type": "video/mp4", "url": url}]}))).media
    assert found.variants == ()


# ---------------------------------------------------------------- the timeline around the posts


def test_posts_come_by_every_instruction_that_adds_them() -> None:
    one, two, three, four = (tweet(post_id=str(number)) for number in (11, 12, 13, 14))
    module = {"entryType": "TimelineTimelineModule", "items": [module_item(two)]}
    payload = answer(
        {"type": "TimelineClearCache"},
        added(entry(one), {"entryId": "search-grid-0", "content": module}),
        {
            "type": "TimelineAddToModule",
            "moduleEntryId": "search-grid-0",
            "moduleItems": [module_item(three)],
        },
        {"type": "TimelineReplaceEntry", "entry": entry(four)},
        {"type": "TimelineReplaceEntry", "entry": cursor()},
    )
    assert [found.id for found in posts(payload)] == ["11", "12", "13", "14"]


def test_a_post_with_limited_actions_is_read_from_its_wrapping() -> None:
    wrapped = {
        "__typename": "TweetWithVisibilityResults",
        "tweet": tweet(video()),
        "limitedActionResults": {},
    }
    assert post(wrapped) == post(tweet(video()))


def test_a_post_shown_twice_counts_once() -> None:
    assert len(posts(answer(added(entry(tweet()), entry(tweet()))))) == 1


@pytest.mark.parametrize(
    "advertisement",
    [
        entry(tweet(video()), promotedMetadata={"advertiser_results": {}}),
        entry(tweet(video()), name="promoted-tweet-1-2"),
        entry(tweet(video()), name="promotedTweet-1"),
        module_item(tweet(video()), name="search-grid-0-promoted-tweet-1"),
    ],
)
def test_an_advertisement_is_no_candidate(advertisement: dict[str, Any]) -> None:
    assert read(answer(added(advertisement))) == NoResults(source="cookies")


def test_cursors_alone_are_an_empty_answer() -> None:
    assert read(answer(added())) == NoResults(source="cookies")


def test_users_and_prompts_among_the_posts_are_passed_over() -> None:
    people = entry(None, itemType="TimelineUser", __typename="TimelineUser")
    prompt = entry(None, itemType="TimelineMessagePrompt", __typename="TimelineMessagePrompt")
    assert read(answer(added(people, prompt))) == NoResults(source="cookies")
    assert len(posts(answer(added(people, entry(tweet()), prompt)))) == 1


def test_a_post_taken_down_is_nothing_to_read() -> None:
    gone = entry({"__typename": "TweetTombstone", "tombstone": {"text": {"text": "deleted"}}})
    assert read(answer(added(gone))) == NoResults(source="cookies")


def test_a_post_that_cannot_be_read_costs_only_itself() -> None:
    assert [found.id for found in posts(answer(added(entry({"new": "shape"}), entry(tweet()))))] == [POST_ID]


@pytest.mark.parametrize(
    "payload",
    [
        answer(added(entry({"new": "shape"}))),
        answer(added({"entryId": "tweet-1", "content": {"post": tweet()}})),
        answer(added(entry(tweet(rest_id=None)))),
        answer(added(entry(tweet(core=None)))),
        answer(added({**entry(None), "content": {"itemContent": item(None, itemType="TimelinePost")}})),
        answer({"type": "TimelineAddEntries", "entries": None}),
        answer({"type": "TimelineAddItems", "items": [entry(tweet())]}),
        answer(),
        {"data": {"search_by_raw_query": {"search_timeline": {"timeline": {}}}}},
        {"data": {}},
        {"data": None},
        {},
        [],
        None,
        "x",
        1.5,
    ],
    ids=lambda payload: json.dumps(payload)[:60],
)
def test_a_shape_nobody_knows_is_an_outage_and_never_an_empty_answer(payload: object) -> None:
    reply = read(payload)
    assert isinstance(reply, Unavailable)
    assert "unknown shape" in reply.reason


# ---------------------------------------------------------------- errors inside HTTP 200


@pytest.mark.parametrize("code", [32, 64, 89, 326, 353])
def test_a_lost_login_is_told_inside_a_good_answer(code: int) -> None:
    reply = read({**refused(code), "data": {}})
    assert isinstance(reply, AuthExpired)
    assert f"(code {code})" in reply.reason


def test_a_rate_limit_is_told_inside_a_good_answer() -> None:
    assert read(refused(88)) == RateLimited(source="cookies", until=LIMITED_UNTIL)


def test_an_empty_timeline_beside_errors_is_no_empty_answer() -> None:
    reply = read(answer(added(), errors=[{"message": "Dependency: Unspecified", "code": 0}]))
    assert reply == Unavailable(
        source="cookies", reason="X refuses the search: Dependency: Unspecified (code 0)"
    )


def test_posts_beside_errors_are_posts() -> None:
    assert len(posts(answer(added(entry(tweet())), errors=[{"message": "_Missing", "code": 34}]))) == 1


def test_missing_feature_flags_are_named() -> None:
    message = "The following features cannot be null: rweb_new_flag_enabled, other_flag_enabled"
    reply = read(refused(336, message))
    assert isinstance(reply, Unavailable)
    assert reply.reason.endswith("search.cookies.features: rweb_new_flag_enabled, other_flag_enabled")


# ---------------------------------------------------------------- anything at all

JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 10**30, 1e308, float("nan"), "", "x", "\ud800", [], {}, [None], {"a": []}, [[{}]]]
)


KEYS = [
    "data",
    "instructions",
    "entries",
    "entry",
    "moduleItems",
    "entryId",
    "content",
    "itemContent",
    "items",
]
KEYS += ["item", "tweet_results", "result", "legacy", "core", "rest_id", "errors", "code"]


def _places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield (*path, key)
            yield from _places(value[key], (*path, key))


@cache
def _sample() -> tuple[Any, list[tuple[str | int, ...]]]:
    """A recorded answer cut to a few entries of each kind, or a made one; and every place in it."""
    payload = answer(
        added(
            entry(tweet(video())),
            entry({"__typename": "TweetWithVisibilityResults", "tweet": tweet(video(), post_id="12")}),
            {"entryId": "search-grid-0", "content": {"items": [module_item(tweet(video(), post_id="13"))]}},
        )
    )
    if RECORDED.is_dir():
        payload = copy.deepcopy(recorded(SEARCHES[0]))
        instruction = payload["data"]["search_by_raw_query"]["search_timeline"]["timeline"]["instructions"][0]
        instruction["entries"] = instruction["entries"][5:8] + instruction["entries"][-2:]
    return payload, list(_places(payload))


def _changed(value: Any, path: tuple[str | int, ...], junk: object) -> Any:
    """A copy with this one place changed; the rest is shared, for a deep copy of each would take seconds."""
    if not path:
        return junk
    changed = copy.copy(value)
    changed[path[0]] = _changed(value[path[0]], path[1:], junk)
    return changed


@given(place=st.integers(min_value=0), junk=JUNK)
@settings(max_examples=300, deadline=None)
def test_no_change_to_an_answer_raises_or_reads_as_nothing_there(place: int, junk: object) -> None:
    payload, places = _sample()
    path = places[place % len(places)]
    reply = read(_changed(payload, path, junk))
    assert isinstance(reply, Found | Unavailable) or (path[-1] == "entries" and junk == [])
    if isinstance(reply, Found):
        json.dumps(
            [(found.text, found.author, found.url) for found in reply.posts], ensure_ascii=False
        ).encode()


@given(
    st.recursive(
        JUNK,
        lambda below: (
            st.lists(below, max_size=3)
            | st.dictionaries(
                st.sampled_from(KEYS),
                below,
                max_size=3,
            )
        ),
        max_leaves=20,
    )
)
@settings(max_examples=200, deadline=None)
def test_whatever_x_may_answer_there_is_a_reply(payload: object) -> None:
    assert isinstance(read(payload), SourceReply)
