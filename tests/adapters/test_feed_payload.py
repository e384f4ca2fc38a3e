from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from footyd.adapters.feed_payload import Account, parse_account, parse_fixture, parse_reply
from footyd.errors import (
    FeedBadParameter,
    FeedError,
    FeedKeyRefused,
    FeedMalformed,
    FeedPlanRefused,
    FeedQuotaSpent,
    FeedRateLimited,
    FeedSuspended,
    FeedUnavailable,
)
from footyd.model import Fixture, Score

RECORDED = (Path(__file__).parents[2] / "../shared/data/api_football").resolve()
recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded payloads are not here")

# file → fixtures, events, goals on the scoreboards
READ = {
    "live/live_all_2023-03-25_64fx.9jacoder.json": (64, 137, 88),
    "live/live_all_2023-05-13_195fx.goaltrackr.json": (195, 570, 289),
    "live/live_all_2024-02-03_72fx.onsidefutbol.json": (72, 237, 87),
    "live/live_all_2024-02-21_24fx.livefut.json": (24, 64, 37),
    "live/live_all_2024-02-27_14fx.livefut.json": (14, 34, 14),
    "season/fixtures-bra-serie-a-2025.juanfpaz.json": (380, 0, 340),
    "season/fixtures-copa-argentina-2025.juanfpaz.json": (55, 0, 107),
    "season/fixtures-fifa-wc-2022.juanfpaz.json": (64, 0, 172),
    "season/fixtures-mdc-2025.juanfpaz.json": (63, 0, 192),
    "season/fixtures_league135_season2025_380fx_status_extra.fabricators.json": (380, 0, 394),
    "season/fixtures_league39_from-to_2022-08-29_20fx_one_with_events_VAR.scores.json": (20, 19, 57),
    "season/fixtures_league39_season2022_380fx.goaltrackr.json": (380, 0, 1021),
    "single/fixtures_ids_2_PEN_shootouts_full.syurchen93.json": (2, 49, 4),
    "single/fixtures_status_NS-PST_bundesliga.syurchen93.json": (71, 0, 0),
    "single/headtohead.fabricators.json": (18, 0, 35),
    "single/headtohead_mu_mc.syurchen93.json": (8, 0, 29),
}

# file → class and a part of the message
REFUSED: dict[str, tuple[type[FeedError], str]] = {
    "errors/200_ok_neighbour_of_rateLimit_real.http": (FeedMalformed, "promises 2 results and holds 1"),
    "errors/200_parameter_conflict_team.syurchen93.json": (FeedBadParameter, "cannot be used with"),
    "errors/200_rateLimit_burst_real.http": (FeedRateLimited, "Too many requests"),
    "errors/200_required_parameter.syurchen93.json": (FeedBadParameter, "At least one parameter"),
    "errors/error_bodies_quoted.json": (FeedMalformed, "errors: Field required"),
    "evolution/01_2025-03-14T2042Z.viasport.json": (FeedMalformed, "errors: Field required"),
    "evolution/02_2025-03-14T2212Z.viasport.json": (FeedMalformed, "errors: Field required"),
    "evolution/03_2025-03-15T1607Z.viasport.json": (FeedMalformed, "errors: Field required"),
    "evolution/04_2025-03-15T2049Z.viasport.json": (FeedMalformed, "errors: Field required"),
    "evolution/05_2025-03-15T2218Z.viasport.json": (FeedMalformed, "errors: Field required"),
    "evolution/06_2025-03-17T0926Z.viasport.json": (FeedMalformed, "errors: Field required"),
    "evolution/07_2025-03-19T0942Z.viasport.json": (FeedMalformed, "errors: Field required"),
    "evolution/08_2025-03-19T1253Z.viasport.json": (FeedMalformed, "errors: Field required"),
    "live/live_all_2021-04-22_15fx_bare_list_with_odds.betbol.json": (FeedMalformed, "the reply: "),
    "season/fa_cup_2023_CANC_PST_AET_PEN_only.juanfpaz.json": (FeedMalformed, "the reply: "),
    "single/fixtures_events_1049765_romania_diacritics.stefan-dudu.json": (
        FeedMalformed,
        "response.0.fixture",
    ),
    "single/fixtures_events_1049791_romania_diacritics.stefan-dudu.json": (
        FeedMalformed,
        "response.0.fixture",
    ),
    "single/fixtures_events_215662.fabricators.json": (FeedMalformed, "response.0.fixture"),
    "single/fixtures_events_653808.syurchen93.json": (FeedMalformed, "response.0.fixture"),
    "single/fixtures_events_filtered_goal.syurchen93.json": (FeedMalformed, "response.0.fixture"),
    "single/fixtures_live_HT_docs_example.h3ave.json": (FeedMalformed, "promises 4 results and holds 1"),
    "single/leagues_current_de.syurchen93.json": (FeedMalformed, "response.0.fixture"),
    "single/leagues_trimmed_12_of_831.goaltrackr.json": (FeedMalformed, "promises 831 results and holds 12"),
    "single/status_free_redacted.badkaktus.json": (FeedMalformed, "response: Input should be a valid list"),
    "single/status_ultra_redacted.fabricators.json": (
        FeedMalformed,
        "response: Input should be a valid list",
    ),
    "single/teams_league.fabricators.json": (FeedMalformed, "response.0.fixture"),
    "single/teams_search_manchester.syurchen93.json": (FeedMalformed, "response.0.fixture"),
}

