"""Team names as people write them, and which teams a text names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from footyd.model import Team, TeamId
from footyd.stages.search.nicknames import NICKNAMES
from footyd.stages.search.words import fold, names, phrase, spellings, split_words, wordset

AFFIXES = wordset(
    """ac afc as bk bsc ca cd cf club cp ec fc fk fsv gd if ifk ik kv nk osc rc rcd res sc sd se sk sl ssc sv
    tsg tsv ud vfb vfl w"""
)
"""Parts of a club's name that nobody writes on their own."""
COMMON_WORDS = wordset(
    """america central colon como gais inter lens moss nice once paris racing reading sport start tigre union
    young"""
)
"""Short names that are also ordinary words: one of them alone does not tell another match."""
NO_ALIASES: Mapping[str, Sequence[str]] = MappingProxyType({})


def short(name: str) -> str:
    """The name without the parts nobody writes: `1. FC Köln` → `Köln`, `VfL Bochum` → `Bochum`."""
    kept = [part for part in name.split() if _is_written(part)]
    return " ".join(kept) or name


def _is_written(part: str) -> bool:
    plain = phrase(part)
    return bool(plain) and plain not in AFFIXES and not plain.isdigit()


def _nicknames(name: str) -> tuple[tuple[str, ...], str]:
    return NICKNAMES.get(phrase(name)) or NICKNAMES.get(phrase(short(name))) or ((), "")


def more_names(name: str, more: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """What a person added for this team, whose name may be written with its accents or without."""
    wanted = phrase(name)
    return tuple(alias for team, added in more.items() if phrase(team) == wanted for alias in added)


def aliases(name: str, more: Mapping[str, Sequence[str]] = NO_ALIASES) -> frozenset[str]:
    """Every phrase that names this team."""
    return _aliases(name, more_names(name, more))


@lru_cache(maxsize=4096)
def _aliases(name: str, more: tuple[str, ...]) -> frozenset[str]:
    written = {phrase(spelling) for text in (name, short(name), *more) for spelling in spellings(text)}
    written.update(_nicknames(name)[0])
    return frozenset(alias for alias in written if len(alias) > 1)


def query_names(name: str, more: Mapping[str, Sequence[str]] = NO_ALIASES) -> tuple[str, ...]:
    """What to search for, the likeliest first: the short name (spelt, folded), added names, two nicknames."""
    spelt = short(name)
    return tuple(dict.fromkeys((spelt, fold(spelt), *more_names(name, more), *_nicknames(name)[0][:2])))


@lru_cache(maxsize=4096)
def code(name: str) -> str:
    """Three letters as score boards and hashtags use them."""
    return _nicknames(name)[1] or "".join(split_words(short(name)))[:3].upper()


def teams_named(
    padded: str,
    own: Sequence[Team],
    others: Sequence[Team] = (),
    more: Mapping[str, Sequence[str]] = NO_ALIASES,
) -> dict[TeamId, str]:
    """Team id → the alias found: the longest name wins ("Inter Miami" is no Inter), a shared one is ours."""
    owners = {alias: team.id for team in (*others, *own) for alias in aliases(team.name, more)}
    text = padded.lower()
    there = [alias for alias in owners if names(text, alias)]
    found: dict[TeamId, str] = {}
    for alias in sorted(there, key=lambda one: (-len(one), one)):
        if names(text, alias):
            text = _without(text, alias)
            found.setdefault(owners[alias], alias)
    return found


def _without(padded: str, alias: str) -> str:
    return padded.replace(f" {alias} ", " | ").replace(f" {alias.replace(' ', '')} ", " | ")


def codes_named(padded: str, home: Team, away: Team) -> bool:
    """Whether both codes stand there: `ARS 1-0 CHE` or `#ARSCHE`; one alone could be any word."""
    one, two = code(home.name), code(away.name)
    if one == two:
        return False
    joined = padded.upper()
    return (names(padded, one) and names(padded, two)) or names(joined, one + two) or names(joined, two + one)
