from __future__ import annotations

import pytest

from footyd.demo.query import matches

POST = "GOAL! NK Vrelograd [1]-0 Étoile Brévence | M. Šarović 12' #VREETO"


@pytest.mark.parametrize(
    "query",
    [
        "vrelograd",
        "Sarovic",
        '"Etoile Brevence"',
        "Šarović (Vrelograd OR Fjærvik)",
        "(nobody OR Sarovic) (Fjærvik OR Vrelograd) filter:native_video -filter:retweets",
        "Vrelograd since:2026-03-07 min_faves:3",
        "#VREETO",
        "(vrelograd -fjaervik)",
        "nobody OR (goal 12)",
    ],
)
def test_a_query_finds_the_post_it_describes(query: str) -> None:
    assert matches(query, POST)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "filter:videos",
        "Fjaervik",
        "Vrelo",
        '"Brevence Etoile"',
        "Sarovic (Fjaervik OR Losina)",
        "Vrelograd -Sarovic",
        "nobody OR (goal 13)",
    ],
)
def test_a_query_does_not_find_what_it_does_not_describe(query: str) -> None:
    assert not matches(query, POST)


@pytest.mark.parametrize("query", [")", "(", "OR", '"', "(Vrelograd", "((("])
def test_a_broken_query_is_read_without_an_error(query: str) -> None:
    matches(query, POST)