# name in error_bodies_quoted.json → class
QUOTED: dict[str, type[FeedError]] = {
    "rate_limit_minute_gateway": FeedRateLimited,
    "rate_limit_minute_old_wording": FeedRateLimited,
    "rate_limit_minute_head2head": FeedRateLimited,
    "rate_limit_429": FeedRateLimited,
    "daily_quota": FeedQuotaSpent,
    "account_suspended_status": FeedSuspended,
    "missing_or_bad_key": FeedKeyRefused,
    "free_plan_ids_parameter": FeedPlanRefused,
    "free_plan_last_parameter": FeedPlanRefused,
    "free_plan_next_parameter": FeedPlanRefused,
    "free_plan_season": FeedPlanRefused,
    "free_plan_date": FeedPlanRefused,
    "ip_not_allowed": FeedKeyRefused,
    "domain_not_allowed": FeedKeyRefused,
    "search_too_short": FeedBadParameter,
    "required_parameter": FeedBadParameter,
    "parameter_conflict": FeedBadParameter,
    "documented_204_body": FeedUnavailable,
    "documented_499_500_body": FeedUnavailable,
}

# snapshot → fixtures, goals on the scoreboards
SNAPSHOTS = {
    "01_2025-03-14T2042Z.viasport.json": (84, 118),
    "02_2025-03-14T2212Z.viasport.json": (84, 122),
    "03_2025-03-15T1607Z.viasport.json": (82, 138),
    "04_2025-03-15T2049Z.viasport.json": (82, 162),
    "05_2025-03-15T2218Z.viasport.json": (82, 165),
    "06_2025-03-17T0926Z.viasport.json": (48, 134),
    "07_2025-03-19T0942Z.viasport.json": (41, 119),
    "08_2025-03-19T1253Z.viasport.json": (41, 119),
}


def body_of(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return text.rpartition("\n\n")[2] if path.suffix == ".http" else text


def scoreboard(fixtures: tuple[Fixture, ...]) -> int:
    return sum(fixture.score.home + fixture.score.away for fixture in fixtures if fixture.score)


def envelope(*fixtures: Any, **changes: Any) -> dict[str, Any]:
    reply = {
        "get": "fixtures",
        "parameters": {"live": "all"},
        "errors": [],
        "results": len(fixtures),
        "paging": {"current": 1, "total": 1},
        "response": list(fixtures),
    }
    return reply | changes


def a_fixture(**changes: Any) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "fixture": {
            "id": 7,
            "date": "2025-03-14T21:45:00+02:00",
            "status": {"long": "Second Half", "short": "2H", "elapsed": 52, "extra": None},
        },
        "league": {"id": 39, "name": "Premier League", "country": "England", "season": 2024, "round": "R 1"},
        "teams": {"home": {"id": 1, "name": "Reds"}, "away": {"id": 2, "name": "Blues"}},
        "goals": {"home": 1, "away": 0},
        "events": [an_event()],
    }
    return payload | changes


