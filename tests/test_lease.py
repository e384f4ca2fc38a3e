"""Two daemons and one database: one of them works, and which one is never in doubt."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from footyd.adapters.mongo import Store, open_store
from footyd.by_hand import open_alone, retry_goal
from footyd.clients import open_library
from footyd.config import Config
from footyd.demo.scenario import DEMO_KEY
from footyd.errors import InUseError, StoreError
from footyd.lease import USUAL, Hold, Times, leased
from footyd.model import Holder, Lease, Leftover, ObjectKey
from tests.builders import a_goal
from tests.footyd_process import Footyd, Settings, footyd
from tests.waiting import until_found

TIMES = Times(lease=60, renew=15, watch=25)
BRIEF = Times(lease=0.2, renew=15, watch=25)
A = Holder(
    host="pi", state_dir="/a", machine="m1", state="s1", boot="b1", pids="pid:[1]", pid=10, started="1"
)
B = replace(A, host="nas", state_dir="/b", machine="m2", state="s2", pid=20)


@pytest.fixture
async def store(mongo_uri: str, mongo_database: str) -> AsyncIterator[Store]:
    async with open_store(mongo_uri, mongo_database, timeout_seconds=10, runs_kept_days=90) as store:
        yield store


@dataclass
class Bench:
    """Holds with a steady clock of our own; a wait does what the test says and takes no time."""

    store: Store
    steady: float = 1000.0
    waits: list[float] = field(default_factory=list)
    meanwhile: Callable[[], Any] | None = None
    dead: bool = False

    def hold(self, here: Holder = A, times: Times = TIMES) -> Hold:
        return Hold(
            self.store.lease,
            here,
            times=times,
            steady=lambda: self.steady,
            wait=self._wait,
            is_dead=lambda _holder, _here: self.dead,
        )

    async def _wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        if self.meanwhile is not None:
            await self.meanwhile()

    async def ran_out(self) -> Lease:
        async def look() -> Lease | None:
            lease = await self.store.lease.look()
            return lease if lease and lease.left_seconds <= 0 else None

        return await until_found(look)


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


# ---------------------------------------------------------------- taking it


async def test_the_second_is_told_who_has_the_lease_and_what_to_do(bench: Bench) -> None:
    await bench.hold(A).take()
    with pytest.raises(InUseError) as caught:
        await bench.hold(B).take()
    line = caught.value.line()
    assert "pid 10 on pi (/a), since " in line
    assert "until " in line
    assert "Stop that one, or set mongo.database" in line
    assert caught.value.exit_code == 75
    assert bench.waits == []


async def test_of_many_that_start_at_once_one_gets_it(bench: Bench) -> None:
    holds = [bench.hold(replace(A, pid=n, state=f"s{n}")) for n in range(8)]
    ended = await asyncio.gather(*(hold.take() for hold in holds), return_exceptions=True)
    assert sorted(str(type(one).__name__) for one in ended) == ["InUseError"] * 7 + ["NoneType"]


async def test_after_a_clean_stop_the_next_one_does_not_wait(bench: Bench) -> None:
    first = bench.hold(A)
    await first.take()
    await first.release()
    await bench.hold(B).take()
    assert bench.waits == []


async def test_a_restart_after_a_kill_does_not_wait(bench: Bench) -> None:
    await bench.hold(A).take()
    bench.dead = True
    again = bench.hold(replace(A, pid=11))
    await again.take()
    again.check()
    assert bench.waits == []


async def test_a_lease_that_ran_out_is_taken_when_nobody_renews_it(bench: Bench) -> None:
    await bench.hold(A, BRIEF).take()
    await bench.ran_out()
    await bench.hold(B).take()
    assert bench.waits == [25]


async def test_a_holder_that_lives_keeps_it_though_the_servers_clock_jumped_ahead(bench: Bench) -> None:
    first = bench.hold(A)
    await first.take()
    hours_ago = datetime.now(UTC) - timedelta(hours=5)
    await bench.store.database.state.update_one({"_id": "lease"}, {"$set": {"until": hours_ago}})
    bench.meanwhile = first._renew
    with pytest.raises(InUseError, match="pid 10 on pi"):
        await bench.hold(B).take()


async def test_a_holder_whose_lease_is_taken_unseen_has_stopped_writing_by_itself(bench: Bench) -> None:
    """A renewal failed while it was watched for 25 seconds: for a quarter of a minute two of them wrote."""
    holder = bench.hold()
    await holder.take()
    held = await bench.store.lease.look()
    assert held is not None
    await bench.store.database.state.update_one({}, {"$set": {"until": held.until - timedelta(hours=3)}})
    await bench.hold(B, USUAL).take()
    bench.steady += bench.waits[-1]
    with pytest.raises(StoreError):
        holder.check()


async def test_a_dead_holders_lease_ends_soon_though_the_servers_clock_was_set_back(bench: Bench) -> None:
    await bench.hold(A).take()
    in_hours = datetime.now(UTC) + timedelta(hours=5)
    await bench.store.database.state.update_one({"_id": "lease"}, {"$set": {"until": in_hours}})
    with pytest.raises(InUseError):
        await bench.hold(B).take()
    lease = await bench.store.lease.look()
    assert lease is not None
    assert 50 < lease.left_seconds <= 60


async def test_what_a_shell_would_read_is_only_text(bench: Bench) -> None:
    odd = replace(A, host="$host", state_dir="/srv/$$NOW")
    await bench.hold(odd).take()
    lease = await bench.store.lease.look()
    assert lease is not None
    assert lease.holder == odd


# ---------------------------------------------------------------- having it


async def test_nothing_is_written_once_it_ran_out_until_it_is_renewed(bench: Bench) -> None:
    hold = bench.hold()
    runs = bench.store.runs
    async with leased(bench.store, hold):
        await runs.note("feed", {"step": 1})
        bench.steady += 61  # frozen
        writes = (
            runs.note("feed", {"step": 2}),
            runs.repair_runs(datetime.now(UTC)),
            bench.store.clock.keep_runs(1),
        )
        for write in writes:
            with pytest.raises(StoreError, match="the lease on the database ran out"):
                await write
        assert (await runs.noted("feed"))["step"] == 1
        await hold._renew()
        await runs.note("feed", {"step": 3})
        assert (await runs.noted("feed"))["step"] == 3


async def test_nothing_changes_in_the_library_once_it_ran_out(bench: Bench, tmp_path: Path) -> None:
    """Only the database was guarded: a daemon frozen for long went on deleting what another one keeps."""
    config = Config.model_validate({"state": {"dir": tmp_path}})
    key, file = ObjectKey("clip.mp4"), tmp_path / "clip.mp4"
    file.write_bytes(b"clip")
    hold = bench.hold()
    async with leased(bench.store, hold), open_library(config, bench.store) as library:
        await library.put(key, file, content_type="video/mp4", metadata={})
        bench.steady += 61  # frozen
        with pytest.raises(StoreError, match="the lease on the database ran out"):
            await library.put(key, file, content_type="video/mp4", metadata={})
        with pytest.raises(StoreError):
            await library.copy(key, ObjectKey("other.mp4"))
        with pytest.raises(StoreError):
            await library.delete(key)
        with pytest.raises(StoreError):
            await library.sweep(Leftover(name=str(file)))
        assert [one async for one in library.objects()] == [(key, 4)]
        await hold._renew()
        await library.delete(key)
        assert await library.size(key) is None


async def test_who_lost_it_ends_and_says_to_whom(bench: Bench) -> None:
    thawed = asyncio.Event()

    async def serve() -> None:
        async with leased(bench.store, Hold(bench.store.lease, A, wait=lambda _seconds: thawed.wait())):
            bench.dead = True
            await bench.hold(B).take()
            thawed.set()
            await asyncio.Event().wait()

    with pytest.raises(InUseError, match="pid 20 on nas") as caught:
        await serve()
    assert caught.value.exit_code == 75
    lease = await bench.store.lease.look()
    assert lease is not None
    assert lease.holder == B
    assert lease.token, "who lost it must not release it for the other"


async def test_who_comes_back_after_another_was_there_and_left_ends_too(bench: Bench) -> None:
    first, second = bench.hold(A), bench.hold(B)
    await first.take()
    bench.dead = True
    await second.take()
    await second.release()
    with pytest.raises(InUseError, match="by one that has ended since"):
        await first._renew()


async def test_a_database_made_anew_is_held_again(bench: Bench) -> None:
    hold = bench.hold()
    await hold.take()
    await bench.store.database.state.drop()
    await hold._renew()
    with pytest.raises(InUseError):
        await bench.hold(B).take()


async def test_a_database_that_is_away_does_not_end_the_hold(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[float] = []

    async def away(_token: str, _seconds: float) -> bool:
        tries.append(bench.steady)
        raise StoreError("the database failed")

    async def wait() -> None:
        if len(tries) == 3:
            raise asyncio.CancelledError

    monkeypatch.setattr(bench.store.lease, "renew", away)
    hold = bench.hold()
    await hold.take()
    bench.meanwhile = wait
    with pytest.raises(asyncio.CancelledError):
        await hold.keep()
    assert len(tries) == 3


async def test_a_stop_from_outside_is_still_a_stop(bench: Bench) -> None:
    async def serve() -> None:
        async with leased(bench.store, Hold(bench.store.lease, A)):
            await asyncio.Event().wait()

    task = asyncio.create_task(serve())
    await until_found(bench.store.lease.look)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    lease = await bench.store.lease.look()
    assert lease is not None
    assert lease.token == ""


async def test_a_goal_asked_for_by_hand_is_left_to_the_daemon_of_another_machine(
    bench: Bench, mongo_uri: str, mongo_database: str, tmp_path: Path
) -> None:
    """Both searched it at once, and each held clips where the other could not see them."""
    goal = a_goal()
    window = timedelta(minutes=3)
    await bench.store.goals.save_believed([], [goal], renamed=(), window=window, now=goal.first_seen)
    mongo = {"uri": mongo_uri, "database": mongo_database}
    config = Config.model_validate({"mongo": mongo, "state": {"dir": tmp_path}})
    await bench.hold(B).take()
    record, report = await retry_goal(config, goal.id)
    assert report is None
    assert record.plan.rounds == 1, "it is due for whoever holds the lease"


async def test_no_daemon_of_another_machine_begins_while_something_is_done_by_hand(
    bench: Bench, mongo_uri: str, mongo_database: str, tmp_path: Path
) -> None:
    """The lease was looked at, not held: a daemon that started a moment later searched the goal too."""
    mongo = {"uri": mongo_uri, "database": mongo_database}
    config = Config.model_validate({"mongo": mongo, "state": {"dir": tmp_path}})
    async with AsyncExitStack() as stack:
        assert (await open_alone(config, stack))[1] is True
        with pytest.raises(InUseError):
            await bench.hold(B).take()
    await bench.hold(B).take()
    async with AsyncExitStack() as stack:
        assert (await open_alone(config, stack))[1] is False


# ---------------------------------------------------------------- real daemons


async def test_two_daemons_on_one_database_and_a_kill(
    tmp_path: Path, mongo_uri: str, mongo_database: str
) -> None:
    settings: Settings = {
        "mongo": {"uri": mongo_uri, "database": mongo_database},
        "api_football": {"base_url": "http://127.0.0.1:9", "key": DEMO_KEY},
        "api_football.retry": {"attempts": 1},
    }
    async with AsyncExitStack() as stack:
        (tmp_path / "a").mkdir()
        (tmp_path / "b").mkdir()
        first = await stack.enter_async_context(footyd(tmp_path / "a", settings))
        second = await stack.enter_async_context(footyd(tmp_path / "b", settings))
        await first.start()
        await _is_refused(second, first.pid)
        said = await first.command("goal", "list")
        assert said.code == 0, "commands work beside it"
        first.send(signal.SIGKILL)
        await first.ended()
        await first.start()
        assert first.ready_seconds < TIMES.watch
        await _is_refused(second, first.pid)
        first.send(signal.SIGTERM)
        assert await first.ended() == 0
        await second.start()
        assert second.ready_seconds < TIMES.watch


async def _is_refused(process: Footyd, by: int) -> None:
    process.turn_page() if process.log.exists() else None
    await process.spawn()
    assert await process.ended() == 75
    assert f"another footyd uses this database: pid {by} on " in process.log.read_text()
