"""Telling words of posts in eight languages (lexicon.txt, read once), and what no list of words can hold."""

from __future__ import annotations

import re
from pathlib import Path

from footyd.stages.search.words import vocabulary

_SECTION = re.compile(r"^\[(.+)\]$", re.MULTILINE)
_NOT_TERMS = re.compile(r"^(?:#.*|\w\w: )", re.MULTILINE)


def _read() -> dict[str, re.Pattern[str]]:
    table = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    _, *parts = _SECTION.split(_NOT_TERMS.sub("", table))
    return {
        name: vocabulary(terms.replace("\n", ","))
        for name, terms in zip(parts[::2], parts[1::2], strict=True)
    }


_WORDS = _read()
GOAL = _WORDS["goal"]
STRUCK = _WORDS["struck"]
OTHER_MOMENT = _WORDS["other moment"]
GOAL_STANDS = _WORDS["goal stands"]
PERHAPS_OTHER = _WORDS["perhaps another moment"]
BETTING = _WORDS["betting"]
OTHER_SQUAD = _WORDS["other squad"]

SHOUTED_GOAL = re.compile(r"\b(?:g+o{2,}l+|g+o+l{2,}|b+u{2,}t+|t+o{2,}r+|goo+a+l+)\b", re.IGNORECASE)
EXCITED = re.compile(r"!|[⚽🔥🤯🥶🚀🎯😱🐐💥🤩]|\b[A-Z]{4,}\b|([^\W\d_])\1{2,}")
"""How people write while the ball lies in the net."""
QUOTED = re.compile(r"[\"“„«][^\"“”„«»]{12,}[\"”“»]")
"""Somebody's words: an interview, not a goal."""
ODDS = re.compile(
    r"\b(?:odds?|cuota|cote|quota|quote|oran|paying|pagando|paga)"
    r"(?: (?:de|a|at|era|etait|von|est))* ?[@:]? ?\d{1,2}[.,]\d\d\b"
)
BETTING_AUTHOR = re.compile(
    r"bets?\d*$|betting|tips(?:ter)?\d*$|casino|parlay|apuestas|acca|iddaa|bahis", re.IGNORECASE
)