def an_event(**changes: Any) -> dict[str, Any]:
    event = {
        "time": {"elapsed": 45, "extra": 2},
        "team": {"id": 1, "name": "Reds"},
        "player": {"id": 10, "name": "Ș. Bodișteanu"},
        "assist": {"id": None, "name": None},
        "type": "Goal",
        "detail": "Normal Goal",
        "comments": None,
    }
    return event | changes


def dumped(reply: object) -> str:
    return json.dumps(reply)


# ---------------------------------------------------------------- recorded replies


@recorded
def test_every_recorded_reply_has_its_expectation() -> None:
    there = {
        str(path.relative_to(RECORDED)) for path in RECORDED.rglob("*") if path.suffix in {".json", ".http"}
    }
    assert there == READ.keys() | REFUSED.keys()
    assert {path.name for path in (RECORDED / "evolution").iterdir()} == SNAPSHOTS.keys()


@recorded
@pytest.mark.parametrize("name", READ)
def test_a_recorded_fixtures_reply_is_read_whole(name: str) -> None:
    text = body_of(RECORDED / name)
    fixtures = parse_reply(text)
    events = sum(len(fixture.events or ()) for fixture in fixtures)
    assert (len(fixtures), events, scoreboard(fixtures)) == READ[name]
    assert [fixture.payload for fixture in fixtures] == json.loads(text)["response"]
    assert all(fixture.kickoff.tzinfo is UTC for fixture in fixtures)
    assert [fixture.kickoff.timestamp() for fixture in fixtures] == [
        fixture.payload["fixture"]["timestamp"] for fixture in fixtures
    ]


@recorded
@pytest.mark.parametrize("name", REFUSED)
def test_a_recorded_reply_that_is_no_whole_fixtures_reply_is_refused_with_its_class(name: str) -> None:
    kind, part = REFUSED[name]
    with pytest.raises(FeedError) as refused:
        parse_reply(body_of(RECORDED / name))
    assert type(refused.value) is kind
    assert part in str(refused.value)
    assert refused.value.remedy


@recorded
@pytest.mark.parametrize("name", SNAPSHOTS)
def test_every_fixture_of_a_dated_snapshot_is_read(name: str) -> None:
    days = json.loads(body_of(RECORDED / "evolution" / name))["data"]
    fixtures = tuple(parse_fixture(payload) for day in days.values() for payload in day)
    assert (len(fixtures), scoreboard(fixtures)) == SNAPSHOTS[name]
    assert {fixture.events for fixture in fixtures} == {None}


@recorded
def test_the_one_recorded_fixture_without_a_league_is_refused_alone() -> None:
    bare = json.loads(body_of(RECORDED / "live/live_all_2021-04-22_15fx_bare_list_with_odds.betbol.json"))
    broken = [payload for payload in bare if "league" not in payload]
    assert len(bare) == 15
    assert [payload["fixture"]["id"] for payload in broken] == [697086]
    with pytest.raises(FeedMalformed, match=r"^league: Field required"):
        parse_fixture(broken[0])
    whole = [parse_fixture(payload) for payload in bare if "league" in payload]
    assert sum(len(fixture.events or ()) for fixture in whole) == 110


@recorded
def test_postponed_cancelled_and_shoot_out_fixtures_of_a_cup_are_read() -> None:
    cup = json.loads(body_of(RECORDED / "season/fa_cup_2023_CANC_PST_AET_PEN_only.juanfpaz.json"))
    fixtures = [parse_fixture(payload) for payload in cup]
    counts = {
        status: sum(fixture.status == status for fixture in fixtures) for status in ("CANC", "AET", "PEN")
    }
    assert counts == {"CANC": 2, "AET": 28, "PEN": 5}
    assert all((fixture.score is None) == (fixture.status == "CANC") for fixture in fixtures)


