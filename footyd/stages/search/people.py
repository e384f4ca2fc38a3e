"""A scorer's name as people write it."""

from __future__ import annotations

from functools import lru_cache

from footyd.stages.search.nicknames import NONE, Nicknames, of_players
from footyd.stages.search.words import (
    fold,
    grown,
    is_arabic,
    names,
    phrase,
    spellings,
    split_words,
    wordset,
)

PARTICLES = wordset(
    "al ben bin d da das de del della den der di do dos du el la le ibn st ten ter van von zu"
)
SUFFIXES = wordset("jr jnr junior sr filho neto ii iii")
FAMILY_FIRST = wordset("ahn bae cho choi hong hwang jeong jung kang kim kwon lee oh paik park son yang yoon")
"""Korean family names: written first when a hyphenated given name follows (Son Heung-min)."""
SHORT_NAME = 3
"""Names up to this length are also ordinary words ("son"): they count only with a capital."""


@lru_cache(maxsize=4096)
def surname(player: str | None) -> str:
    """The part that carries the name, particles kept: `V. van Dijk` → `van Dijk`; empty when unknown."""
    parts = [part for part in (player or "").split() if phrase(part) and not _is_initial(part)]
    if not parts or phrase(" ".join(parts)) == "unknown":
        return ""
    if len(parts) > 1 and _is_family_first(parts):
        return parts[0]
    while len(parts) > 1 and phrase(parts[-1]) in SUFFIXES:
        parts.pop()
    start = len(parts) - 1
    while start > 0 and phrase(parts[start - 1]) in PARTICLES:
        start -= 1
    return " ".join(parts[start:])


def _is_initial(part: str) -> bool:
    return part.endswith(".") and len(part) <= 3 and phrase(part) not in SUFFIXES


def _is_family_first(parts: list[str]) -> bool:
    return phrase(parts[0]) in FAMILY_FIRST and "-" in fold(parts[-1])


@lru_cache(maxsize=4096)
def _nicknames(player: str | None) -> Nicknames:
    return of_players().get(phrase(player or "")) or of_players().get(phrase(surname(player))) or NONE


def scorer_spellings(player: str | None) -> tuple[str, ...]:
    """The surname as spelt and folded, then what he is called in Latin letters."""
    name = surname(player)
    called = [nickname for nickname in _nicknames(player).spelt if not is_arabic(nickname)]
    return (*spellings(name), *called) if name else ()


def scorer_queries(player: str | None) -> tuple[str, ...]:
    """What to search for, the likeliest first: the surname's spellings, its Arabic one, what he is called."""
    arabic = [nickname for nickname in _nicknames(player).spelt if is_arabic(nickname)][:1]
    spelt = scorer_spellings(player)
    return (*spelt[:2], *arabic, *spelt[2:]) if spelt else ()


def scorer_names(player: str | None) -> frozenset[str]:
    """Every folded phrase that names him, some of which may name a team too (Valencia)."""
    known, called = _nicknames(player), {phrase(spelling) for spelling in scorer_spellings(player)}
    return frozenset({*called, *(form for name in (*known.names, *known.common) for form in grown(name))})


def names_scorer(padded: str, player: str | None) -> bool:
    """Whether the padded phrase holds the surname, with particle or without, or what he is called."""
    spelt = scorer_spellings(player)
    called = scorer_names(player) - {phrase(spelling) for spelling in spelt}
    return any(_names_one(padded, spelling) for spelling in spelt) or any(
        names(padded.lower(), name) for name in called
    )


def _names_one(padded: str, spelling: str) -> bool:
    words = split_words(spelling)
    full, bare = " ".join(words), words[-1]
    if len(full) <= SHORT_NAME:
        return names(padded, full.capitalize()) or names(padded, full.upper())
    lowered = padded.lower()
    return names(lowered, full.lower()) or (len(bare) > SHORT_NAME and names(lowered, bare.lower()))
