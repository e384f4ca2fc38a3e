"""The tables of names, against themselves and against the names that the feed really sends."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from footyd.model import Team, TeamId
from footyd.stages.search.nicknames import of_players, of_teams
from footyd.stages.search.people import names_scorer
from footyd.stages.search.teams import aliases, codes_named, other_clubs, query_names, teams_named
from footyd.stages.search.words import is_arabic, padded_phrase, phrase
from tests.stages.search_world import make_fixture

FEED = (Path(__file__).parents[2] / "../shared/data/api_football").resolve()
BIG_LEAGUES = {39: 20, 140: 20, 135: 20, 78: 18, 61: 2, 88: 4, 94: 3, 71: 20, 2: 18, 15: 32, 1: 32}
"""Leagues of the recorded replies that ship with names, and of how many teams at least the replies tell."""


def replies(value: Any) -> Iterator[tuple[int, str]]:
    """League id and team name of every fixture in a reply."""
    if isinstance(value, list):
        for one in value:
            yield from replies(one)
    elif isinstance(value, dict):
        teams, league = value.get("teams"), value.get("league")
        if isinstance(teams, dict) and isinstance(league, dict) and {"home", "away"} <= teams.keys():
            yield from ((league.get("id", 0), teams[side]["name"]) for side in ("home", "away"))
        for one in value.values():
            yield from replies(one)


@pytest.mark.skipif(not FEED.is_dir(), reason="the recorded replies of the feed are not here")
def test_every_team_of_the_big_leagues_is_known_by_the_name_the_feed_gives_it() -> None:
    teams: defaultdict[int, set[str]] = defaultdict(set)
    for file in FEED.rglob("*.json"):
        for league, name in replies(json.loads(file.read_text(encoding="utf-8"))):
            teams[league].add(name)
    assert {league for league, count in BIG_LEAGUES.items() if len(teams[league]) < count} == set()
    unknown = {name for league in BIG_LEAGUES for name in teams[league] if phrase(name) not in of_teams()}
    assert unknown == set()


# ---------------------------------------------------------------- the tables


def test_a_nickname_belongs_to_one_club_of_a_kind_unless_it_is_marked_as_common() -> None:
    """Shared by a few on purpose: the feed has two of that name, in leagues far apart."""
    owners: defaultdict[str, set[int]] = defaultdict(set)
    for nicknames in of_teams().values():
        for alias in nicknames.names:
            owners[alias].add(id(nicknames))
    shared = {alias for alias, clubs in owners.items() if len(clubs) > 1}
    assert shared == {"fcb", "tfc", phrase("الأهلي")}


def test_every_team_has_a_code() -> None:
    assert [name for name, nicknames in of_teams().items() if not nicknames.codes] == []


def test_forty_clubs_and_forty_players_can_be_read_in_arabic() -> None:
    clubs = {id(one) for one in of_teams().values() if not one.nation and any(map(is_arabic, one.names))}
    players = {id(one) for one in of_players().values() if any(map(is_arabic, one.names))}
    assert min(len(clubs), len(players)) >= 40


@pytest.mark.parametrize(
    ("feed", "written"),
    [
        ("Bayern München", "Bayern Munich"),
        ("Bayern München", "FC Bayern"),
        ("1.FC Köln", "cologne"),
        ("1. FC Köln", "Koeln"),
        ("Borussia Mönchengladbach", "Gladbach"),
        ("Paris Saint Germain", "#PSG"),
        ("Vasco DA Gama", "Vasco"),
        ("Atletico-MG", "Galo"),
        ("Beşiktaş", "BJK"),
        ("Fenerbahce", "Fenerbahçe'nin"),
        ("İstanbul Başakşehir", "başakşehir"),
        ("Al-Hilal Saudi FC", "للهلال"),
        ("Manchester City", "ومانشستر سيتي"),
        ("Türkiye", "Turkey"),
        ("Bodo/Glimt", "Bodø/Glimt"),
        ("Los Angeles FC", "LAFC"),
        ("Arsenal W", "Arsenal"),
        ("Newells Old Boys", "Newell's"),
        ("U.N.A.M. - Pumas", "Pumas"),
    ],
)
def test_a_team_is_known_by_what_people_write(feed: str, written: str) -> None:
    team = Team(id=TeamId(1), name=feed)
    assert teams_named(padded_phrase(f"{written} 1-0!"), [team]).keys() == {TeamId(1)}


def test_a_common_nickname_names_a_team_of_the_match_and_nobody_elsewhere() -> None:
    match = make_fixture(1, "Manchester City", "Bournemouth")
    words = padded_phrase("City lead")
    assert teams_named(words, [match.home, match.away]).keys() == {match.home.id}
    assert teams_named(words, [match.away], [match.home]) == {}


def test_a_name_added_in_the_config_names_its_team() -> None:
    team = make_fixture(1, "1. FC Köln", "Moss").home
    words = padded_phrase("Die Domstädter führen")
    added = {"1.FC KOLN": ("Domstädter",)}
    assert teams_named(words, [team]) == {}
    assert teams_named(words, [team], more=added).keys() == {team.id}
    assert phrase("Domstädter") in aliases("1. FC Köln", added)


@pytest.mark.parametrize("text", ["GS 1-0 FB", "#GSFB", "#FENGAL", "#FBvGS FB GS"])
def test_two_codes_together_name_the_match(text: str) -> None:
    match = make_fixture(1, "Galatasaray", "Fenerbahce")
    assert codes_named(padded_phrase(text), match.home, match.away)


def test_one_code_or_the_same_twice_names_nothing() -> None:
    match = make_fixture(1, "Inter", "Internacional")
    assert not codes_named(padded_phrase("INT 1-0 INT"), match.home, match.away)
    assert not codes_named(padded_phrase("INT 1-0"), match.home, make_fixture(2, "Moss", "Bryne").home)


def test_clubs_that_do_not_play_are_recognised_but_not_nations_nor_ordinary_words() -> None:
    words = padded_phrase("Brazil's number nine, once of Real Madrid, at home in Nice, young and racing")
    assert other_clubs(words) == {"real madrid"}


def test_arabic_is_searched_for_as_it_is_written_not_as_it_is_folded() -> None:
    assert "أرسنال" in query_names("Arsenal", arabic=True)
    assert "أرسنال" not in query_names("Arsenal")


@pytest.mark.parametrize(
    ("player", "written"),
    [
        ("L. Martínez", "LAUTAROOOO"),
        ("Lautaro Martínez", "El Toro"),
        ("Cristiano Ronaldo", "CR7"),
        ("Cristiano Ronaldo", "لرونالدو"),
        ("Son Heung-Min", "Sonny"),
        ("V. van Dijk", "VVD"),
        ("Vinícius Júnior", "VINI JR"),
        ("B. Saka", "Sakaaaaaaa"),
        ("Ö. Şahin", "sahin"),
        ("C. Işık", "ISIK"),
        ("I. İnan", "inan"),
    ],
)
def test_a_scorer_is_known_by_what_he_is_called(player: str, written: str) -> None:
    assert names_scorer(padded_phrase(f"Gol {written}!"), player)
