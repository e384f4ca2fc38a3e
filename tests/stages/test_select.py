"""Groups and keepers as values: tables of cases, and properties over random sets of clips."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footyd.model import (
    Clip,
    ClipId,
    ClipState,
    Fingerprint,
    GoalId,
    Group,
    Match,
    Placement,
    PostId,
    Quality,
    Variant,
    VideoFacts,
)
from footyd.stages.select import choose_groups, pairs_to_compare

MINIMUM = 0.6
Matches = dict[frozenset[ClipId], Match]


def clip(
    name: str,
    *,
    height: int = 720,
    seconds: float = 10,
    size_bytes: int = 1_000_000,
    state: ClipState = ClipState.HELD,
    keeper: str | None = None,
    sha256: str | None = None,
    version: int = 1,
    bars: int = 0,
) -> Clip:
    width = height * 16 // 9
    facts = VideoFacts(
        width=width,
        height=height + 2 * bars,
        content_width=width if bars else None,
        content_height=height if bars else None,
        duration_seconds=seconds,
        fps=25,
        frames=int(seconds * 25),
        size_bytes=size_bytes,
        sha256=sha256 or f"sha-{name}",
    )
    return Clip(
        id=ClipId(name),
        goal_id=GoalId("g"),
        post_id=PostId(name),
        facts=facts,
        fingerprint=Fingerprint(version=version, data=b""),
        state=state,
        keeper_id=ClipId(keeper) if keeper else None,
    )


def agreeing(*names: str, score: float = 0.9, overlap: float = 10) -> Matches:
    """Every two of the clips match."""
    match = Match(score=score, overlap_seconds=overlap, offset_seconds=0, coverage_a=1, coverage_b=1)
    return {frozenset({ClipId(a), ClipId(b)}): match for a, b in itertools.combinations(names, 2)}


def chosen(clips: list[Clip], matches: Matches) -> dict[str, set[str]]:
    groups = choose_groups(clips, matches, MINIMUM)
    return {str(group.keeper): {str(member) for member in group.members} for group in groups}


def test_the_larger_picture_is_kept() -> None:
    assert chosen([clip("a", height=360), clip("b")], agreeing("a", "b")) == {"b": {"a", "b"}}


def test_of_equal_pictures_the_longer_clip_is_kept() -> None:
    matches = agreeing("a", "b", overlap=8)
    assert chosen([clip("a", seconds=8), clip("b", seconds=10)], matches) == {"b": {"a", "b"}}


def test_of_equal_pictures_and_lengths_the_higher_bit_rate_is_kept() -> None:
    clips = [clip("a", size_bytes=500_000), clip("b", size_bytes=900_000)]
    assert chosen(clips, agreeing("a", "b")) == {"b": {"a", "b"}}


def test_bars_do_not_make_a_picture_larger() -> None:
    clips = [clip("boxed", bars=144, size_bytes=2_000_000), clip("original")]
    assert chosen(clips, agreeing("boxed", "original")) == {"original": {"boxed", "original"}}


def test_the_full_frame_counts_for_more_than_the_size_of_the_picture() -> None:
    clips = [clip("boxed", height=1080, bars=144), clip("small")]
    assert chosen(clips, agreeing("boxed", "small")) == {"small": {"boxed", "small"}}


def test_a_keeper_with_bars_is_replaced_by_its_original() -> None:
    clips = [clip("boxed", bars=144, state=ClipState.KEEPER), clip("original")]
    assert chosen(clips, agreeing("boxed", "original")) == {"original": {"boxed", "original"}}


def test_clips_that_do_not_match_are_all_kept() -> None:
    assert chosen([clip("a"), clip("b")], {}) == {"a": {"a"}, "b": {"b"}}


def test_a_match_below_the_minimum_is_none() -> None:
    assert len(chosen([clip("a"), clip("b")], agreeing("a", "b", score=0.59))) == 2


def test_a_chain_is_never_merged() -> None:
    clips = [clip("a"), clip("b", height=480), clip("c", height=360)]
    matches = agreeing("a", "b") | agreeing("b", "c")
    assert chosen(clips, matches) == {"a": {"a", "b"}, "c": {"c"}}


def test_a_much_longer_clip_that_contains_another_is_no_duplicate_of_it() -> None:
    clips = [clip("goal", seconds=10), clip("compilation", seconds=40)]
    assert len(chosen(clips, agreeing("goal", "compilation", overlap=10))) == 2


def test_the_same_bytes_are_the_same_clip_without_comparing() -> None:
    clips = [clip("a", sha256="x"), clip("b", sha256="x")]
    assert pairs_to_compare(clips) == []
    assert chosen(clips, {}) == {"a": {"a", "b"}}


def test_a_keeper_stays_among_equals() -> None:
    clips = [clip("a"), clip("b", state=ClipState.KEEPER)]
    assert chosen(clips, agreeing("a", "b")) == {"b": {"a", "b"}}


def test_a_keeper_stays_when_a_new_clip_is_hardly_better() -> None:
    clips = [clip("new", height=736, size_bytes=1_050_000), clip("old", state=ClipState.KEEPER)]
    assert chosen(clips, agreeing("new", "old")) == {"old": {"new", "old"}}


def test_a_keeper_is_replaced_by_a_clearly_better_clip() -> None:
    clips = [clip("new", height=1080), clip("old", state=ClipState.KEEPER)]
    assert chosen(clips, agreeing("new", "old")) == {"new": {"new", "old"}}


def test_a_keeper_is_not_replaced_by_a_clip_that_does_not_show_what_it_hides() -> None:
    hidden = clip("hidden", height=480, state=ClipState.DUPLICATE, keeper="old")
    clips = [clip("new", height=1080), clip("old", state=ClipState.KEEPER), hidden]
    matches = agreeing("new", "old") | agreeing("old", "hidden")
    assert chosen(clips, matches) == {"new": {"new"}, "old": {"old", "hidden"}}


def test_a_keeper_is_replaced_by_a_better_clip_that_shows_all_it_hides() -> None:
    hidden = clip("hidden", height=480, state=ClipState.DUPLICATE, keeper="old")
    clips = [clip("new", height=1080), clip("old", state=ClipState.KEEPER), hidden]
    assert chosen(clips, agreeing("new", "old", "hidden")) == {"new": {"new", "old", "hidden"}}


def test_two_keepers_that_turn_out_to_match_become_one_the_better() -> None:
    clips = [clip("a", height=480, state=ClipState.KEEPER), clip("b", state=ClipState.KEEPER)]
    assert chosen(clips, agreeing("a", "b")) == {"b": {"a", "b"}}


def test_a_hidden_clip_opens_no_group_while_its_keeper_is_there() -> None:
    hidden = clip("hidden", height=1080, state=ClipState.DUPLICATE, keeper="old")
    clips = [hidden, clip("old", state=ClipState.KEEPER)]
    assert chosen(clips, agreeing("hidden", "old"))["old"] >= {"old"}


def test_groups_come_best_first_and_the_keeper_leads_its_members() -> None:
    clips = [clip("small", height=360), clip("a", height=480), clip("b", height=1080), clip("c")]
    groups = choose_groups(clips, agreeing("a", "b"), MINIMUM)
    assert groups == (
        Group(keeper=ClipId("b"), members=(ClipId("b"), ClipId("a"))),
        Group(keeper=ClipId("c"), members=(ClipId("c"),)),
        Group(keeper=ClipId("small"), members=(ClipId("small"),)),
    )


def test_pairs_are_each_named_once_whatever_the_order() -> None:
    clips = [clip("c"), clip("a"), clip("b")]
    names = [(a.id, b.id) for a, b in pairs_to_compare(clips)]
    assert names == [("a", "b"), ("a", "c"), ("b", "c")]


def test_versions_of_the_fingerprint_are_not_compared_with_each_other() -> None:
    assert pairs_to_compare([clip("a"), clip("b", version=2)]) == []


def test_two_hidden_clips_are_not_compared() -> None:
    clips = [clip("a", state=ClipState.DUPLICATE), clip("b", state=ClipState.DUPLICATE), clip("c")]
    assert [(a.id, b.id) for a, b in pairs_to_compare(clips)] == [("a", "c"), ("b", "c")]


# -------------------------------------------------- evidence


def measured(one: Clip, **found: Any) -> Clip:
    quality = Quality(real_lines=found.pop("real_lines", one.facts.height * 0.6), **found)
    return replace(one, facts=replace(one.facts, quality=quality))


def seen(a: str, b: str, *, offset: float = 0, seconds: float = 10, **how: Any) -> Matches:
    """b begins `offset` seconds after a, on a's clock."""
    first, second = sorted((a, b))
    start = offset if first == a else -offset
    match = Match(score=0.9, overlap_seconds=seconds, offset_seconds=start, coverage_a=1, coverage_b=1, **how)
    return {frozenset({ClipId(first), ClipId(second)}): match}


