"""The pool on real processes: results, crashes, kills, idleness, and what survives of it (nothing)."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from footyd.adapters import workers as workers_module
from footyd.adapters.workers import Workers, open_workers
from footyd.config import WorkersConfig
from footyd.errors import WorkerError

LONG = 60.0


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    async with open_workers(WorkersConfig(processes=1, idle_seconds=LONG)) as opened:
        yield opened


def add(a: int, b: int) -> int:
    return a + b


def own_pid() -> int:
    return os.getpid()


def fail(text: str) -> None:
    raise LookupError(text)


def run_out_of_own_time() -> None:
    raise TimeoutError("the function's own")


def die(code: int) -> None:
    os._exit(code)


def settings() -> tuple[str | None, str | None, set[signal.Signals]]:
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, set())
    return (
        os.environ.get("OPENBLAS_NUM_THREADS"),
        os.environ.get("OMP_NUM_THREADS"),
        {signal.Signals(number) for number in blocked},
    )


def write_pid_and_hang(path: str) -> None:
    Path(path).write_text(str(os.getpid()))
    signal.pause()


def read_from(fifo: str) -> str:
    Path(fifo).write_text(str(os.getpid()))
    return Path(fifo).read_text()


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  # other processes set no event
            await asyncio.sleep(0.01)


async def until_dead(pid: int) -> None:
    await until(lambda: not is_alive(pid))


async def pid_in(path: Path) -> int:
    await until(lambda: path.exists() and path.read_text() != "")
    return int(path.read_text())


async def test_a_task_runs_in_another_process_and_returns_its_value(workers: Workers) -> None:
    assert await workers.run(add, 2, 3, timeout_seconds=LONG) == 5
    assert await workers.run(own_pid, timeout_seconds=LONG) != os.getpid()


async def test_an_exception_of_the_task_arrives_as_it_was_raised(workers: Workers) -> None:
    with pytest.raises(LookupError, match="no such thing"):
        await workers.run(fail, "no such thing", timeout_seconds=LONG)


async def test_a_time_out_raised_by_the_task_is_not_taken_for_a_killed_task(workers: Workers) -> None:
    with pytest.raises(TimeoutError, match="the function's own"):
        await workers.run(run_out_of_own_time, timeout_seconds=LONG)


async def test_a_task_that_runs_too_long_is_killed_and_the_next_one_runs(
    workers: Workers, tmp_path: Path
) -> None:
    with pytest.raises(WorkerError) as caught:
        await workers.run(write_pid_and_hang, str(tmp_path / "pid"), timeout_seconds=0.3)
    assert caught.value.timed_out
    assert not is_alive(int((tmp_path / "pid").read_text()))
    assert await workers.run(add, 1, 1, timeout_seconds=LONG) == 2


async def test_a_crashing_task_hurts_only_itself() -> None:
    async with open_workers(WorkersConfig(processes=2, idle_seconds=LONG)) as workers:
        replies = await asyncio.gather(
            workers.run(die, 3, timeout_seconds=LONG),
            *(workers.run(add, n, n, timeout_seconds=LONG) for n in range(6)),
            return_exceptions=True,
        )
    assert isinstance(replies[0], WorkerError)
    assert not replies[0].timed_out
    assert replies[1:] == [0, 2, 4, 6, 8, 10]


async def test_a_process_killed_while_it_had_nothing_to_do_is_replaced(workers: Workers) -> None:
    pid = await workers.run(own_pid, timeout_seconds=LONG)
    os.kill(pid, signal.SIGKILL)
    await until_dead(pid)
    assert workers._pool is not None
    pool = workers._pool._pebble
    await until(lambda: not pool.active or pid not in pool._pool_manager.worker_manager.workers)
    assert await workers.run(own_pid, timeout_seconds=LONG) != pid


async def test_cancelling_the_await_kills_the_task(workers: Workers, tmp_path: Path) -> None:
    task = asyncio.create_task(workers.run(write_pid_and_hang, str(tmp_path / "pid"), timeout_seconds=LONG))
    pid = await pid_in(tmp_path / "pid")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until_dead(pid)
    assert await workers.run(add, 1, 1, timeout_seconds=LONG) == 2


async def test_no_process_exists_before_the_first_task_and_none_after_the_idle_time() -> None:
    async with open_workers(WorkersConfig(processes=1, idle_seconds=0.2)) as workers:
        assert workers._pool is None
        pid = await workers.run(own_pid, timeout_seconds=LONG)
        await until_dead(pid)
        assert workers._pool is None
        assert await workers.run(own_pid, timeout_seconds=LONG) != pid


async def test_a_process_is_replaced_after_its_share_of_tasks() -> None:
    async with open_workers(WorkersConfig(processes=1, tasks_per_process=2, idle_seconds=LONG)) as workers:
        pids = [await workers.run(own_pid, timeout_seconds=LONG) for _ in range(6)]
    assert len(set(pids)) >= 3


async def test_without_a_pool_there_is_nothing_that_could_fail_to_answer(workers: Workers) -> None:
    assert await workers.answers()
    assert workers._pool is None, "asking starts none"


async def test_a_pool_with_nothing_to_do_answers(workers: Workers) -> None:
    await workers.run(add, 1, 2, timeout_seconds=LONG)
    assert await workers.answers()


async def test_a_pool_at_work_is_left_to_the_time_outs_of_its_tasks(workers: Workers, tmp_path: Path) -> None:
    task = asyncio.create_task(workers.run(write_pid_and_hang, str(tmp_path / "pid"), timeout_seconds=LONG))
    await pid_in(tmp_path / "pid")
    assert await workers.answers()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_pool_that_hangs_does_not_answer_and_is_replaced(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers_module, "PROBE_SECONDS", 0.3)
    hangs = await workers.run(own_pid, timeout_seconds=LONG)
    os.kill(hangs, signal.SIGSTOP)
    assert not await workers.answers()
    assert await workers.run(own_pid, timeout_seconds=LONG) != hangs
    monkeypatch.undo()
    assert await workers.answers()
    await until_dead(hangs)


async def test_a_pool_of_another_shape_takes_over_and_the_old_one_ends_with_its_last_task(
    workers: Workers, tmp_path: Path
) -> None:
    release = tmp_path / "release"
    os.mkfifo(release)
    reading = asyncio.create_task(workers.run(read_from, str(release), timeout_seconds=LONG))
    old = int(await asyncio.to_thread(release.read_text))
    workers.configure(WorkersConfig(processes=2, idle_seconds=LONG))
    new = await workers.run(own_pid, timeout_seconds=LONG)
    assert new != old
    assert is_alive(old)
    release.write_text("the end")
    assert await reading == "the end"
    await until_dead(old)
    assert is_alive(new)


async def test_closing_ends_what_a_retired_pool_still_does(tmp_path: Path) -> None:
    async with open_workers(WorkersConfig(processes=1)) as workers:
        task = asyncio.create_task(
            workers.run(write_pid_and_hang, str(tmp_path / "pid"), timeout_seconds=LONG)
        )
        pid = await pid_in(tmp_path / "pid")
        workers.configure(WorkersConfig(processes=2))
    assert not is_alive(pid)
    with pytest.raises(WorkerError):
        await task


async def test_other_settings_keep_the_pool(workers: Workers) -> None:
    first = await workers.run(own_pid, timeout_seconds=LONG)
    workers.configure(WorkersConfig(processes=1, idle_seconds=LONG, task_timeout_seconds=7))
    assert await workers.run(own_pid, timeout_seconds=LONG) == first


async def test_closing_ends_a_running_task(tmp_path: Path) -> None:
    workers = Workers(WorkersConfig(processes=1, idle_seconds=LONG))
    task = asyncio.create_task(workers.run(write_pid_and_hang, str(tmp_path / "pid"), timeout_seconds=LONG))
    pid = await pid_in(tmp_path / "pid")
    await workers.close()
    assert not is_alive(pid)
    with pytest.raises(WorkerError, match="lost"):
        await task


async def test_processes_use_one_thread_and_are_deaf_to_the_daemons_signals(workers: Workers) -> None:
    blas, omp, blocked = await workers.run(settings, timeout_seconds=LONG)
    assert (blas, omp) == ("1", "1")
    assert {signal.SIGINT, signal.SIGHUP} <= blocked
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, set())


DAEMON = """
import asyncio, sys
from footyd.adapters.workers import open_workers
from footyd.config import WorkersConfig
from tests.adapters.test_workers import write_pid_and_hang

