from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from footyd.demo.report import DayRecords
from footyd.demo.scenario import Scenario
from footyd.demo.view import DayView
from footyd.model import GoalState
from tests.demo.days import a_good_day


def shown_on(*, terminal: bool, days: list[DayRecords]) -> str:
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=140)
    with DayView(console) as view:
        for seconds, records in enumerate(days):
            view.update(records, calls=5, elapsed_seconds=seconds)
    return text.getvalue()


def test_off_a_terminal_each_change_is_one_plain_line(scenario: Scenario) -> None:
    full = a_good_day(scenario)
    sighted = replace(full.pending[0], state=GoalState.PENDING)
    early = DayRecords(fixtures=full.fixtures, pending=(sighted,))
    later = replace(early, pending=full.pending)
    lines = shown_on(terminal=False, days=[early, early, later, later]).splitlines()
    assert lines == [
        "  0.0 s  NK Vrelograd v Étoile Brévence: FT 2-1, completed",
        "  0.0 s  Fjærvik BK v Łosina Grodów: FT 2-1, completed",
        "  0.0 s  goal Étoile Brévence 1-1 23': pending",
        "  2.0 s  goal Étoile Brévence 1-1 23': discarded",
    ]


def test_off_a_terminal_a_goal_tells_how_far_it_has_come(scenario: Scenario) -> None:
    text = shown_on(terminal=False, days=[a_good_day(scenario)])
    assert (
        "goal NK Vrelograd 1-0 12': stored, 6 clips, 2 kept, turned down betting, too_long, wrong_match"
        in text
    )


def test_on_a_terminal_the_picture_shows_matches_goals_stages_and_calls(scenario: Scenario) -> None:
    text = shown_on(terminal=True, days=[DayRecords(), a_good_day(scenario)])
    for part in ("Étoile Brévence", "Þ. Hallvarsson", "needs_review", "discarded", "5 calls spent"):
        assert part in text


def test_the_terminal_is_given_back_after_an_error(scenario: Scenario) -> None:
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, width=140)
    with pytest.raises(ZeroDivisionError), DayView(console) as view:
        view.update(a_good_day(scenario), calls=1, elapsed_seconds=1 / 0)
    assert text.getvalue().endswith("\x1b[?25h")
