"""The X API v2 against a loopback server: how it is asked, each answer's state, the video operator."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from footyd.adapters.x_api import LONGEST_QUERY, rewritten
from footyd.config import Retry
from footyd.model import AuthExpired, Found, NoResults, Query, RateLimited, SourceReply, Unavailable
from tests.adapters.source_server import MISBEHAVIOUR, Asked, Manner, Reply, as_json, html, source_server
from tests.adapters.x_api_server import (
    CREDITS,
    EMPTY,
    NOW,
    QUERY,
    RECORDED,
    TOKEN,
    TOO_MANY,
    a_post,
    ask,
    found,
    needs_recording,
    x_api,
)

NOT_ENROLLED = {
    "client_id": "1",
    "detail": "you must use keys and tokens from a developer App that is attached to a Project.",
    "title": "Client Forbidden",
    "reason": "client-not-enrolled",
    "type": "https://api.twitter.com/2/problems/client-forbidden",
}
UNAUTHORIZED = {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
CAP = {
    "title": "UsageCapExceeded",
    "detail": "Usage cap exceeded: Monthly product cap",
    "type": "https://api.twitter.com/2/problems/usage-capped",
    "period": "Monthly",
}
BAD_QUERY = {
    "title": "Invalid Request",
    "detail": "One or more parameters to your request was invalid.",
    "errors": [{"message": "no viable alternative at input '['"}],
}


def refuses(operator: str) -> dict[str, Any]:
    said = f"Reference to invalid operator '{operator}'. Operator is not available in current product"
    return BAD_QUERY | {"errors": [{"message": f"There were errors processing your request: {said}"}]}


async def test_the_search_is_asked_as_the_api_expects_it() -> None:
    async with source_server(as_json(found(a_post()))) as server:
        await ask(server.url)
    asked = server.asked[0]
    assert asked.path == "/2/tweets/search/recent"
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.query == {
        "query": 'Saka (Arsenal OR "Man City") has:videos -is:retweet',
        "max_results": "20",
        "start_time": "2025-06-09T11:57:00Z",
        "sort_order": "recency",
        "tweet.fields": "attachments,author_id,created_at,note_tweet,referenced_tweets",
        "expansions": "attachments.media_keys,author_id",
        "media.fields": "duration_ms,height,media_key,type,variants,width",
        "user.fields": "username",
    }


@needs_recording
def test_every_parameter_is_one_that_x_documents() -> None:
    documented = json.loads((RECORDED / "openapi_search_recent_excerpt.json").read_text())
    parameters = documented["/2/tweets/search/recent"]["get"]["parameters"]
    named = {one["name"]: one for one in parameters if "name" in one}
    assert {"query", "max_results", "start_time", "sort_order"} <= named.keys()
    assert (named["max_results"]["schema"]["minimum"], named["max_results"]["schema"]["maximum"]) == (10, 100)


async def test_a_post_is_read_with_its_author_and_every_file_of_its_video() -> None:
    async with source_server(as_json(found(a_post()))) as server:
        reply = await ask(server.url)
    assert isinstance(reply, Found)
    post = reply.posts[0]
    assert (post.url, post.author, post.source) == ("https://x.com/goalclips/status/1931", "goalclips", "api")
    assert post.posted_at == NOW - timedelta(minutes=2)
    video = post.media[0]
    assert (video.url, video.duration_seconds) == ("https://video.example/vid/1280x720/a.mp4", 21)
    assert [(one.bit_rate, one.height, one.content_type) for one in video.variants] == [
        (2176000, 720, "video/mp4"),
        (832000, 360, "video/mp4"),
        (None, None, "application/x-mpegURL"),
    ]


# ---------------------------------------------------------------- failure → state


@pytest.mark.parametrize(
    ("reply", "expected", "told"),
    [
        (as_json(EMPTY), NoResults, ""),
        (as_json(EMPTY | {"data": []}), NoResults, ""),
        (as_json({}), Unavailable, "unknown shape"),
        (as_json({"data": [{"id": 5}]}), Unavailable, "posts of an unknown shape"),
        (as_json({"errors": [{"title": "Service Error", "detail": "try later"}]}), Unavailable, "try later"),
        (as_json(BAD_QUERY, 400), Unavailable, "no viable alternative"),
        (as_json(UNAUTHORIZED, 401), AuthExpired, "renew search.api.bearer_token"),
        (Reply(status=401), AuthExpired, "renew search.api.bearer_token"),
        (as_json(CREDITS, 402), Unavailable, "does not have any credits"),
        (Reply(status=402), Unavailable, "buy credits"),
        (as_json(CAP, 402), Unavailable, "Monthly product cap"),
        (as_json(CAP, 403), Unavailable, "Monthly product cap"),
        (as_json(CAP, 429), Unavailable, "Monthly product cap"),
        (as_json(NOT_ENROLLED, 403), AuthExpired, "attached to a Project"),
        (as_json({"errors": [{"code": 64, "message": "suspended"}]}, 403), AuthExpired, "suspended"),
        (as_json({"title": "Forbidden", "detail": "Forbidden"}, 403), Unavailable, "Forbidden"),
        (html("<h1>blocked</h1>", 403), Unavailable, "HTTP 403"),
        (Reply(status=404), Unavailable, "HTTP 404"),
        (as_json(TOO_MANY, 429), RateLimited, ""),
        (html("slow down", 429), RateLimited, ""),
        (as_json({"title": "Internal"}, 500), Unavailable, "HTTP 500"),
        (as_json({"title": "Service Unavailable"}, 503), Unavailable, "HTTP 503"),
        (Reply(status=302, headers={"Location": "https://elsewhere.example"}), Unavailable, "HTTP 302"),
        (Reply(body=json.dumps(found(a_post())).encode(), manner=Manner.CUT_IN_BODY), Unavailable, "reach"),
        (Reply(body=json.dumps(found(a_post())).encode()[:-9]), Unavailable, "unknown shape"),
        (Reply(body="Torschütze".encode("latin-1")), Unavailable, "unknown shape"),
    ],
)
async def test_each_answer_has_its_state(reply: Reply, expected: type[SourceReply], told: str) -> None:
    async with source_server(reply) as server:
        state = await ask(server.url)
    assert isinstance(state, expected), state
    assert told in getattr(state, "reason", "")
    assert TOKEN not in repr(state)


@pytest.mark.parametrize("reply", MISBEHAVIOUR.values(), ids=MISBEHAVIOUR.keys())
async def test_no_misbehaviour_is_taken_for_an_empty_answer(reply: Reply) -> None:
    async with source_server(reply) as server:
        state = await ask(server.url, timeout_seconds=0.2)
    assert isinstance(state, Unavailable)
    assert state.reason


async def test_the_token_is_not_carried_to_another_host() -> None:
    async with source_server(as_json(found(a_post()))) as other:
        moved = Reply(status=307, headers={"Location": f"{other.url}/2/tweets/search/recent"})
        async with source_server(moved) as server:
            assert isinstance(await ask(server.url), Unavailable)
    assert other.asked == []


async def test_a_rate_limit_ends_when_its_header_says() -> None:
    reset = str(int((NOW + timedelta(minutes=7)).timestamp()))
    async with source_server(as_json(TOO_MANY, 429, x_rate_limit_reset=reset)) as server:
        assert await ask(server.url) == RateLimited(source="api", until=NOW + timedelta(minutes=7))


async def test_a_server_error_is_tried_again_and_may_pass() -> None:
    async with source_server(Reply(status=503), Reply(status=500), as_json(found(a_post()))) as server:
        assert isinstance(await ask(server.url, retry=Retry(attempts=3, first_wait_seconds=0)), Found)
    assert len(server.asked) == 3


@pytest.mark.parametrize("token", [None, "", "  ", "two words", "line\nbreak", "tøken"])
async def test_an_unusable_token_is_told_without_asking(token: str | None) -> None:
    async with source_server(as_json(EMPTY)) as server:
        state = await ask(server.url, bearer_token=token)
    assert isinstance(state, AuthExpired)
    assert "set search.api.bearer_token" in state.reason
    assert server.asked == []


async def test_a_query_too_long_for_the_api_is_not_sent() -> None:
    async with source_server(as_json(EMPTY)) as server, x_api(server.url) as api:
        long = Query(text="a" * (LONGEST_QUERY + 1), since=NOW)
        assert isinstance(await api.search(long), Unavailable)
        assert isinstance(await api.search(Query(text="a" * LONGEST_QUERY, since=NOW)), NoResults)
    assert len(server.asked) == 1


async def test_a_window_older_than_the_api_reaches_is_cut_to_its_reach() -> None:
    async with source_server(as_json(EMPTY)) as server, x_api(server.url) as api:
        await api.search(Query(text="Saka", since=NOW - timedelta(days=30)))
    assert server.asked[0].query["start_time"] == "2025-06-02T12:01:00Z"


# ---------------------------------------------------------------- the video operator


def in_plan(*operators: str) -> Any:
    """A server whose plan knows only these."""

    def answer(asked: Asked) -> Reply:
        used = next((word for word in asked.query["query"].split() if word.startswith("has:")), "")
        return as_json(found(a_post())) if used in {*operators, ""} else as_json(refuses(used), 400)

    return answer


@pytest.mark.parametrize(
    ("known", "tried"),
    [
        (("has:videos",), ["has:videos"]),
        (("has:video_link",), ["has:videos", "has:video_link"]),
        (("has:media",), ["has:videos", "has:video_link", "has:media"]),
        ((), ["has:videos", "has:video_link", "has:media", ""]),
    ],
)
async def test_a_refused_operator_gives_way_to_the_next_weaker_and_is_remembered(
    known: tuple[str, ...], tried: list[str]
) -> None:
    async with source_server(in_plan(*known)) as server, x_api(server.url) as api:
        assert isinstance(await api.search(QUERY), Found)
        assert isinstance(await api.search(QUERY), Found)
    asked = [rewritten(QUERY.text, operator) for operator in [*tried, tried[-1]]]
    assert [one.query["query"] for one in server.asked] == asked


async def test_another_operator_refused_is_no_reason_to_weaken_the_query() -> None:
    async with source_server(as_json(refuses("is"), 400)) as server:
        assert isinstance(await ask(server.url), Unavailable)
    assert len(server.asked) == 1