async def main():
    async with open_workers(WorkersConfig(processes=1)) as workers:
        await workers.run(write_pid_and_hang, sys.argv[1], timeout_seconds=600)

if __name__ == "__main__":
    asyncio.run(main())
"""


async def test_a_busy_process_dies_when_the_daemon_is_killed_with_sigkill(tmp_path: Path) -> None:
    (tmp_path / "daemon.py").write_text(DAEMON)
    daemon = await asyncio.create_subprocess_exec(
        sys.executable,
        str(tmp_path / "daemon.py"),
        str(tmp_path / "pid"),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    try:
        pid = await pid_in(tmp_path / "pid")
        assert is_alive(pid)
    finally:
        daemon.kill()
        await daemon.wait()
    await until_dead(pid)


def test_a_worker_does_not_load_what_only_the_daemon_needs() -> None:
    code = (
        "import sys; import footyd.adapters.ytdlp, footyd.stages.fingerprint, footyd.adapters.workers;"
        "print(sorted({'cv2', 'numpy', 'yt_dlp', 'pydantic'} & set(sys.modules)))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


async def test_a_task_waits_for_a_free_process_without_losing_its_time(workers: Workers) -> None:
    started = time.monotonic()
    replies = await asyncio.gather(*(workers.run(add, n, 1, timeout_seconds=5) for n in range(20)))
    assert replies == list(range(1, 21))
    assert time.monotonic() - started < LONG


async def test_a_task_that_went_down_with_its_pool_is_run_once_more(tmp_path: Path) -> None:
    """Seen once: a process that died at a bad moment took the pool with it, and its neighbour's task."""
    async with open_workers(WorkersConfig(processes=2, idle_seconds=LONG)) as workers:
        pid_file = tmp_path / "pid"
        lost = asyncio.create_task(workers.run(wait_the_first_time, str(pid_file), timeout_seconds=LONG))
        await until(lambda: pid_file.exists() and bool(pid_file.read_text()))
        workers._drop_pool()
        assert await lost == "the second time"


async def test_a_task_whose_process_was_killed_is_run_once_more(workers: Workers, tmp_path: Path) -> None:
    """Seen: the worker that made a keeper's poster was killed, and the keeper went without one for good."""
    pid_file = tmp_path / "pid"
    lost = asyncio.create_task(workers.run(wait_the_first_time, str(pid_file), timeout_seconds=LONG))
    os.kill(await pid_in(pid_file), signal.SIGKILL)
    assert await lost == "the second time"


async def test_a_task_that_is_killed_each_time_is_given_up(workers: Workers) -> None:
    with pytest.raises(WorkerError, match="exit code -9"):
        await workers.run(die_of_sigkill, timeout_seconds=LONG)


def die_of_sigkill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def wait_the_first_time(path: str) -> str:
    if Path(path).exists():
        return "the second time"
    Path(path).write_text(str(os.getpid()))
    signal.pause()
    return "never"