def kept(clips: list[Clip], matches: Matches) -> str:
    [group] = choose_groups(clips, matches, MINIMUM)
    return str(group.keeper)


def test_an_enlarged_picture_is_worth_what_it_was_enlarged_from() -> None:
    fake = measured(clip("fake", height=1080, size_bytes=9_000_000), real_lines=250)
    assert kept([fake, measured(clip("true", height=720))], agreeing("fake", "true")) == "true"


def test_between_equally_real_pictures_the_enlarged_one_loses_in_spite_of_its_bits() -> None:
    fake = measured(clip("fake", height=1080, size_bytes=9_000_000), real_lines=215)
    assert kept([fake, measured(clip("true", height=360))], agreeing("fake", "true")) == "true"


def test_a_foreign_intro_is_never_kept() -> None:
    intro = measured(clip("intro", height=1080, seconds=15), cuts=(2.0, 5.0))
    matches = seen("intro", "small", offset=5) | seen("intro", "short", offset=6, seconds=9)
    matches |= seen("small", "short", offset=1, seconds=9)
    clips = [intro, measured(clip("small", height=360)), measured(clip("short", height=720, seconds=9))]
    assert kept(clips, matches) == "small"


def test_a_beginning_without_a_cut_is_no_intro() -> None:
    longer = measured(clip("longer", seconds=13))
    matches = seen("longer", "short", offset=3)
    assert kept([longer, measured(clip("short"))], matches) == "longer"


