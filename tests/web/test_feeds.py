"""The feeds, read by programs that know nothing of us: feedparser and icalendar."""

from __future__ import annotations

import base64
from calendar import timegm
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import feedparser
import pytest
from icalendar import Calendar

from footyd.adapters.mongo import Store
from footyd.model import FixtureState, Goal, GoalState
from tests.builders import KICKOFF
from tests.web.days import add_goals, add_match, goal_of
from tests.web.kept import keep, keeper_of
from tests.web.site import Site, opened

TOKEN = "a-token-of-the-test"
BODY = b"video" * 100


async def one_clip(site: Site, player: str = "A. Striker", *, minutes: int = 0, match: int = 1) -> Goal:
    await add_match(site.store, match, score=(1, 0))
    goal = replace(goal_of(match, (1, 0), state=GoalState.CONFIRMED), player=player)
    await add_goals(site.store, goal)
    await keep(
        site.store,
        site.library,
        (keeper_of(goal, 1, BODY, kept_at=KICKOFF + timedelta(hours=1, minutes=minutes)), BODY),
    )
    return goal


async def clips(site: Site, path: str = "/feeds/clips.atom", **given: Any) -> Any:
    """The feed as a reader sees it, which complains of nothing."""
    answer = await site.get(path, **given)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    found = feedparser.parse(answer.body, response_headers={"content-type": answer.headers["Content-Type"]})
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    return found


async def matches(site: Site, path: str = "/feeds/fixtures.ics") -> dict[str, Any]:
    """The calendar's events by summary."""
    answer = await site.get(path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert all(len(line) <= 75 for line in answer.body.split(b"\r\n")), "a line is not folded"
    calendar = Calendar.from_ical(answer.body)
    assert calendar["version"] == "2.0"
    assert "method" not in calendar, "an invitation could be answered; this is only to be looked at"
    return {str(event["summary"]): event for event in calendar.walk("VEVENT")}


# ---------------------------------------------------------------- clips


async def test_a_clip_is_an_entry_with_its_video_as_enclosure(site: Site) -> None:
    goal = await one_clip(site)
    found = await clips(site)
    [entry] = found.entries
    assert entry.title == "Port Maren v Ostheim Athletic: Port Maren 1-0, 23' A. Striker"
    assert entry.link == f"{site.address}/goals/{goal.id}"
    [enclosure] = entry.enclosures
    assert (enclosure.type, int(enclosure.length)) == ("video/mp4", len(BODY))
    played = await site.get(enclosure.href.removeprefix(site.address))
    assert (played.status, played.body) == (200, BODY)
    assert datetime.fromtimestamp(timegm(entry.updated_parsed), UTC) == KICKOFF + timedelta(hours=1)
    assert found.feed.updated == entry.updated
    assert [one.href for one in found.feed.links if one.rel == "self"] == [f"{site.address}/feeds/clips.atom"]


async def test_all_that_the_format_asks_of_feed_and_entry_is_there(site: Site) -> None:
    await one_clip(site)
    feed = Xml.fromstring((await site.get("/feeds/clips.atom")).body)  # noqa: S314  # it is our own
    atom = "{http://www.w3.org/2005/Atom}"
    for element in (feed, *feed.findall(f"{atom}entry")):
        assert [len(element.findall(f"{atom}{name}")) for name in ("id", "title", "updated")] == [1, 1, 1]
    assert feed.findtext(f"{atom}author/{atom}name") == "footyd"
    ids = [element.text for element in feed.iter(f"{atom}id")]
    assert len(set(ids)) == len(ids)
    assert all(id and id.startswith("urn:uuid:") for id in ids)


async def test_the_newest_comes_first_and_its_id_outlives_a_corrected_scorer(site: Site) -> None:
    goal = await one_clip(site, "wrong")
    await one_clip(site, "B. Later", minutes=5, match=2)
    before = await clips(site)
    assert [entry.title.rpartition(" ")[2] for entry in before.entries] == ["Later", "wrong"]
    await site.store.database.goals.update_one({"_id": goal.id}, {"$set": {"player": "C. Right"}})
    after = await clips(site)
    assert after.entries[1].title.endswith("C. Right")
    assert [entry.id for entry in after.entries] == [entry.id for entry in before.entries]
    assert len((await clips(site, "/feeds/clips.atom?limit=1")).entries) == 1


async def test_clips_of_a_goal_that_was_taken_back_leave_the_feed(site: Site) -> None:
    goal = await one_clip(site)
    await site.store.goals.cancel(goal.id, site.now)
    assert (await clips(site)).entries == []


async def test_a_name_that_xml_cannot_hold_costs_only_those_letters(site: Site) -> None:
    await one_clip(site, "A. <St>riker & \x0b\ufffe Sons")
    assert (await clips(site)).entries[0].title.endswith("A. <St>riker &  Sons")


async def test_spoilers_can_be_left_out(site: Site) -> None:
    await one_clip(site)
    [entry] = (await clips(site, "/feeds/clips.atom?spoilers=hide")).entries
    assert "Striker" not in str(entry.title) + str(entry.summary)
    assert "1-0" not in str(entry.title)
    assert "Port Maren v Ostheim Athletic" in await matches(site, "/feeds/fixtures.ics?spoilers=hide")


async def test_a_calendar_without_scores_does_not_tell_of_extra_time_either(site: Site) -> None:
    await add_match(site.store, 1, status="ET", score=(1, 1), minute=95)
    for path, hours in (("/feeds/fixtures.ics", 2.75), ("/feeds/fixtures.ics?spoilers=hide", 2)):
        [event] = (await matches(site, path)).values()
        assert event["dtend"].dt - event["dtstart"].dt == timedelta(hours=hours)


async def test_a_feed_that_did_not_change_is_not_sent_again(site: Site) -> None:
    await one_clip(site)
    for path in ("/feeds/clips.atom", "/feeds/fixtures.ics"):
        tag = (await site.get(path)).headers["Etag"]
        site.now += timedelta(minutes=1)
        assert (await site.get(path, headers={"If-None-Match": tag})).status == 304
    await one_clip(site, match=2)
    assert (await site.get(path, headers={"If-None-Match": tag})).status == 200


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "spoilers=no", "token=x"])
async def test_a_parameter_that_means_nothing_is_refused(site: Site, query: str) -> None:
    assert (await site.get(f"/feeds/clips.atom?{query}")).status == 400


