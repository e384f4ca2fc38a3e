"""The scenario book (tests/scenarios): every file holds, and none could hold by mistake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from footyd.stages.confirm import Belief
from tests.scenarios.book import FOLDER, book, parse
from tests.scenarios.day import a_day
from tests.scenarios.index import BEGIN, END, index
from tests.scenarios.play import Kept, Memory, Stored, play
from tests.scenarios.words import ROWS, BookError, Disagreement, Expected, Scenario

BOOK = book()
BELIEFS = [scenario for scenario in BOOK if scenario.kind == "belief"]
DAYS = [scenario for scenario in BOOK if scenario.kind == "day"]


def each(scenarios: Sequence[Scenario]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "scenario", scenarios, ids=[s.name.removesuffix(".txt") for s in scenarios]
    )


# ---------------------------------------------------------------- the book holds


@each(BELIEFS)
def test_a_belief_follows_the_book_in_memory_and_through_the_database_form_alike(scenario: Scenario) -> None:
    kept, stored = play(scenario, Kept()), play(scenario, Stored())
    assert _ordered(kept) == _ordered(stored)


@each(DAYS)
async def test_a_day_follows_the_book(scenario: Scenario, mongo_uri: str, mongo_database: str) -> None:
    async with a_day(scenario, mongo_uri, mongo_database) as day:
        await day.play()


def _ordered(belief: Belief) -> Belief:
    return replace(belief, goals=tuple(sorted(belief.goals, key=lambda goal: goal.id)))


# ---------------------------------------------------------------- the book is whole


def test_every_row_of_the_table_has_its_scenarios() -> None:
    covered = {row for scenario in BOOK for row in scenario.rows}
    assert [row for row in ROWS if row not in covered] == []
    assert len(BOOK) >= 45


def test_the_files_are_numbered_without_gaps() -> None:
    assert [s.name.partition("-")[0] for s in BOOK] == [f"{n:02}" for n in range(1, len(BOOK) + 1)]


def test_the_index_in_the_readme_lists_every_file() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    listed = readme.partition(BEGIN)[2].partition(END)[0]
    assert listed.strip() == index(BOOK).strip(), "renew it: python -m tests.scenarios.index"


# ---------------------------------------------------------------- it can fail


@each(BELIEFS)
def test_no_expectation_of_a_belief_can_be_dropped_added_or_altered(scenario: Scenario) -> None:
    for wrong in _wrong_versions(scenario):
        with pytest.raises(Disagreement, match=rf"^{scenario.name}:\d+: "):
            play(wrong, Kept())


def _wrong_versions(scenario: Scenario) -> list[Scenario]:
    """Each decision altered and dropped, one more in each poll, each goal of the end altered and dropped."""
    found = []
    for place, step in enumerate(scenario.steps):
        versions = [*_spoilt(step.told)] if step.act == "poll" else []
        steps = [replace(step, told=told) for told in versions]
        steps += [replace(step, facts=facts) for facts in _spoilt(step.facts)[1::2]]
        found += [
            replace(scenario, steps=(*scenario.steps[:place], one, *scenario.steps[place + 1 :]))
            for one in steps
        ]
    found += [replace(scenario, believed=goals) for goals in _spoilt(scenario.believed)]
    return found + [replace(scenario, rejected=goals) for goals in _spoilt(scenario.rejected)]


def _spoilt(lines: tuple[Expected, ...]) -> list[tuple[Expected, ...]]:
    extra = (*lines, Expected(1, "confirmed Home 9-9 Nobody 1'"))
    found = [extra]
    for place, line in enumerate(lines):
        altered = Expected(line.line, line.text + "0")
        found += [
            (*lines[:place], altered, *lines[place + 1 :]),
            (*lines[:place], *lines[place + 1 :]),
        ]
    return found


def test_a_disagreement_names_the_file_the_line_and_both_versions() -> None:
    wrong = parse("99-wrong.txt", _STORY.replace("=> sighted", "=> confirmed"))
    with pytest.raises(Disagreement) as caught:
        play(wrong, Kept())
    assert str(caught.value) == (
        "99-wrong.txt:8: expected: confirmed Home 1-0 Kane 23'; decided: sighted Home 1-0 Kane 23'"
    )


@pytest.mark.parametrize("memory", [Kept(), Stored()])
def test_the_story_that_the_tests_of_the_reader_spoil_is_right(memory: Memory) -> None:
    play(parse("99-right.txt", _STORY), memory)


async def test_a_day_that_expects_the_wrong_fails(mongo_uri: str, mongo_database: str) -> None:
    [scenario] = [s for s in DAYS if "completes-when-final-with-all-goals" in s.name]
    place, step = next((n, s) for n, s in enumerate(scenario.steps) if s.facts)
    wrong = replace(step, facts=(Expected(step.facts[0].line, "asked day 9"),))
    spoilt = replace(scenario, steps=(*scenario.steps[:place], wrong, *scenario.steps[place + 1 :]))
    async with a_day(spoilt, mongo_uri, mongo_database) as day:
        with pytest.raises(Disagreement, match=r"expected: asked day 9; found: asked "):
            await day.play()


_STORY = """\
title: A goal
row: shows a goal for the first time
why: It is only a sighting.

15:25  1H  1-0
    23'  Home  Kane
    30'  Home  Smith  [Card: Yellow Card]
  => sighted Home 1-0 Kane 23'

believed
    -
not believed
    pending Home 1-0 Kane 23'
"""


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ("title: A goal\n", "", "1: exactly one 'title' line is wanted"),
        ("row: shows a goal for the first time", "row: scores", "1: no row of the table: 'scores'"),
        ("why:", "kind: dream\nwhy:", "1: kind is belief or day"),
        ("15:25", "25:25", "5: '25:25' is no time of a day"),
        ("15:25  1H", "later  1H", "5: 'later  1H  1-0' is no step"),
        ("1H  1-0", "3H  1-0", "5: '3H  1-0': a status and a score are wanted"),
        ("1H  1-0", "1H", "5: '1H' is no status and score"),
        ("23'  Home  Kane", "23  Home  Kane", '6: "23  Home  Kane" is no event'.replace('"', "'")),
        ("23'  Home", "23'  Hull", '6: "23\'  Hull  Kane" is no event'),
        ("  => sighted Home 1-0 Kane 23'\n", "", "5: no decision is expected: write '=> -'"),
        ("=> sighted", "=> spotted", "8: 'spotted' is no decision"),
        ("=> sighted", "=> -\n  => sighted", "8: '=> -' and yet a decision"),
        ("believed\n    -\nnot", "not", "1: no 'believed' section at the end"),
        ("believed\n    -\nnot", "believed\nnot", "10: no goal: write '-'"),
        ("believed\n    -", "15:20  missed\nbelieved\n    -", "10: 15:20 is not after the step before"),
        ("believed\n    -", "15:30  missed\n  => -\nbelieved\n    -", "10: missed: decides nothing"),
        ("believed\n    -", "15:30  look\nbelieved\n    -", "10: 'look' is only for scenarios of kind day"),
        (
            "believed\n    -",
            "15:30  1H  0-0\n  => -\nbelieved\n    -",
            "10: match 1: its events, 'no events'",
        ),
        ("believed\n    -", "15:30  malformed reply: fog\n  => -\nbelieved\n    -", "10: no fault: 'fog'"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_line(right: str, wrong: str, complaint: str) -> None:
    assert right in _STORY
    with pytest.raises(BookError) as caught:
        parse("99-wrong.txt", _STORY.replace(right, wrong, 1))
    assert str(caught.value).startswith(f"99-wrong.txt:{complaint}")