def test_a_clip_that_lacks_seconds_that_most_others_have_is_not_kept() -> None:
    short = measured(clip("short", height=1080, seconds=8))
    matches = seen("a", "short", offset=2, seconds=8) | seen("b", "short", offset=2, seconds=8)
    matches |= agreeing("a", "b")
    assert kept([short, measured(clip("a")), measured(clip("b", height=480))], matches) == "a"


def test_a_crop_loses_to_the_full_frame() -> None:
    matches = seen("crop", "full", placement=Placement(left=-0.1, top=-0.1, width=1.25, height=1.25))
    clips = [measured(clip("crop", height=1080)), measured(clip("full", height=480))]
    assert kept(clips, matches) == "full"


def test_a_picture_shown_small_within_another_one_loses_to_the_plain_one() -> None:
    matches = seen("framed", "plain", placement=Placement(left=0.2, top=0.2, width=0.5, height=0.5))
    matches |= seen("framed", "small", placement=Placement(left=0.2, top=0.2, width=0.5, height=0.5))
    matches |= agreeing("plain", "small")
    clips = [measured(clip(name, height=high)) for name, high in (("framed", 1080), ("plain", 480))]
    assert kept([*clips, measured(clip("small", height=360))], matches) == "plain"


@pytest.mark.parametrize(
    "how",
    [
        {"mirrored": True},
        {"speed": 1 / 1.1},
        {"placement": Placement(left=0, top=0, width=1, height=1, tilt_degrees=2)},
    ],
)
def test_what_stands_against_all_others_is_not_kept(how: dict[str, Any]) -> None:
    clips = [measured(clip("odd", height=1080)), *(measured(clip(n, height=480)) for n in ("a", "b"))]
    matches = agreeing("a", "b")
    for name in ("a", "b"):
        matches |= seen(name, "odd", **how)
    assert kept(clips, matches) in {"a", "b"}


def test_a_keeper_is_not_replaced_by_a_better_one_that_lacks_its_end() -> None:
    old = measured(clip("old", height=480, state=ClipState.KEEPER))
    new = measured(clip("new", height=1080, seconds=9))
    assert kept([old, new], seen("old", "new", seconds=9)) == "old"


def test_every_decision_tells_its_evidence() -> None:
    fake = measured(clip("fake", height=1080), real_lines=310)
    true = measured(clip("true", height=720), real_lines=430)
    [group] = choose_groups([fake, true], agreeing("fake", "true"), MINIMUM)
    assert group.reasons == ("the best of 2", "real lines: 310, of the one kept 430")


def test_the_same_bytes_are_told_as_such() -> None:
    [group] = choose_groups([clip("a", sha256="x"), clip("b", sha256="x")], {}, MINIMUM)
    assert group.reasons == ("the best of 2", "the same bytes")


def test_a_promise_makes_no_clip_look_enlarged() -> None:
    promised = Variant(url="u", content_type="video/mp4", bit_rate=5_000_000, width=1920, height=1080)
    small = replace(measured(clip("small", height=360), real_lines=170), better=promised)
    assert kept([small, measured(clip("other", height=360), real_lines=200)], agreeing("other", "small")) == (
        "small"
    )


def test_a_promised_file_counts_with_more_detail_than_the_one_at_hand() -> None:
    promised = Variant(url="u", content_type="video/mp4", bit_rate=2_000_000, width=1280, height=720)
    small = replace(measured(clip("small", height=360)), better=promised)
    assert kept([small, measured(clip("other", height=480))], agreeing("small", "other")) == "small"
    soft = replace(measured(clip("soft", height=360), real_lines=150), better=promised)
    assert kept([soft, measured(clip("other", height=720))], agreeing("soft", "other")) == "other"