def quoted_bodies() -> Iterator[tuple[str, int, object]]:
    path = RECORDED / "errors/error_bodies_quoted.json"
    for quoted in json.loads(path.read_text(encoding="utf-8"))["bodies"] if path.is_file() else ():
        body = quoted.get("body") or quoted.get("body_fragment")
        if body is None:
            body = {"errors": quoted.get("errors") or [quoted["errors_text"]]}
        for status in str(quoted["http_status"] or 200).split(" or "):
            yield quoted["name"], int(status), body


@recorded
def test_every_quoted_error_body_has_its_expectation() -> None:
    assert {name for name, _, _ in quoted_bodies()} == QUOTED.keys()


@recorded
@pytest.mark.parametrize(("name", "status", "body"), list(quoted_bodies()))
def test_a_quoted_error_body_is_refused_with_its_class(name: str, status: int, body: object) -> None:
    for parse in (parse_reply, parse_account):
        with pytest.raises(FeedError) as refused:
            parse(dumped(body), status=status)
        assert type(refused.value) is QUOTED[name]
        assert refused.value.remedy


@recorded
@pytest.mark.parametrize(
    ("name", "account"),
    [
        (
            "status_free_redacted.badkaktus.json",
            Account(
                plan="Free",
                active=True,
                ends=datetime(2024, 11, 25, 3, 30, 2, tzinfo=UTC),
                used_today=29,
                day_limit=100,
            ),
        ),
        (
            "status_ultra_redacted.fabricators.json",
            Account(
                plan="Ultra",
                active=True,
                ends=datetime(2026, 1, 19, 21, 32, tzinfo=UTC),
                used_today=30,
                day_limit=75_000,
            ),
        ),
    ],
)
def test_a_recorded_status_reply_gives_the_account(name: str, account: Account) -> None:
    assert parse_account(body_of(RECORDED / "single" / name)) == account


# ---------------------------------------------------------------- what a fixture becomes


def test_a_fixture_keeps_what_the_feed_says_in_our_words() -> None:
    (fixture,) = parse_reply(dumped(envelope(a_fixture())))
    assert (fixture.id, fixture.status, fixture.minute) == (7, "2H", 52)
    assert fixture.kickoff == datetime(2025, 3, 14, 19, 45, tzinfo=UTC)
    assert fixture.kickoff.tzinfo is UTC
    assert fixture.score == Score(home=1, away=0)
    assert (fixture.home.name, fixture.away.name, fixture.league.season) == ("Reds", "Blues", 2024)
    assert fixture.events is not None
    (event,) = fixture.events
    assert (event.minute, event.extra, event.team_id, event.team_name) == (45, 2, 1, "Reds")
    assert (event.player_id, event.player, event.type, event.detail) == (
        10,
        "Ș. Bodișteanu",
        "Goal",
        "Normal Goal",
    )


@pytest.mark.parametrize("player", [None, {}, {"id": None, "name": None}, {"id": None, "name": ""}])
def test_a_scorer_may_be_unknown_in_every_way(player: object) -> None:
    fixture = parse_fixture(a_fixture(events=[an_event(player=player, assist=None)]))
    assert fixture.events is not None
    assert (fixture.events[0].player_id, fixture.events[0].player) == (None, None)


def test_a_fixture_before_kick_off_has_no_score_and_no_events() -> None:
    scheduled = a_fixture(goals={"home": None, "away": None})
    del scheduled["events"]
    fixture = parse_fixture(scheduled)
    assert fixture.score is None
    assert fixture.events is None


def test_an_empty_event_list_is_not_the_same_as_none() -> None:
    assert parse_fixture(a_fixture(events=[])).events == ()


def test_an_event_before_kick_off_may_have_a_negative_minute() -> None:
    fixture = parse_fixture(a_fixture(events=[an_event(time={"elapsed": -5, "extra": None})]))
    assert fixture.events is not None
    assert fixture.events[0].minute == -5


def test_unknown_keys_are_ignored_but_kept_in_the_payload() -> None:
    (fixture,) = parse_reply(dumped(envelope(a_fixture(weather="rain"), newest=1)))
    assert fixture.payload["weather"] == "rain"


def test_an_empty_reply_is_a_reply() -> None:
    assert parse_reply(dumped(envelope())) == ()


