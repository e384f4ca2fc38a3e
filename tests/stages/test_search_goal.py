"""One pass of a goal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from footyd.config import ClipsConfig, SearchConfig
from footyd.model import (
    CandidateState,
    Found,
    NoResults,
    Post,
    PostId,
    Query,
    SourceReply,
    Unavailable,
)
from footyd.stages.search import SearchOutcome, SourceChain, judge_answer, query_for, search_goals
from tests.stages.search_sources import Board, Book
from tests.stages.search_world import (
    LANDSCAPE,
    MATCH,
    SEEN,
    WINDOW_FROM,
    make_context,
    make_goal,
    make_post,
)


class One:
    """A source that remembers the query and always gives the same reply."""

    name = "nitter"
    account = "nitter"
    costs_money = False

    def __init__(self, reply: SourceReply) -> None:
        self._reply = reply
        self.asked: list[Query] = []

    async def search(self, query: Query) -> SourceReply:
        self.asked.append(query)
        return self._reply


async def one_pass(source: One, known: frozenset[PostId] = frozenset()) -> SearchOutcome:
    config, context = SearchConfig(), make_context()
    chain = SourceChain([source], Book(), config, lambda: SEEN, Board())
    answer = await search_goals([context.goal], context.fixture, context.window_from, chain, config)
    return judge_answer(context, answer, config, ClipsConfig(), known=known)


def found(*posts: Post) -> Found:
    return Found(source="nitter", posts=posts)


async def test_a_pass_hands_over_the_new_posts_judged_and_the_best_first() -> None:
    weak, good, old = make_post("Arsenal", post_id="1"), make_post(post_id="2"), make_post(post_id="3")
    source = One(found(weak, good, old, good))
    outcome = await one_pass(source, known=frozenset({old.id}))
    assert (outcome.used, outcome.retry_at, outcome.source) == (True, None, "nitter")
    assert [(candidate.post.id, candidate.state) for candidate in outcome.candidates] == [
        ("2", CandidateState.ACCEPTED),
        ("1", CandidateState.REJECTED),
    ]
    assert source.asked == [query_for(make_goal(), MATCH, WINDOW_FROM)]


async def test_an_empty_answer_uses_the_pass() -> None:
    outcome = await one_pass(One(NoResults(source="nitter")))
    assert outcome == SearchOutcome(
        used=True, retry_at=None, reason="no results", source="nitter", candidates=()
    )


async def test_an_outage_does_not_use_the_pass_and_says_when_to_come_back() -> None:
    outcome = await one_pass(One(Unavailable(source="nitter", reason="HTTP 503")))
    assert outcome == SearchOutcome(
        used=False,
        retry_at=SEEN + timedelta(minutes=1),
        reason="nitter: HTTP 503",
        source=None,
        candidates=(),
    )


async def test_each_video_of_a_post_is_a_candidate_of_its_own() -> None:
    tall = replace(LANDSCAPE, url="https://v.example/tall.mp4", width=720, height=1280)
    wide = replace(LANDSCAPE, url="https://v.example/wide.mp4")
    post = replace(make_post(post_id="7"), media=(tall, wide))
    outcome = await one_pass(One(found(post)))
    judged = {c.post.id: (c.state, c.post.item, [m.url for m in c.post.media]) for c in outcome.candidates}
    assert judged == {
        "7": (CandidateState.REJECTED, 1, [tall.url]),
        "7.2": (CandidateState.ACCEPTED, 2, [wide.url]),
    }
    again = await one_pass(One(found(post)), known=frozenset({PostId("7"), PostId("7.2")}))
    assert again.candidates == ()
