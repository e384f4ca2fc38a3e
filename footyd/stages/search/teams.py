"""Team names as people write them, and which teams a text names."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

from footyd.model import Team, TeamId
from footyd.stages.search.nicknames import NONE, Nicknames, of_teams
from footyd.stages.search.words import fold, grown, is_arabic, names, phrase, spellings, split_words, wordset

AFFIXES = wordset(
    """ac afc as bk bsc ca cd cf club cp ec fc fk fsv gd if ifk ik kv nk osc rc rcd res sc sd se sk sl ssc sv
    tsg tsv ud vfb vfl w"""
)
"""Parts of a club's name that nobody writes on their own."""
COMMON_WORDS = wordset(
    """america ads az central colon como crew defensa excelsior forest fortuna galaxy gais inter lens milan
    moss nac nacional nice ol om once palace paris racing rapids reading rio river saints santos sparta sport
    spurs start tigre tigres union villa young"""
)
"""Short names that are also ordinary words: one of them alone does not tell another match."""
LONGEST = 5
"""Words in the longest name that is looked for."""
NO_ALIASES: Mapping[str, Sequence[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A team named in a text: by which name, as its how manieth word."""

    alias: str
    at: int


@lru_cache(maxsize=4096)
def short(name: str) -> str:
    """The name without the parts nobody writes: `1. FC Köln` → `Köln`, `VfL Bochum` → `Bochum`."""
    kept = [part for part in name.split() if _is_written(part)]
    return " ".join(kept) or name


def _is_written(part: str) -> bool:
    plain = phrase(part)
    return bool(plain) and plain not in AFFIXES and not plain.isdigit()


@lru_cache(maxsize=4096)
def _nicknames(name: str) -> Nicknames:
    return of_teams().get(phrase(name)) or of_teams().get(phrase(short(name))) or NONE


def more_names(name: str, more: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """What a person added for this team, whose name may be written with its accents or without."""
    wanted = phrase(name)
    return tuple(alias for team, added in more.items() if phrase(team) == wanted for alias in added)


def aliases(name: str, more: Mapping[str, Sequence[str]] = NO_ALIASES) -> frozenset[str]:
    """Every folded phrase that names this team and no other."""
    return _aliases(name, more_names(name, more))


@lru_cache(maxsize=4096)
def _aliases(name: str, more: tuple[str, ...]) -> frozenset[str]:
    written = {phrase(spelling) for text in (name, short(name), *more) for spelling in spellings(text)}
    written.update(_nicknames(name).names)
    return frozenset(form for alias in written if len(alias) > 1 for form in grown(alias))


def query_names(
    name: str, more: Mapping[str, Sequence[str]] = NO_ALIASES, *, arabic: bool = False
) -> tuple[str, ...]:
    """What to search for, the likeliest first: the short name (spelt, folded), added names, two nicknames."""
    spelt, nicknames = short(name), _nicknames(name).spelt
    further = [one for one in nicknames if not names(f" {phrase(one)} ", phrase(spelt))]
    latin = [nickname for nickname in further if not is_arabic(nickname)][:2]
    other = [nickname for nickname in further if is_arabic(nickname)][:1] if arabic else []
    return tuple(dict.fromkeys((spelt, fold(spelt), *other, *more_names(name, more), *latin)))


@lru_cache(maxsize=4096)
def codes(name: str) -> tuple[str, ...]:
    """Letters as score boards and hashtags use them."""
    return _nicknames(name).codes or ("".join(split_words(short(name)))[:3].upper(),)


def teams_named(
    padded: str,
    own: Sequence[Team],
    others: Sequence[Team] = (),
    more: Mapping[str, Sequence[str]] = NO_ALIASES,
) -> dict[TeamId, Mention]:
    """Who is named where: the longest name wins ("Inter Miami" is no Inter), a shared one is ours."""
    owners = _owners(tuple(own), tuple(others), tuple((team, tuple(added)) for team, added in more.items()))
    found: dict[TeamId, Mention] = {}
    for mention in _mentions(padded, owners):
        found.setdefault(owners[mention.alias], mention)
    return found


@lru_cache(maxsize=64)
def _owners(
    own: tuple[Team, ...], others: tuple[Team, ...], more: tuple[tuple[str, tuple[str, ...]], ...]
) -> dict[str, TeamId]:
    added = dict(more)
    common = ((team, form) for team in own for word in _nicknames(team.name).common for form in grown(word))
    plain = ((team, alias) for team in (*others, *own) for alias in aliases(team.name, added))
    return {form: team.id for team, alias in (*common, *plain) for form in (alias, alias.replace(" ", ""))}


def _mentions(padded: str, known: Mapping[str, object]) -> Iterable[Mention]:
    words = padded.lower().split()
    at = 0
    while at < len(words):
        ends = range(min(at + LONGEST, len(words)), at, -1)
        end = next((end for end in ends if " ".join(words[at:end]) in known), 0)
        if end:
            yield Mention(alias=" ".join(words[at:end]), at=at)
        at = end or at + 1


def other_clubs(padded: str) -> frozenset[str]:
    """The names of well-known clubs in the text, whether they play today or not."""
    return frozenset(mention.alias for mention in _mentions(padded, _clubs()))


@cache
def _clubs() -> dict[str, None]:
    clubs = [name for name, nicknames in of_teams().items() if not nicknames.nation]
    return {alias: None for club in clubs for alias in aliases(club) if alias not in COMMON_WORDS}


def match_code(home: str, away: str) -> tuple[str, ...]:
    """The match as its hashtag names it, ARSCHE, where both codes are known; else nothing."""
    one, two = _nicknames(home).codes[:1], _nicknames(away).codes[:1]
    return (one[0] + two[0],) if one and two and one != two else ()


def codes_named(padded: str, home: Team, away: Team) -> bool:
    """Whether both codes stand there: `ARS 1-0 CHE` or `#ARSCHE`; one alone could be any word."""
    joined = padded.upper()
    return any(
        (names(padded, one) and names(padded, two)) or names(joined, one + two) or names(joined, two + one)
        for one, two in itertools.product(codes(home.name), codes(away.name))
        if one != two
    )