# ---------------------------------------------------------------- addresses and access


async def test_addresses_are_those_of_the_proxy_in_front(store: Store, tmp_path: Path) -> None:
    settings = {"web": {"prefix": "/footyd", "hosts": ["home.example"]}}
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "home.example"}
    async with opened(store, tmp_path, settings) as site:
        await one_clip(site)
        found = await clips(site, "/footyd/feeds/clips.atom?limit=5", headers=told)
        root = "https://home.example/footyd"
        assert found.feed.links[0].href == f"{root}/feeds/clips.atom?limit=5"
        assert found.entries[0].enclosures[0].href.startswith(f"{root}/media/clips/1-")
        taken_off = await clips(site, "/feeds/clips.atom", headers=told)
        assert taken_off.feed.links[0].href == f"{root}/feeds/clips.atom"


async def test_a_stranger_cannot_tell_us_our_name(store: Store, tmp_path: Path) -> None:
    async with opened(store, tmp_path, {"web": {"trusted_proxies": []}}) as site:
        await one_clip(site)
        found = await clips(site, headers={"X-Forwarded-Host": "evil.example"})
        assert found.entries[0].link.startswith(site.address)


async def test_programs_come_in_with_the_token_as_password_of_any_name(store: Store, tmp_path: Path) -> None:
    async with opened(store, tmp_path, {"web": {"token": TOKEN}}) as site:
        await one_clip(site)
        refused = await site.get("/feeds/clips.atom")
        assert (refused.status, refused.headers["WWW-Authenticate"]) == (401, 'Basic realm="footyd"')
        basic = "Basic " + base64.b64encode(f"me:{TOKEN}".encode()).decode()
        found = await clips(site, headers={"Authorization": basic})
        video = found.entries[0].enclosures[0].href.removeprefix(site.address)
        assert (await site.get(video, headers={"Authorization": basic})).body == BODY
        assert (await site.get(f"/feeds/clips.atom?token={TOKEN}")).status == 401


# ---------------------------------------------------------------- matches


async def test_a_followed_match_is_an_event_in_utc(site: Site) -> None:
    await add_match(site.store, 1, state=FixtureState.STAGING)
    [(summary, event)] = (await matches(site)).items()
    assert summary == "Port Maren v Ostheim Athletic"
    assert (event["uid"], event["status"]) == ("fixture-1@footyd", "CONFIRMED")
    assert (event["dtstart"].dt, event["dtend"].dt) == (KICKOFF, KICKOFF + timedelta(hours=2))
    assert event["dtstamp"].dt == site.now
    assert b"DTSTART:20260822T140000Z" in event.to_ical()
    assert event["url"] == f"{site.address}/?day=2026-08-22"


@pytest.mark.parametrize(
    ("status", "summary", "told"),
    [
        ("FT", "Port Maren 2–1 Ostheim Athletic", "CONFIRMED"),
        ("PST", "Postponed: Port Maren v Ostheim Athletic", "TENTATIVE"),
        ("CANC", "Cancelled: Port Maren v Ostheim Athletic", "CANCELLED"),
        ("TBD", "Port Maren v Ostheim Athletic", "TENTATIVE"),
    ],
)
async def test_what_becomes_of_a_match_is_told_under_the_same_uid(
    site: Site, status: str, summary: str, told: str
) -> None:
    score = (2, 1) if status == "FT" else None
    await add_match(site.store, 1, state=FixtureState.COMPLETED, status=status, score=score)
    event = (await matches(site))[summary]
    assert (event["uid"], event["status"]) == ("fixture-1@footyd", told)


async def test_long_names_with_commas_and_breaks_survive(site: Site) -> None:
    await add_match(site.store, 1)
    name = "Çâğrı; Spor, Kulübü\\ " + "ğ" * 90 + "\nII"
    await site.store.database.fixtures_active.update_one({"_id": 1}, {"$set": {"home.name": name}})
    assert f"{name} v Ostheim Athletic" in await matches(site)


async def test_matches_that_are_not_followed_any_more_leave_the_calendar(
    store: Store, tmp_path: Path
) -> None:
    async with opened(store, tmp_path, {"follow": {"leagues": [40], "teams": [31]}}) as site:
        for number, league in ((1, 39), (2, 40), (3, 39)):
            await add_match(site.store, number, league=league)
        assert {str(e["uid"]) for e in (await matches(site)).values()} == {
            "fixture-2@footyd",
            "fixture-3@footyd",
        }
