"""The query of a goal and one pass of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    MATCH,
    SEEN,
    WINDOW_FROM,
    make_context,
    make_fixture,
    make_goal,
    make_post,
)

TAIL = " filter:native_video -filter:retweets"


class One:
    """A source that remembers the query and always gives the same reply."""

    name = "nitter"
    account = "nitter"

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


# ---------------------------------------------------------------- the query


@pytest.mark.parametrize(
    ("player", "home", "away", "expected"),
    [
        ("B. Saka", "Arsenal", "Wolves", "Saka (Arsenal OR gunners OR Wolves OR wwfc OR wolverhampton)"),
        ("V. Gyökeres", "Sporting CP", "Chaves", "(Gyökeres OR Gyokeres OR Gyoekeres) (Sporting OR Chaves)"),
        ("L. Sané", "Real Madrid", "West Ham", '(Sané OR Sane) ("Real Madrid" OR "West Ham" OR whufc)'),
        ("V. van Dijk", "Fulham", "Everton", '"van Dijk" (Fulham OR ffc OR Everton OR efc)'),
        (None, "1. FC Köln", "VfL Bochum", '(Köln OR Koln OR كولن OR effzeh) (Bochum OR بوخوم) ("1-0" OR "0-1")'),
        ("M. O'Riley", "OR", 'A "quoted" (team)', '"O\'Riley" ("OR" OR "A quoted team")'),
    ],
)  # fmt: skip
def test_the_query_names_the_scorer_with_either_team_or_both_teams_with_the_score(
    player: str | None, home: str, away: str, expected: str
) -> None:
    fixture = make_fixture(6, home, away)
    query = query_for(make_goal(player, fixture=fixture), fixture, WINDOW_FROM)
    assert query == Query(text=expected + TAIL, since=WINDOW_FROM)


def test_a_draw_without_a_scorer_asks_for_its_score_once() -> None:
    assert '"1-1"' + TAIL in query_for(make_goal(None, score=(1, 1)), MATCH, WINDOW_FROM).text


long_texts = st.text(max_size=8).map(lambda text: text * 15)


@given(
    player=st.one_of(st.none(), long_texts),
    home=long_texts,
    away=long_texts,
    score=st.tuples(st.integers(0, 99), st.integers(0, 99)),
)
def test_no_name_breaks_the_query_out_of_its_limits(
    player: str | None, home: str, away: str, score: tuple[int, int]
) -> None:
    fixture = make_fixture(6, home, away)
    text = query_for(make_goal(player, score=score, fixture=fixture), fixture, WINDOW_FROM).text
    assert len(text.encode()) <= 500
    assert len(text) <= 512
    assert text.endswith(TAIL)
    assert text.count('"') % 2 == 0
    assert '""' not in text


# ---------------------------------------------------------------- the pass


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
