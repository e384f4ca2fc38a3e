"""A season as API-Football would tell it, poll by poll: whole HTTP replies, a function of seed and time.

Shapes, refusals and what is wrong with them follow the provider's documentation (v3) and recorded replies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from zoneinfo import ZoneInfo

from footyd.demo.feed_payloads import fixture_payload
from footyd.demo.season import ROUND_MINUTES, Season
from footyd.demo.season_noise import noisy
from footyd.demo.season_reply import (
    LASTING,
    RATES,
    REFUSED,
    Payload,
    Reply,
    Trouble,
    refused_reply,
    reply,
)
from footyd.demo.season_spells import Noise, NoisyMatch, told

POLL_MINUTES = 5.0
MAX_IDS = 20
_MEMORY_POLLS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalKey:
    """A true goal: the match and its place among the match's goals."""

    fixture_id: int
    place: int


class SeasonPlayer:
    """Answers questions at given times; the same seed answers the same. Counts what it was asked and did.

    `names` holds what the feed last said of each goal's scorer in a reply that nobody has to refuse.
    """

    def __init__(self, season: Season, seed: int, *, poll_minutes: float = POLL_MINUTES) -> None:
        self.season = season
        self.seed = seed
        self.matches = tuple(
            noisy(fixture, Random(f"{seed} {fixture.id}"), poll_minutes) for fixture in season.fixtures
        )
        self.calls: Counter[str] = Counter()
        self.troubles: Counter[Trouble] = Counter()
        self.names: dict[GoalKey, str | None] = {}
        self._noise: set[tuple[Noise, int, int]] = set()
        self._draws: dict[float, Trouble | None] = {}
        self._poll_minutes = poll_minutes

    @property
    def noise(self) -> Counter[Noise]:
        """In how many events (or matches) each kind was shown."""
        return Counter(kind for kind, _, _ in self._noise)

    def answer(self, asked: Mapping[str, str], now: datetime) -> Reply:
        """The reply to `/fixtures` with `live`, `id`, `ids` or `date`."""
        question = next((name for name in ("live", "id", "ids", "date") if name in asked), "")
        self.calls[question] += 1
        minute, spent = self.season.minute(now), self.calls.total()
        if question == "date":
            return reply(asked, self._day(asked, minute), spent=spent)
        if not question:
            return reply(asked, [], spent=spent, errors={"required": "At least one parameter is required."})
        wanted = [] if asked[question] == "all" else [int(part) for part in asked[question].split("-")]
        if question == "ids" and len(wanted) > MAX_IDS:
            return reply(asked, [], spent=spent, errors={"ids": "Maximum of 20 ids allowed."})
        if question == "live":
            shown = self._live(wanted, minute)
        else:
            shown = [match for match in reversed(self.matches) if match.script.id in wanted]
        return self._troubled(asked, shown, minute, self._trouble(minute))

    # ---------------------------------------------------------------- who is shown

    def _live(self, leagues: Sequence[int], minute: float) -> list[NoisyMatch]:
        if leagues and self.season.league.id not in leagues:
            return []
        return [match for match in self._round(minute) if match.script.in_play(minute)]

    def _round(self, minute: float) -> Sequence[NoisyMatch]:
        size = len(self.season.rounds[0])
        number = int(minute // ROUND_MINUTES)
        return self.matches[number * size : (number + 1) * size]

    def _day(self, asked: Mapping[str, str], minute: float) -> list[Payload]:
        day, zone = date.fromisoformat(asked["date"]), ZoneInfo(asked.get("timezone", "UTC"))
        scripts = [match.script for match in self.matches]
        today = [script for script in scripts if script.kickoff.astimezone(zone).date() == day]
        return [fixture_payload(script, minute, events=False) for script in today]

    # ---------------------------------------------------------------- what is wrong with the reply

    def _trouble(self, minute: float) -> Trouble | None:
        """The same for every question of a moment; no regression soon after another.

        A goal that is denied in two polls running is taken back: that is a promise, not a fault.
        """
        now, *before = (self._drawn(minute - ago * self._poll_minutes) for ago in range(_MEMORY_POLLS))
        if now is Trouble.REGRESSED and Trouble.REGRESSED in before:
            return None
        return now or (before[0] if before[0] in LASTING else None)

    def _drawn(self, minute: float) -> Trouble | None:
        if minute not in self._draws:
            self._draws[minute] = self._draw(minute)
        return self._draws[minute]

    def _draw(self, minute: float) -> Trouble | None:
        draw = Random(f"{self.seed} {minute:g}").random()
        for trouble, rate in RATES.items():
            draw -= rate
            if draw < 0:
                return trouble
        return None

    def _troubled(
        self, asked: Mapping[str, str], shown: Sequence[NoisyMatch], minute: float, trouble: Trouble | None
    ) -> Reply:
        if trouble and shown:
            self.troubles[trouble] += 1
        if trouble in REFUSED:
            payloads = [fixture_payload(match.script, minute) for match in shown]
            return refused_reply(trouble, asked, payloads, spent=self.calls.total())
        if trouble is Trouble.LEFT_OUT:
            shown = shown[1:]
        whole = "live" not in asked
        payloads = [self._payload(match, place, minute, trouble, whole) for place, match in enumerate(shown)]
        return reply(asked, payloads, spent=self.calls.total())

    def _payload(
        self, match: NoisyMatch, place: int, minute: float, trouble: Trouble | None, whole: bool
    ) -> Payload:
        payload = fixture_payload(match.script, minute, whole=whole)
        silent = trouble in {Trouble.NO_EVENTS, Trouble.REGRESSED} or (
            trouble is Trouble.HALF_EMPTY and place % 2 == 0
        )
        refused = whole and trouble is Trouble.LEFT_OUT  # who asks by id has to miss what was left out
        payload["events"] = list(self._lines(match, payload, minute, silent=silent, refused=refused))
        if trouble is Trouble.NO_GOALS:
            payload["goals"] = {"home": None, "away": None}
        elif trouble is Trouble.REGRESSED:
            payload["goals"] = {"home": 0, "away": 0}
        return payload

    def _lines(
        self, match: NoisyMatch, payload: Payload, minute: float, *, silent: bool, refused: bool
    ) -> Iterator[Payload]:
        """The event lines with their noise; the score is set back where it lags behind them."""
        own = match.script.own_minute(minute)
        if match.late_start:
            self._noise.add((Noise.LATE_START, match.script.id, 0))
        shown = (one for one in match.events if own >= one.event.shown_at)
        for number, (one, line) in enumerate(zip(shown, payload["events"], strict=True)):
            spells = one.active(own)
            if any(spell.noise is Noise.LATE_SCORE for spell in spells):
                payload["goals"]["home" if one.event.club == match.script.home else "away"] -= 1
            if silent:
                continue
            self._noise.update((spell.noise, match.script.id, number) for spell in spells)
            lines = told(line, one.event, spells) if spells else [line]
            if lines and not refused and one.goal is not None and (name := line["player"]["name"]):
                self.names[GoalKey(fixture_id=match.script.id, place=one.goal)] = name
            yield from lines