def test_a_promised_file_does_not_beat_one_that_was_measured_in_that_size() -> None:
    """A file of 360 lines is sharp for its size: lorenzo_match measured 321 real lines there, 455 in 720."""
    promised = Variant(url="u", content_type="video/mp4", bit_rate=2_000_000, width=1280, height=720)
    fetched = measured(clip("fetched", height=720, size_bytes=2_400_000), real_lines=455)
    small = measured(clip("small", height=360, size_bytes=900_000), real_lines=321)
    other = replace(small, better=promised)
    assert kept([fetched, other], agreeing("fetched", "small")) == "fetched"


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Clip], Matches]:
    names = [f"clip{n}" for n in range(draw(st.integers(1, 7)))]
    clips = [
        clip(
            name,
            height=draw(st.sampled_from([360, 720, 736, 1080])),
            seconds=draw(st.sampled_from([8.0, 10.0, 10.5, 30.0])),
            size_bytes=draw(st.sampled_from([500_000, 1_000_000, 1_050_000])),
            bars=draw(st.sampled_from([0, 0, 90])),
            state=draw(st.sampled_from([ClipState.HELD, ClipState.HELD, ClipState.KEEPER])),
        )
        for name in names
    ]
    matches: Matches = {}
    for a, b in itertools.combinations(names, 2):
        matches |= agreeing(a, b, score=draw(st.sampled_from([0.1, 0.9])), overlap=8)
    return clips, matches


@given(situations(), st.randoms(use_true_random=False))
def test_the_order_of_the_clips_changes_nothing(
    situation: tuple[list[Clip], Matches], rng: random.Random
) -> None:
    clips, matches = situation
    shuffled = rng.sample(clips, len(clips))
    assert choose_groups(clips, matches, MINIMUM) == choose_groups(shuffled, matches, MINIMUM)


@given(situations())
def test_every_clip_is_in_one_group_and_matches_its_keeper_directly(
    situation: tuple[list[Clip], Matches],
) -> None:
    clips, matches = situation
    groups = choose_groups(clips, matches, MINIMUM)
    members = [member for group in groups for member in group.members]
    assert sorted(members) == sorted(clip.id for clip in clips)
    for group in groups:
        for member in set(group.members) - {group.keeper}:
            assert matches[frozenset({group.keeper, member})].score >= MINIMUM


@given(situations())
def test_no_keeper_is_hidden_by_a_smaller_picture_that_shows_no_more(
    situation: tuple[list[Clip], Matches],
) -> None:
    clips, matches = situation
    alike = [replace(clip, facts=replace(clip.facts, duration_seconds=8.0)) for clip in clips]
    by_id = {clip.id: clip for clip in alike}
    for group in choose_groups(alike, matches, MINIMUM):
        best = by_id[group.keeper].facts
        for member in group.members:
            facts = by_id[member].facts
            if by_id[member].state is ClipState.KEEPER and facts.content_height == best.content_height:
                assert best.height * 1.2 >= facts.height


@given(situations())
def test_choosing_again_after_recording_the_choice_changes_nothing(
    situation: tuple[list[Clip], Matches],
) -> None:
    clips, matches = situation
    groups = choose_groups(clips, matches, MINIMUM)
    keeper_of = {member: group.keeper for group in groups for member in group.members}
    recorded = [
        replace(clip, state=ClipState.KEEPER, keeper_id=None)
        if keeper_of[clip.id] == clip.id
        else replace(clip, state=ClipState.DUPLICATE, keeper_id=keeper_of[clip.id])
        for clip in clips
    ]
    again = choose_groups(recorded, matches, MINIMUM)
    assert {group.keeper for group in again} == {group.keeper for group in groups}


def matching(a: str, b: str, *, overlap: float, rest_a: float, rest_b: float, speed: float = 1) -> Matches:
    match = Match(
        score=0.9,
        overlap_seconds=overlap,
        offset_seconds=0,
        coverage_a=1,
        coverage_b=1,
        speed=speed,
        rest_a_seconds=rest_a,
        rest_b_seconds=rest_b,
    )
    return {frozenset({ClipId(a), ClipId(b)}): match}


def test_a_compilation_that_contains_a_clip_is_related_and_hides_nothing() -> None:
    clips = [clip("a", seconds=10), clip("compilation", seconds=20)]
    matches = matching("a", "compilation", overlap=10, rest_a=0, rest_b=10)
    assert chosen(clips, matches) == {"a": {"a"}, "compilation": {"compilation"}}


def test_a_longer_clip_whose_rest_is_idle_is_a_duplicate() -> None:
    clips = [clip("a", seconds=10), clip("idle", seconds=20)]
    matches = matching("a", "idle", overlap=10, rest_a=0, rest_b=0.5)
    assert [len(members) for members in chosen(clips, matches).values()] == [2]


def test_a_slow_motion_copy_is_measured_on_its_own_clock() -> None:
    clips = [clip("live", seconds=8), clip("slow", seconds=20)]
    matches = matching("live", "slow", overlap=8, rest_a=0, rest_b=0, speed=0.4)
    assert [len(members) for members in chosen(clips, matches).values()] == [2]
