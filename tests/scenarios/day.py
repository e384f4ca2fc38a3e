"""Scenarios of kind day, played through `Matchday` on a real mongod; the feed is a script behind HTTP."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import httpx
from pydantic import HttpUrl

from footyd.adapters.api_football import ApiFootball
from footyd.adapters.mongo import Store, open_store
from footyd.config import ApiFootballConfig, Config, Retry
from footyd.errors import FeedError
from footyd.matchday import CycleReport, Matchday
from footyd.model import IN_PLAY, FixtureId, GoalOutcome, GoalRecord, GoalState, ProcessingStatus
from footyd.pipeline import QUARANTINE
from tests.scenarios.play import agree, compare, compare_end
from tests.scenarios.replies import body
from tests.scenarios.words import FIRST_DAY, Disagreement, Scenario, Shown, Step, told, when

_FEED = ApiFootballConfig(
    base_url=HttpUrl("http://feed.invalid"), retry=Retry(attempts=1, first_wait_seconds=0)
)


@dataclass(slots=True)
class Feed:
    """Answers from the step being played: `live=` with what is in play, `id`/`ids` with what was asked."""

    step: Step | None = None
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert self.step
        question = dict(request.url.params)
        matches = self._answer(question)
        return httpx.Response(
            200, text=body(matches, fault=self.step.fault, with_events="date" not in question)
        )

    def _answer(self, question: dict[str, str]) -> Sequence[Shown]:
        assert self.step
        if day := question.get("date"):
            self.asked.append(f"day {(datetime.fromisoformat(day).date() - FIRST_DAY.date()).days + 1}")
            return [s for s in self.step.matches if (s.kickoff or FIRST_DAY).date().isoformat() == day]
        if "live" in question:
            self.asked.append("live")
            return [shown for shown in self.step.matches if shown.status in IN_PLAY]
        wanted = question.get("ids") or question["id"]
        self.asked.append(f"{'ids' if 'ids' in question else 'id'} {wanted}")
        found = [shown for shown in self.step.matches if str(shown.match) in wanted.split("-")]
        return found[:-1] if self.step.fault == "asked match missing" else found


@dataclass(kw_only=True)
class Day:
    """A daemon's feed side; `restart` opens everything anew on the same database."""

    scenario: Scenario
    uri: str
    database: str
    feed: Feed = field(default_factory=Feed)
    now: datetime = FIRST_DAY
    announced: list[str] = field(default_factory=list)
    open: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def restart(self) -> None:
        await self.open.aclose()
        self.open = AsyncExitStack()
        self.store: Store = await self.open.enter_async_context(
            open_store(self.uri, self.database, timeout_seconds=10, runs_kept_days=90)
        )
        client = await self.open.enter_async_context(
            httpx.AsyncClient(transport=httpx.MockTransport(self.feed))
        )
        await self.store.fixtures.repair()
        await self.store.goals.repair()
        config = Config()

        async def announce(title: str, body: str) -> None:
            self.announced.append(title)

        self.matchday = Matchday(
            store=self.store,
            feed=ApiFootball(client, _FEED),
            config=lambda: config,
            clock=lambda: self.now,
            announce=announce,
        )

    async def play(self) -> None:
        for step in self.scenario.steps:
            self.now, self.feed.step, self.feed.asked, self.announced = step.at, step, [], []
            await self._do(step)
            for fact in step.facts:
                agree(self.scenario, fact, await self._fact(fact.text, fact.line))
        goals = await self.store.goals.believed([FixtureId(match) for match in self.scenario.matches])
        compare_end(self.scenario, goals)

    async def _do(self, step: Step) -> None:
        if step.act == "poll":
            compare(self.scenario, step, await self._cycle())
        elif step.act == "restart":
            await self.restart()
        elif step.act == "ingest":
            await self.matchday.ingest()
        elif step.act == "search ends":
            await self._end_search(await self._record(step.fault, step.line))

    async def _cycle(self) -> list[str]:
        async def begin() -> None: ...

        try:
            report: CycleReport | None = await self.matchday.cycle(begin)
        except FeedError:
            return ["refused"]
        if report is None:
            return []
        refused = ["refused" for _ in report.observation.refused]
        return refused + [told(decision) for decision in report.decisions]

    async def _end_search(self, record: GoalRecord) -> None:
        """As the pipeline leaves a goal after its last pass."""
        await self.store.goals.save_progress(
            record.goal.id,
            plan=replace(record.plan, next_at=None),
            status=ProcessingStatus(twitter_scraped=True, completed=True),
            outcome=GoalOutcome.STORED,
        )

    async def _record(self, name: str, line: int) -> GoalRecord:
        """The latest generation of `Home 1-0`, of match 1."""
        query = {"fixture_id": 1}
        records = [
            r for r in await self.store.goals.records(query) if f"{r.goal.team} {r.goal.score_after}" == name
        ]
        if not records:
            raise Disagreement(self.scenario.name, line, f"no goal {name} in the queue")
        return max(records, key=lambda record: record.goal.generation)

    # ---------------------------------------------------------------- facts

    async def _fact(self, text: str, line: int) -> str:
        """The sentence about the same thing that is true."""
        for pattern, tell in _FACTS:
            if found := re.fullmatch(pattern, text):
                told: str = await tell(self, *found.groups(), line)
                return told
        raise Disagreement(self.scenario.name, line, f"{text!r}: nobody can tell whether this is so")

    async def _asked(self, line: int) -> str:
        return f"asked {', '.join(self.feed.asked) or 'nothing'}"

    async def _shelf(self, match: str, line: int) -> str:
        for shelf in ("staging", "active", "completed"):
            document = await self.store.database[f"fixtures_{shelf}"].find_one({"_id": int(match)})
            if document:
                parity = {True: ", all goals found", False: ", goals missing"}.get(
                    document.get("parity", ""), ""
                )
                return f"match {match} is {shelf}{parity}"
        return f"match {match} is unknown"

    async def _kickoff(self, match: str, line: int) -> str:
        tracked = await self.store.fixtures.fixture(FixtureId(int(match)))
        return f"match {match} kicks off {when(tracked.fixture.kickoff)}" if tracked else "match is unknown"

    async def _search(self, goal: str, line: int) -> str:
        next_at = (await self._record(goal, line)).plan.next_at
        return f"the search of {goal} is {f'due {when(next_at)}' if next_at else 'over'}"

    async def _clips(self, goal: str, line: int) -> str:
        record = await self._record(goal, line)
        over = record.goal.id in await self.store.goals.cancelled_before(self.now - QUARANTINE)
        if record.goal.state is GoalState.CONFIRMED:
            return f"the clips of {goal} are kept"
        return f"the clips of {goal} are {'to be deleted' if over else 'in quarantine'}"

    async def _news(self, line: int) -> str:
        return f"announced {', '.join(self.announced) or 'nothing'}"


_GOAL = r"((?:Home|Away) \d+-\d+)"
_FACTS: tuple[tuple[str, Callable[..., Any]], ...] = (
    (r"asked .*", Day._asked),
    (r"match (\d+) is .*", Day._shelf),
    (r"match (\d+) kicks off .*", Day._kickoff),
    (rf"the search of {_GOAL} is .*", Day._search),
    (rf"the clips of {_GOAL} are .*", Day._clips),
    (r"announced .*", Day._news),
)


@asynccontextmanager
async def a_day(scenario: Scenario, uri: str, database: str) -> AsyncIterator[Day]:
    day = Day(scenario=scenario, uri=uri, database=database)
    await day.restart()
    try:
        yield day
    finally:
        await day.open.aclose()
