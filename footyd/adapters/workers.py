"""The process pool for downloads and OpenCV: it lives while there is work, and its tasks can be killed."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import asynccontextmanager
from multiprocessing import connection, resource_tracker
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

from pebble import ProcessExpired, ProcessPool

from footyd.errors import WorkerError

if TYPE_CHECKING:  # a worker process imports this module and needs no pydantic
    from footyd.config import WorkersConfig

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

START_SECONDS = 30
"""A new process on a loaded Pi needs seconds; a task that has not come back by then is lost with its pool."""

PROBE_SECONDS = 45
_CHILD_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "OPENCV_LOG_LEVEL": "OFF",
}
_DAEMON_SIGNALS = {signal.SIGINT, signal.SIGHUP}


class _LostError(WorkerError): ...


class Workers:
    """Runs plain functions in processes that can be killed, at most `processes` at once.

    The pool starts with the first task and ends after `idle_seconds` without one.
    """

    def __init__(self, config: WorkersConfig) -> None:
        self._config = config
        self._slots = asyncio.Semaphore(config.processes)
        self._starting = asyncio.Lock()
        self._pool: _Pool | None = None
        self._running = 0
        self._idle: asyncio.TimerHandle | None = None
        self._retired: set[_Pool] = set()
        self._stopping: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def busy(self) -> int:
        """Tasks that have a process, or are about to get one."""
        return self._running

    @property
    def processes(self) -> int:
        """Kept alive; none while idle."""
        return self._config.processes if self._pool is not None else 0

    def configure(self, config: WorkersConfig) -> None:
        """From the next task on. A pool of another shape does no new work, and ends with what it has."""
        before, self._config = self._config, config
        if config.processes != before.processes:
            self._slots = asyncio.Semaphore(config.processes)
        if self._pool is not None and _shape(config) != _shape(before):
            retiring, self._pool = self._pool, None
            self._retired.add(retiring)
            self._in_background(retiring.finish).add_done_callback(lambda _: self._retired.discard(retiring))

    async def run(self, fn: Callable[[*Ts], T], *args: *Ts, timeout_seconds: float) -> T:
        """What `fn` returns or raises; WorkerError when its process crashed or was killed at the time-out.

        Cancelling the await kills the task.
        """
        async with self._slots:
            self._begin()
            try:
                return await self._run(fn, args, timeout_seconds)
            finally:
                self._end()

    async def answers(self) -> bool:
        """Whether a task comes back from the pool; a pool that does not answer is replaced.

        Nothing is to be feared without a pool, or while every process has a task with a time-out of its own.
        """
        pool = self._pool
        if pool is None or self._slots.locked():
            return True
        async with self._slots:
            try:
                async with asyncio.timeout(PROBE_SECONDS):
                    await asyncio.wrap_future(pool.schedule(_nothing, (), PROBE_SECONDS))
            except (TimeoutError, ProcessExpired):
                self._drop_pool(pool)
                return False
            except BrokenProcessPool:
                return self._pool is not pool  # it ended meanwhile, having been idle
        return True

    async def close(self) -> None:
        """Kill what runs and wait until no process is left."""
        self._closed = True
        self._cancel_idle()
        self._drop_pool()
        for pool in self._retired:
            self._in_background(pool.stop)
        await asyncio.gather(*self._stopping)

    async def _run(self, fn: Callable[..., T], args: tuple[object, ...], timeout_seconds: float) -> T:
        """Once more, when the task went down with its pool or its process was killed: that was not its fault.

        Nobody but the kernel, short of memory, kills a process of ours.
        """
        try:
            return await self._run_once(fn, args, timeout_seconds)
        except _LostError:
            if self._closed:
                raise
            return await self._run_once(fn, args, timeout_seconds)

    async def _run_once(self, fn: Callable[..., T], args: tuple[object, ...], timeout_seconds: float) -> T:
        pool = await self._open_pool()
        name = getattr(fn, "__name__", "task")
        future = pool.schedule(fn, args, timeout_seconds)
        try:
            async with asyncio.timeout(timeout_seconds + START_SECONDS) as limit:
                return await asyncio.wrap_future(future)
        except TimeoutError as exc:
            if limit.expired():
                self._drop_pool(pool)
            elif _raised_by_task(future):
                raise
            raise WorkerError(f"{name} ran longer than {timeout_seconds:g} s", timed_out=True) from exc
        except ProcessExpired as exc:
            error = _LostError if exc.exitcode == -signal.SIGKILL else WorkerError
            raise error(f"{name} crashed its process (exit code {exc.exitcode})") from exc
        except BrokenProcessPool as exc:
            self._drop_pool(pool)
            raise _LostError(f"{name} was lost with its process pool") from exc

    async def _open_pool(self) -> _Pool:
        async with self._starting:
            if self._pool is not None and not self._pool.active:
                self._drop_pool()
            if self._pool is None:
                self._pool = await asyncio.to_thread(_Pool, self._config)
            return self._pool

    def _drop_pool(self, pool: _Pool | None = None) -> None:
        """Forget the pool (if it is still `pool`) and end its processes in the background."""
        if pool in self._retired:
            self._in_background(pool.stop)
        if self._pool is None or (pool is not None and pool is not self._pool):
            return
        ending, self._pool = self._pool, None
        self._in_background(ending.stop)

    def _in_background(self, end: Callable[[], None]) -> asyncio.Task[None]:
        stopping = asyncio.create_task(asyncio.to_thread(end))
        self._stopping.add(stopping)
        stopping.add_done_callback(self._stopping.discard)
        return stopping

    def _begin(self) -> None:
        self._cancel_idle()
        self._running += 1

    def _end(self) -> None:
        self._running -= 1
        if self._running == 0 and self._pool is not None:
            loop = asyncio.get_running_loop()
            self._idle = loop.call_later(self._config.idle_seconds, self._drop_pool)

    def _cancel_idle(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None


@asynccontextmanager
async def open_workers(config: WorkersConfig) -> AsyncIterator[Workers]:
    """Workers whose processes are gone at the end of the block."""
    workers = Workers(config)
    try:
        yield workers
    finally:
        await asyncio.shield(workers.close())


class _Pool:
    """A running pebble pool; a task that it loses ends with BrokenProcessPool instead of never.

    Starting and stopping block. All processes start with the daemon's signals blocked, so they never hear
    them: the mask is inherited by the pool's threads and by the processes they start, replacements included.
    """

    def __init__(self, config: WorkersConfig) -> None:
        self._open: set[Future[Any]] = set()
        resource_tracker.ensure_running()  # its own start would unblock SIGINT again
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _DAEMON_SIGNALS)
        try:
            self._pebble = ProcessPool(
                max_workers=config.processes,
                max_tasks=config.tasks_per_process,
                initializer=_prepare_process,
                context=multiprocessing.get_context("spawn"),
            )
            self.active  # noqa: B018  # asking makes pebble start its processes, here, under the mask
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    @property
    def active(self) -> bool:
        return self._pebble.active

    def schedule(self, fn: Callable[..., T], args: tuple[object, ...], timeout_seconds: float) -> Future[T]:
        future: Future[T] = self._pebble.schedule(fn, args=args, timeout=timeout_seconds)
        self._open.add(future)
        future.add_done_callback(self._open.discard)
        return future

    def finish(self) -> None:
        """Do what was given, then end the processes."""
        self._pebble.close()  # type: ignore[no-untyped-call]  # pebble leaves it bare
        self._pebble.join()

    def stop(self) -> None:
        """Kill the processes and wait for their end."""
        self._pebble.stop()  # type: ignore[no-untyped-call]  # pebble leaves it bare
        self._pebble.join()
        for future in tuple(self._open):
            if not future.done():
                future.set_exception(BrokenProcessPool("the pool was stopped"))


def _shape(config: WorkersConfig) -> tuple[int, int]:
    return config.processes, config.tasks_per_process


def _raised_by_task(future: Future[Any]) -> bool:
    """Pebble gives what came out of the other process a cause: the traceback there."""
    error = future.exception() if future.done() and not future.cancelled() else None
    return error is not None and error.__cause__ is not None


def _nothing() -> None:
    """A task that only shows that tasks are done."""


def _prepare_process() -> None:
    os.environ.update(_CHILD_ENVIRONMENT)
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()


def _end_with_parent() -> None:
    """A daemon killed with SIGKILL cannot tell its children: they watch the pipe that dies with it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
