"""A person's verdicts, from the record to the library, and that nothing overturns them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from footyd.adapters.mongo import open_store
from footyd.errors import FootydError
from footyd.model import (
    Candidate,
    CandidateState,
    ClipState,
    Found,
    GoalId,
    GoalOutcome,
    Post,
    Rejection,
)
from footyd.pipeline import mend_all, work_goal
from footyd.review import accept, as_document, goals_to_review, link, reject, search_again
from tests.builders import a_candidate, a_goal
from tests.pipeline.desk import CONFIRMED, Desk, a_good_post
from tests.pipeline.test_mend import Killed, kill_at
from tests.video import changed, scaled, scene, write

GOAL = GoalId("1-101-1-0-1")
OTHER = GoalId("1-101-2-0-1")


@pytest.fixture(scope="session")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("net")
    write(folder / "main.mp4", scene(1))
    write(folder / "main_small.mp4", changed(scene(1), scaled(320, 180)))
    write(folder / "other.mp4", scene(2))
    (folder / "broken.mp4").write_bytes(b"\x00\x00\x00\x18ftypmp42" + b"\x07" * 900)
    write(folder / "tall.mp4", changed(scene(3), scaled(180, 320)))
    return folder


@pytest.fixture
async def desk(mongo_uri: str, mongo_database: str, tmp_path: Path, net: Path) -> AsyncIterator[Desk]:
    async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=90) as store:
        yield await Desk.open(store, tmp_path, net)


def a_bad_post(id: str, file: str, **facts: object) -> Post:
    """Of nothing that speaks for the goal."""
    return replace(a_good_post(id, file), text="what a strike", author="quiet", **facts)  # type: ignore[arg-type]  # facts of a post


async def judged(desk: Desk, goal: GoalId = GOAL) -> dict[str, Candidate]:
    return {c.post.id: c for c in await desk.store.clips.candidates(goal)}


async def through_all_passes(desk: Desk, *posts: Post) -> None:
    """The first pass finds these posts, the others nothing."""
    if posts:
        desk.chain.replies.append(Found(posts=posts, source="nitter"))
    while (await desk.record()).plan.next_at is not None:
        await desk.work()
        desk.now += timedelta(minutes=1)


async def second_goal(desk: Desk) -> None:
    goal = a_goal(OTHER, score=(2, 0), at=CONFIRMED - timedelta(minutes=4))
    window = timedelta(minutes=3)
    await desk.store.goals.save_believed([], [goal], renamed=(), window=window, now=CONFIRMED)


async def work(desk: Desk, goal: GoalId) -> None:
    record = await desk.store.goals.record(goal)
    assert record
    await work_goal(record, desk.tools())


# ---------------------------------------------------------------- the list


async def test_a_goal_without_a_keeper_is_listed_with_its_best_posts_and_a_search(desk: Desk) -> None:
    worse, better = a_bad_post("901", "main.mp4"), a_bad_post("902", "main.mp4")
    better = replace(better, text="A. Striker what a strike")
    await through_all_passes(desk, worse, better)
    [found] = await goals_to_review(desk.store, {})
    assert found.record.goal.id == GOAL
    assert [c.post.id for c in found.candidates] == ["902", "901"]
    address = urlsplit(found.link)
    asked = parse_qs(address.query)
    assert (address.netloc, address.path, asked["f"]) == ("x.com", "/search", ["live"])
    since = int(found.record.plan.window_from.timestamp())
    assert f" since_time:{since} until_time:" in asked["q"][0]
    assert "Striker" in asked["q"][0]
    document = as_document(found)
    assert document["goal"] == GOAL
    assert [post["reason"] for post in document["posts"]] == ["low_score", "low_score"]


async def test_a_goal_that_is_still_searched_or_was_taken_back_is_not_listed(desk: Desk) -> None:
    await desk.work()
    assert await goals_to_review(desk.store, {}) == []
    await through_all_passes(desk)
    assert len(await goals_to_review(desk.store, {})) == 1
    await desk.store.goals.cancel(GOAL, desk.now)
    assert await goals_to_review(desk.store, {}) == []


async def test_that_a_goal_needs_review_is_announced_once(desk: Desk) -> None:
    await through_all_passes(desk)
    [(title, body)] = desk.announced
    assert title == "Needs review"
    assert body.startswith("Home 1-0, 23' A. Striker: https://x.com/search?q=")
    await search_again(desk.store, GOAL, desk.now)
    await through_all_passes(desk)
    assert (await desk.record()).outcome is GoalOutcome.NEEDS_REVIEW
    assert len(desk.announced) == 1


@pytest.mark.parametrize("after", [False, True])
async def test_a_kill_before_it_was_announced_leaves_that_to_the_next_start(desk: Desk, after: bool) -> None:
    restore = kill_at(desk.store.review, "note_need", call=3, after=False)
    with pytest.raises(Killed):
        await through_all_passes(desk)
    restore()
    assert (await desk.record()).outcome is GoalOutcome.NEEDS_REVIEW
    desk.now += timedelta(days=1) if after else timedelta(minutes=1)
    await mend_all(desk.tools())
    await mend_all(desk.tools())
    assert [title for title, _ in desk.announced] == ([] if after else ["Needs review"]), "not of old news"


# ---------------------------------------------------------------- accept


async def test_an_accepted_post_is_downloaded_without_a_search_and_stored(desk: Desk) -> None:
    await through_all_passes(desk, a_bad_post("901", "main.mp4"))
    searches = len(desk.chain.queries)
    ruled = await accept(desk.store, "901", desk.now)
    assert ruled.due == (GOAL,)
    await through_all_passes(desk)
    assert len(desk.chain.queries) == searches
    assert len(await desk.keys()) == 1
    record = await desk.record()
    assert (record.outcome, record.plan.next_at) == (GoalOutcome.STORED, None)
    assert desk.announced[-1][0] == "Goal stored"


async def test_accepting_in_the_middle_of_the_passes_uses_none_of_them_up(desk: Desk) -> None:
    desk.chain.replies.append(Found(posts=(a_bad_post("901", "main.mp4"),), source="nitter"))
    await desk.work()
    waiting = (await desk.record()).plan
    await accept(desk.store, "901", desk.now)
    await desk.work()
    assert len(await desk.keys()) == 1
    after = (await desk.record()).plan
    assert (after.pass_index, after.searched, after.next_at) == (waiting.pass_index, False, waiting.next_at)
    await through_all_passes(desk)
    assert len(desk.chain.queries) == 3


async def test_a_portrait_clip_that_a_person_wants_is_kept(desk: Desk) -> None:
    post = a_good_post("901", "tall.mp4")
    tall = replace(post, media=(replace(post.media[0], width=90, height=160),))
    await through_all_passes(desk, tall)
    rejection = (await judged(desk))["901"].rejection
    assert rejection
    assert rejection.reason == "portrait"
    await accept(desk.store, "https://twitter.com/fan/status/901?s=20", desk.now)
    await through_all_passes(desk)
    [key] = await desk.keys()
    assert (desk.config.library_dir / key).stat().st_size > 0


async def test_a_file_that_cannot_be_decoded_stays_refused(desk: Desk) -> None:
    await through_all_passes(desk, a_bad_post("901", "broken.mp4"))
    await accept(desk.store, "901", desk.now)
    await through_all_passes(desk)
    candidate = (await judged(desk))["901"]
    assert (candidate.state, candidate.rejection and candidate.rejection.reason) == (
        CandidateState.FAILED,
        "unreadable",
    )
    assert (await desk.record()).outcome is GoalOutcome.NEEDS_REVIEW


async def test_the_last_digits_of_a_listed_post_stand_for_it(desk: Desk) -> None:
    await through_all_passes(desk, a_bad_post("18255001", "main.mp4"), a_bad_post("18245001", "other.mp4"))
    with pytest.raises(FootydError, match="the end of 2 posts"):
        await accept(desk.store, "5001", desk.now)
    [candidate] = (await accept(desk.store, "55001", desk.now)).candidates
    assert candidate.post.id == "18255001"


async def test_a_post_of_two_goals_is_accepted_for_the_one_named(desk: Desk) -> None:
    await second_goal(desk)
    for goal in (GOAL, OTHER):
        await desk.store.clips.add_candidates([a_candidate(goal, "901", state=CandidateState.REJECTED)])
    with pytest.raises(FootydError, match=f"was found for {GOAL}, {OTHER}") as unclear:
        await accept(desk.store, "901", desk.now)
    assert unclear.value.remedy == "Say which with --goal"
    assert (await accept(desk.store, "901", desk.now, goal=OTHER)).due == (OTHER,)
    assert (await judged(desk))["901"].state is CandidateState.REJECTED


async def test_a_goal_taken_back_takes_no_post(desk: Desk) -> None:
    await through_all_passes(desk, a_bad_post("901", "main.mp4"))
    await desk.store.goals.cancel(GOAL, desk.now)
    for decide in (accept(desk.store, "901", desk.now), link(desk.store, GOAL, "https://a.tv/1", desk.now)):
        with pytest.raises(FootydError, match="was taken back"):
            await decide


# ---------------------------------------------------------------- reject


async def test_a_rejected_post_never_comes_back(desk: Desk) -> None:
    """Not by another search, a corrected scorer, a crash, or a judgement for a passing reason."""
    post = a_good_post("901", "main.mp4")
    await through_all_passes(desk)
    passing = Rejection(reason="low_score", temporary=True)
    waiting = Candidate(goal_id=GOAL, post=post, score=0.3, state=CandidateState.REJECTED, rejection=passing)
    await desk.store.clips.add_candidates([waiting])
    await reject(desk.store, "901", desk.now)
    await search_again(desk.store, GOAL, desk.now)
    await through_all_passes(desk, post)
    goal = (await desk.record()).goal
    renamed = replace(goal, player="A. Nother")
    window = timedelta(minutes=3)
    await desk.store.goals.save_believed([goal], [renamed], renamed=[GOAL], window=window, now=desk.now)
    await mend_all(desk.tools())
    await through_all_passes(desk, replace(post, text="GOAL! Nother 23' Home 1-0 Away"))
    candidate = (await judged(desk))["901"]
    assert (candidate.state, candidate.rejection) == (CandidateState.REJECTED, Rejection(reason="by_person"))
    assert await desk.keys() == []


async def test_a_post_rejected_for_one_goal_is_taken_for_no_other(desk: Desk) -> None:
    await through_all_passes(desk, a_bad_post("901", "main.mp4"))
    await reject(desk.store, "901", desk.now)
    await second_goal(desk)
    desk.chain.replies.append(Found(posts=(a_good_post("901", "main.mp4"),), source="nitter"))
    await search_again(desk.store, OTHER, desk.now)
    await work(desk, OTHER)
    candidate = (await judged(desk, OTHER))["901"]
    assert candidate.rejection
    assert candidate.rejection.reason == "refused_elsewhere"
    assert await desk.keys() == []
    await accept(desk.store, "901", desk.now, goal=OTHER)
    await work(desk, OTHER)
    assert len(await desk.keys()) == 1, "what a person says of this goal goes first"


async def test_a_blocked_author_is_taken_for_no_goal(desk: Desk) -> None:
    await second_goal(desk)
    waiting = a_candidate(OTHER, "777")
    await desk.store.clips.add_candidates([waiting])
    await desk.store.clips.add_candidates([a_candidate(GOAL, "901", state=CandidateState.REJECTED)])
    await reject(desk.store, "901", desk.now, author=True)
    shouted = replace(a_good_post("902", "main.mp4"), author="@FAN")
    desk.chain.replies.append(Found(posts=(shouted, a_bad_post("903", "other.mp4")), source="nitter"))
    await work(desk, OTHER)
    found = await judged(desk, OTHER)
    reasons = {id: c.rejection and c.rejection.reason for id, c in found.items()}
    assert reasons == {"777": "blocked_author", "902": "blocked_author", "903": "low_score"}
    assert desk.shelf.fetched == []


async def test_an_author_nobody_knows_cannot_be_blocked(desk: Desk) -> None:
    await link(desk.store, GOAL, "https://tv.example/clip", desk.now)
    with pytest.raises(FootydError, match="is not known") as unclear:
        await reject(desk.store, "https://tv.example/clip", desk.now, author=True)
    assert unclear.value.remedy == "Leave --author out"


async def test_a_rejected_keeper_goes_and_the_copy_it_hid_takes_its_place(desk: Desk) -> None:
    desk.finds("main.mp4", "main_small.mp4", "other.mp4")
    await through_all_passes(desk)
    [rejected] = [c for c in await desk.store.clips.keepers() if c.post_id == "900"]
    ruled = await reject(desk.store, "900", desk.now)
    assert ruled.due == (GOAL,)
    await through_all_passes(desk)
    clips = {str(clip.post_id): clip for clip in await desk.store.clips.clips(GOAL)}
    assert {id: clip.state for id, clip in clips.items()} == {
        "900": ClipState.REFUSED,
        "901": ClipState.KEEPER,
        "902": ClipState.KEEPER,
    }
    keys = await desk.keys()
    assert rejected.object_key not in keys
    assert len(keys) == 2
    assert clips["900"].object_key is None
    assert (await desk.record()).outcome is GoalOutcome.STORED


async def test_the_same_file_posted_again_is_refused_too(desk: Desk) -> None:
    desk.finds("main.mp4")
    await through_all_passes(desk)
    await reject(desk.store, "900", desk.now)
    await search_again(desk.store, GOAL, desk.now)
    again = replace(a_good_post("990", "main.mp4"), author="another")
    await through_all_passes(desk, again)
    candidate = (await judged(desk))["990"]
    assert candidate.rejection
    assert candidate.rejection.reason == "refused_file"
    assert await desk.keys() == []
    assert (await desk.record()).outcome is GoalOutcome.NEEDS_REVIEW
    await accept(desk.store, "990", desk.now)
    await through_all_passes(desk)
    assert len(await desk.keys()) == 1, "until a person wants it after all"


async def test_a_person_may_take_a_rejection_back(desk: Desk) -> None:
    desk.finds("main.mp4")
    await through_all_passes(desk)
    await reject(desk.store, "900", desk.now, author=True)
    await through_all_passes(desk)
    assert await desk.keys() == []
    desk.now += timedelta(seconds=1)
    await accept(desk.store, "900", desk.now)
    await through_all_passes(desk)
    assert len(await desk.keys()) == 1
    assert await desk.store.clips.blocked_authors() == frozenset()
    assert await desk.store.clips.rejected_posts() == frozenset()


async def test_a_post_rejected_while_it_is_downloaded_ends_refused(desk: Desk) -> None:
    desk.finds("main.mp4")
    real = desk.shelf.fetch

    async def fetch(url: str, into: Path, item: int = 1) -> Path | Rejection:
        await reject(desk.store, "900", desk.now)
        return await real(url, into, item)

    desk.shelf.fetch = fetch  # type: ignore[method-assign]  # a person decides in the middle
    await desk.work()
    desk.shelf.fetch = real  # type: ignore[method-assign]  # as before
    assert (await desk.record()).plan.next_at == desk.now, "there is work again"
    await through_all_passes(desk)
    assert await desk.keys() == []
    [clip] = await desk.store.clips.clips(GOAL)
    assert clip.state is ClipState.REFUSED


EFFECTS = [
    (part, method, call)
    for part, method, calls in (
        ("clips", "save_verdict", 1),
        ("review", "work_now", 1),
        ("clips", "save_clip", 5),
        ("clips", "save_candidate", 2),
        ("clips", "forget_clip", 1),
        ("library", "delete", 3),
        ("library", "put", 1),
        ("goals", "save_progress", 1),
    )
    for call in range(1, calls + 1)
]


@pytest.mark.parametrize(("part", "method", "call"), EFFECTS)
async def test_a_kill_before_any_effect_of_a_rejection_ends_as_if_nothing_happened(
    desk: Desk, part: str, method: str, call: int
) -> None:
    """After one effect is before the next one."""
    desk.finds("main.mp4", "main_small.mp4")
    await through_all_passes(desk)
    owner = desk.library if part == "library" else getattr(desk.store, part)
    restore = kill_at(owner, method, call=call, after=False)
    with pytest.raises(Killed):
        await _rejected_and_worked_on(desk)
    restore()
    await mend_all(desk.tools())
    if method == "save_verdict":
        await reject(desk.store, "900", desk.now)  # the person saw it fail
    await through_all_passes(desk)
    states = {clip.post_id: clip.state for clip in await desk.store.clips.clips(GOAL)}
    assert states == {"900": ClipState.REFUSED, "901": ClipState.KEEPER}
    [keeper] = await desk.store.clips.keepers()
    assert await desk.keys() == [keeper.object_key]


async def _rejected_and_worked_on(desk: Desk) -> None:
    await reject(desk.store, "900", desk.now)
    await through_all_passes(desk)


async def test_an_acceptance_cut_off_before_the_goal_was_due_is_taken_up_at_the_start(desk: Desk) -> None:
    await through_all_passes(desk, a_bad_post("901", "main.mp4"))
    restore = kill_at(desk.store.review, "work_now", call=1, after=False)
    with pytest.raises(Killed):
        await accept(desk.store, "901", desk.now)
    restore()
    assert (await desk.record()).plan.next_at is None
    await mend_all(desk.tools())
    await through_all_passes(desk)
    assert len(await desk.keys()) == 1


# ---------------------------------------------------------------- link


async def test_a_link_becomes_a_post_that_a_person_accepted(desk: Desk) -> None:
    await through_all_passes(desk)
    real = desk.shelf.fetch

    async def fetch(url: str, into: Path, item: int = 1) -> Path | Rejection:
        return await real("main.mp4" if url == "https://tv.example/goal?v=1" else url, into, item)

    desk.shelf.fetch = fetch  # type: ignore[method-assign]  # the page leads to the file
    await link(desk.store, GOAL, "https://tv.example/goal?v=1#t=3", desk.now)
    await through_all_passes(desk)
    [candidate] = await desk.store.clips.candidates(GOAL)
    assert candidate.post.id.startswith("link-")
    assert candidate.verdict
    assert candidate.verdict.accepted
    assert len(await desk.keys()) == 1


async def test_a_link_to_a_known_post_accepts_it_with_what_is_known_of_it(desk: Desk) -> None:
    await through_all_passes(desk, a_bad_post("901", "main.mp4"))
    await link(desk.store, GOAL, "https://nitter.example/quiet/status/901#m", desk.now)
    await through_all_passes(desk)
    [candidate] = await desk.store.clips.candidates(GOAL)
    assert candidate.post.text == "what a strike"
    assert len(await desk.keys()) == 1


async def test_what_is_not_there_is_named_with_the_remedy(desk: Desk) -> None:
    for decide in (accept(desk.store, "404", desk.now), reject(desk.store, "404", desk.now)):
        with pytest.raises(FootydError, match="no post 404") as unknown:
            await decide
        assert "footyd review" in unknown.value.remedy
    with pytest.raises(FootydError, match="no goal 7-7-1-0-1"):
        await link(desk.store, GoalId("7-7-1-0-1"), "https://tv.example/1", desk.now)