def test_bytes_are_read_like_text() -> None:
    reply = dumped(envelope(a_fixture()))
    assert parse_reply(reply.encode()) == parse_reply(reply)


# ---------------------------------------------------------------- the contract


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("fixture", None),
        ("fixture.id", "7"),
        ("fixture.id", True),
        ("fixture.id", 0),
        ("fixture.id", 10**30),
        ("fixture.date", 1741981500),
        ("fixture.date", "2025-03-14T21:45:00"),
        ("fixture.date", "soon"),
        ("fixture.date", "0001-01-01T00:00:00+05:00"),
        ("fixture.status.short", None),
        ("fixture.status.elapsed", "52"),
        ("league.id", None),
        ("league.season", "2024"),
        ("teams.home.id", 1.0),
        ("teams.away.name", ""),
        ("goals.home", -1),
        ("goals.home", None),
        ("goals.away", 1.5),
        ("events", None),
        ("events", {}),
        ("events.0", None),
        ("events.0.time.elapsed", None),
        ("events.0.team.id", None),
        ("events.0.player", "Ș. Bodișteanu"),
        ("events.0.type", None),
        ("events.0.detail", None),
    ],
)
def test_a_bad_field_refuses_the_whole_reply_and_is_named(path: str, value: object) -> None:
    bad = with_value(a_fixture(), path, value)
    named = "goals" if value is None and path == "goals.home" else path
    with pytest.raises(FeedMalformed) as refused:
        parse_reply(dumped(envelope(a_fixture(fixture=a_fixture()["fixture"] | {"id": 8}), bad)))
    assert str(refused.value).startswith(f"response.1.{named}: ")
    with pytest.raises(FeedMalformed) as refused:
        parse_fixture(bad)
    assert str(refused.value).startswith(f"{named}: ")


@pytest.mark.parametrize("path", ["fixture.id", "fixture.status", "league", "teams.home", "goals.away"])
def test_a_missing_field_is_named(path: str) -> None:
    with pytest.raises(FeedMalformed, match=rf"^{path}: Field required"):
        parse_fixture(without(a_fixture(), path))


def with_value(payload: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    changed = copy.deepcopy(payload)
    *steps, last = (int(step) if step.isdecimal() else step for step in path.split("."))
    holder: Any = changed
    for step in steps:
        holder = holder[step]
    holder[last] = value
    return changed


def without(payload: dict[str, Any], path: str) -> dict[str, Any]:
    changed = copy.deepcopy(payload)
    *steps, last = path.split(".")
    holder: Any = changed
    for step in steps:
        holder = holder[step]
    del holder[last]
    return changed


@pytest.mark.parametrize(
    ("reply", "part"),
    [
        (envelope(a_fixture(), results=2), "promises 2 results and holds 1"),
        (envelope(results=1), "promises 1 results and holds 0"),
        (envelope(a_fixture(), results="1"), "results"),
        (envelope(a_fixture(), errors=None), "errors"),
        (envelope(response=None), "response"),
        (envelope(response={}), "response"),
        (envelope("a fixture"), "response.0 is not an object"),
        (envelope(a_fixture(), a_fixture()), "fixture 7 more than once"),
        (envelope(a_fixture(), paging={"current": 1, "total": 2}), "one of 2 pages"),
        ([a_fixture()], "the reply: "),
        ("fixtures", "the reply: "),
        ({"message": "Something went wrong"}, "errors: Field required"),
    ],
)
def test_a_reply_that_breaks_its_own_contract_is_malformed(reply: object, part: str) -> None:
    with pytest.raises(FeedMalformed) as refused:
        parse_reply(dumped(reply))
    assert part in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html><body>Log in to the hotel's network</body></html>",
        dumped(envelope(a_fixture()))[:-20],
        '{"errors": [], "results": NaN}',
        b"\xff\xfe{}",
        "[" * 100_000,
    ],
)
def test_a_body_that_is_not_whole_json_is_unavailable(text: str | bytes) -> None:
    with pytest.raises(FeedUnavailable, match="not whole JSON"):
        parse_reply(text)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (204, FeedUnavailable),
        (302, FeedUnavailable),
        (400, FeedBadParameter),
        (401, FeedKeyRefused),
        (403, FeedSuspended),
        (404, FeedBadParameter),
        (408, FeedUnavailable),
        (429, FeedRateLimited),
        (499, FeedUnavailable),
        (500, FeedUnavailable),
        (502, FeedUnavailable),
        (520, FeedUnavailable),
    ],
)
@pytest.mark.parametrize("body", ["", "<html></html>", "[]", dumped(envelope(a_fixture()))])
def test_an_http_status_other_than_200_has_its_own_class(
    status: int, kind: type[FeedError], body: str
) -> None:
    with pytest.raises(FeedError, match=f"HTTP {status}") as refused:
        parse_reply(body, status=status)
    assert type(refused.value) is kind


