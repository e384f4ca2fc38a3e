"""What a post's text says about a goal: scores, minutes, and telling words."""

from __future__ import annotations

import re

from footyd.model import Goal
from footyd.stages.search import lexicon
from footyd.stages.search.words import fold, squeeze

_SCORE = re.compile(r"(?<![\d:.,/+-])(\d{1,2}) ?(?:-|:|x| a ) ?(\d{1,2})(?![\d'%/+]|[:.,-]\d)", re.IGNORECASE)
_BRACKETS = re.compile(r"[\[\]()*]")
_MARKED = re.compile(r"(?<!\d)(?:\[(\d{1,2})\] (\d{1,2})|(\d{1,2}) \[(\d{1,2})\])(?!\d)")
"""`1 [2]`: the brackets alone tell that it is a score."""
_MINUTES = (
    re.compile(r"(?<![\d+])(\d{1,3})'? ?\+ ?(\d{1,2})(?!\d)"),
    re.compile(
        r"(?<![\d+])(\d{1,3})() ?(?:'|\.? ?(?:min|dk\b|dakika)|(?:st|nd|rd|th|e|eme) minute)", re.IGNORECASE
    ),
    re.compile(r"\b(?:minuto|minute|minuta|min|dakika|(?:ال)?دقيقه) ?[.(]? ?(\d{1,3})()\b", re.IGNORECASE),
)
_SECOND_HALF = re.compile(
    r"(\d{1,2})'? ?(?:min(?:utos)? )?(?:do segundo tempo|do 2o tempo|del segundo tiempo|del st|/ ?2t)\b",
    re.IGNORECASE,
)
_PERHAPS_MINUTES = (
    re.compile(r"\((?:[^()\d]{1,40}[ ,])?(\d{1,3})(?:e|eme)?\)", re.IGNORECASE),
    re.compile(r"\b(?:aos|al|a la|in der) (\d{1,3})(?:e|eme|\.|o|°)?(?!\w)", re.IGNORECASE),
)
"""Numbers that may be something else: a minute only when it is ours."""
_YEAR = re.compile(r"(?<![\d/-])(?:19[5-9]\d|20[0-4]\d)(?![\d/-])")
_LINK = re.compile(r"https?://\S+|#\w+")
MOST_GOALS = 15
"""Above it two numbers are a time of day or a date, not a score."""


def scores(text: str) -> frozenset[tuple[int, int]]:
    """Every score written in the text, as 1-0, 1–0, 1:0, 1 x 0, 1 a 0, [1]-0 or 1 [0]."""
    folded = fold(text)
    marked = [tuple(filter(None, groups)) for groups in _MARKED.findall(folded)]
    found = [*_SCORE.findall(_BRACKETS.sub("", folded)), *marked]
    return frozenset((int(one), int(two)) for one, two in found if _is_count(one) and _is_count(two))


def team_scores(padded: str, home: str, away: str) -> frozenset[tuple[int, int]]:
    """Scores behind each team, `Barça 1 Madrid 1`, or between them, the away side first."""
    away_first = [*_pairs(padded, away, home), *_between(padded, away, home)]
    return frozenset({*_pairs(padded, home, away), *((one, two) for two, one in away_first)})


def _pairs(padded: str, first: str, second: str) -> list[tuple[int, int]]:
    behind = rf" {re.escape(first)} (\d{{1,2}}) (?:fc |cf )?{re.escape(second)} (\d{{1,2}}) "
    return [(int(one), int(two)) for one, two in re.findall(behind, padded)]


def _between(padded: str, first: str, second: str) -> list[tuple[int, int]]:
    between = rf" {re.escape(first)} (?:fc |cf )?(\d{{1,2}}) (\d{{1,2}}) {re.escape(second)} "
    return [(int(one), int(two)) for one, two in re.findall(between, padded)]


def _is_count(number: str) -> bool:
    return int(number) <= MOST_GOALS and str(int(number)) == number


def minutes(text: str) -> frozenset[tuple[int, int]]:
    """Every minute written in the text as (minute, added): 23' → (23, 0), 45+2' → (45, 2)."""
    rest = fold(text)
    found = {(45 + int(minute), 0) for minute in _SECOND_HALF.findall(rest)}
    rest = _SECOND_HALF.sub(" ", rest)
    for pattern in _MINUTES:
        found |= {(int(minute), int(added or 0)) for minute, added in pattern.findall(rest)}
        rest = pattern.sub(" ", rest)
    return frozenset(found)


def perhaps_minutes(text: str) -> frozenset[tuple[int, int]]:
    """Numbers that may be minutes: `(Son, 64)`, `(78e)`, `aos 43`."""
    rest = _SECOND_HALF.sub(" ", fold(text))
    return frozenset((int(number), 0) for pattern in _PERHAPS_MINUTES for number in pattern.findall(rest))


def is_minute_of(goal: Goal, minute: int, added: int) -> bool:
    """People write the running or the begun minute, and added time as 45+2' or 47'."""
    extra = goal.extra or 0
    if added:
        return minute == goal.minute and abs(added - extra) <= 1
    return abs(minute - goal.minute) <= 1 or abs(minute - goal.minute - extra) <= 1


def tells_goal(text: str) -> bool:
    return bool(lexicon.GOAL.search(squeeze(text)) or lexicon.SHOUTED_GOAL.search(fold(text)))


def hints_at_goal(text: str) -> bool:
    """Whether it is written as people write of a goal just seen: of the shot, shouting, or with its emoji."""
    said = _LINK.sub(" ", text)
    return bool(lexicon.STRUCK.search(squeeze(said)) or lexicon.EXCITED.search(fold(said)))


def tells_other_moment(text: str, year: int) -> bool:
    """Whether the text speaks of a save, an interview, a line-up, a disallowed goal… or of years before."""
    plain = squeeze(text)
    if any(int(found) < year - 1 for found in _YEAR.findall(text)):
        return True
    return bool(lexicon.OTHER_MOMENT.search(plain)) and not lexicon.GOAL_STANDS.search(plain)


def perhaps_other_moment(text: str) -> bool:
    """Whether the text quotes somebody, or speaks of what happens around a goal, and without one."""
    return bool(lexicon.PERHAPS_OTHER.search(squeeze(text)) or lexicon.QUOTED.search(text))


def betting_word(text: str, author: str) -> str | None:
    """The word that gives a betting, prediction or giveaway post away."""
    plain = squeeze(text)
    found = (
        lexicon.BETTING.search(plain)
        or lexicon.ODDS.search(fold(text).lower())
        or lexicon.BETTING_AUTHOR.search(author)
    )
    return found.group().lower() if found else None


def other_squad(text: str) -> str | None:
    """The word that tells of a club's women, youth or second team."""
    found = lexicon.OTHER_SQUAD.search(squeeze(text))
    return found.group() if found else None