def test_what_a_reply_says_of_itself_goes_before_its_http_status() -> None:
    with pytest.raises(FeedQuotaSpent):
        parse_reply(dumped({"errors": {"requests": "You have reached the request limit"}}), status=429)


@pytest.mark.parametrize(
    ("errors", "kind"),
    [
        ({"Ip": "This IP is not allowed to call the API"}, FeedKeyRefused),
        (["Too many requests. Your rate limit is 10 requests per minute."], FeedRateLimited),
        ([{"plan": "Free plans do not have access to this date"}], FeedPlanRefused),
        ("something odd", FeedBadParameter),
        ({"bug": "This is on our side, please report us this bug"}, FeedUnavailable),
        ({"rateLimit": "Too many requests", "access": "Your account is suspended"}, FeedSuspended),
        ({"date": "The Date field must contain a valid date."}, FeedBadParameter),
        ({"rateLimit": None}, FeedRateLimited),
    ],
)
def test_errors_in_any_dress_find_their_class(errors: object, kind: type[FeedError]) -> None:
    with pytest.raises(FeedError) as refused:
        parse_reply(dumped(envelope(errors=errors)))
    assert type(refused.value) is kind


def test_a_long_refusal_becomes_one_short_line() -> None:
    with pytest.raises(FeedBadParameter) as refused:
        parse_reply(dumped(envelope(errors={"x": "word\n" * 500})))
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 260


@pytest.mark.parametrize(
    ("response", "part"),
    [
        ([], "response: "),
        ({}, "response.subscription: Field required"),
        (
            {
                "subscription": {"plan": "Free", "active": 1, "end": None},
                "requests": {"current": 0, "limit_day": 100},
            },
            "response.subscription.active",
        ),
    ],
)
def test_a_status_reply_that_breaks_its_contract_is_malformed(response: object, part: str) -> None:
    with pytest.raises(FeedMalformed) as refused:
        parse_account(dumped(envelope(response=response)))
    assert part in str(refused.value)


# ---------------------------------------------------------------- nothing else ever comes out

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from places(inner, (*path, step))


GOOD = envelope(a_fixture(), a_fixture(fixture=a_fixture()["fixture"] | {"id": 8}))


@given(path=st.sampled_from(list(places(GOOD))), value=json_values, drop=st.booleans())
@example(path=("response", 0, "fixture", "date"), value="9999-12-31T23:59:59-01:00", drop=False)
@example(path=("response", 0, "fixture", "id"), value=8, drop=False)
def test_a_mutated_reply_is_read_whole_or_refused_by_a_feed_error(
    path: tuple[Any, ...], value: object, drop: bool
) -> None:
    reply = copy.deepcopy(GOOD)
    holder: Any = reply
    for step in path[:-1]:
        holder = holder[step]
    if drop:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    with suppress(FeedError):
        assert [fixture.payload for fixture in parse_reply(dumped(reply))] == reply["response"]


@given(st.binary(max_size=200), st.integers(100, 599))
def test_any_bytes_with_any_status_end_in_a_feed_error(body: bytes, status: int) -> None:
    with pytest.raises(FeedError):
        parse_reply(body, status=status)


@given(st.integers(0, len(dumped(GOOD)) - 1))
def test_a_reply_cut_anywhere_is_unavailable(length: int) -> None:
    with pytest.raises(FeedUnavailable):
        parse_reply(dumped(GOOD)[:length])
