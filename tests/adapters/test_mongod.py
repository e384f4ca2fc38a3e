from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from pymongo import MongoClient

from footyd.adapters import mongod_places
from footyd.adapters.mongod import embedded_mongod, socket_uri, state_lock
from footyd.adapters.mongod_failures import explain
from footyd.adapters.mongod_places import lent_libraries, make_private, runnable, shipped_mongod
from footyd.errors import FootydError, InUseError, PermanentError, StoreError

DAEMON = """
import asyncio, sys
from pathlib import Path
from pymongo import MongoClient
from footyd.adapters.mongod import embedded_mongod, state_lock

async def main():
    state_dir = Path(sys.argv[1])
    with state_lock(state_dir):
        async with embedded_mongod(state_dir) as uri:
            goals = MongoClient(uri, journal=True).footyd.goals
            while True:
                goals.insert_one({})
                print(goals.count_documents({}), flush=True)

asyncio.run(main())
"""


def mongod_pid(state_dir: Path) -> int:
    return int((state_dir / "db/mongod.lock").read_text())


def goals_in(uri: str) -> int:
    with MongoClient[dict[str, object]](uri) as client:
        return client.footyd.goals.count_documents({})


def sockets(pid: int, *tables: str) -> list[str]:
    """The process's own sockets found in /proc/net tables, as lines."""
    own = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed
            target = str(descriptor.readlink())
            own |= {target[8:-1]} if target.startswith("socket:[") else set()
    lines = [line for table in tables for line in Path(f"/proc/net/{table}").read_text().splitlines()]
    return [line for line in lines if own & set(line.split())]


async def test_data_outlives_a_stop_and_nothing_listens_but_a_private_socket(tmp_path: Path) -> None:
    state_dir = tmp_path / "state"
    async with embedded_mongod(state_dir) as uri:
        with MongoClient[dict[str, object]](uri) as client:
            client.footyd.goals.insert_one({})
        pid = mongod_pid(state_dir)
        assert socket_uri(state_dir) == uri
        assert sockets(pid, "tcp", "tcp6") == []
        named = {line.split()[-1] for line in sockets(pid, "unix") if "/" in line}
        assert named == {str(state_dir / "mongod.sock")}
        assert stat.S_IMODE((state_dir / "mongod.sock").stat().st_mode) == 0o700
        assert stat.S_IMODE((state_dir / "db").stat().st_mode) == 0o700
        assert os.getsid(pid) == pid, "Ctrl-C in a terminal must reach footyd alone"
    assert socket_uri(state_dir) is None
    assert not Path(f"/proc/{pid}").exists()
    async with embedded_mongod(state_dir) as uri:
        assert goals_in(uri) == 1
    assert (state_dir / "mongod.log.1").exists()


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", DAEMON, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def acknowledged(daemon: subprocess.Popen[str], at_least: int) -> int:
    assert daemon.stdout is not None
    for line in daemon.stdout:
        if int(line) >= at_least:
            return int(line)
    pytest.fail("the daemon ended before it wrote that much")


async def test_after_kill_9_of_the_daemon_the_next_start_takes_over_every_acknowledged_write(
    daemon: subprocess.Popen[str], tmp_path: Path
) -> None:
    acknowledged(daemon, 5)
    orphan = mongod_pid(tmp_path)
    with pytest.raises(InUseError, match=f"pid {daemon.pid}"), state_lock(tmp_path):
        pass
    daemon.kill()
    last = max([5, *map(int, daemon.communicate()[0].split())])
    with state_lock(tmp_path):
        async with embedded_mongod(tmp_path) as uri:
            assert goals_in(uri) >= last
            assert mongod_pid(tmp_path) != orphan


async def test_a_mongod_that_dies_ends_the_block_with_a_reason(tmp_path: Path) -> None:
    async def lose_mongod() -> None:
        async with embedded_mongod(tmp_path):
            os.kill(mongod_pid(tmp_path), signal.SIGKILL)
            async with asyncio.timeout(10):
                await asyncio.Event().wait()

    with pytest.raises(StoreError, match="signal 9"):
        await lose_mongod()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_state_directory_too_long_for_a_socket_gets_one_in_a_private_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    state_dir = tmp_path / ("ü" * 60)
    async with embedded_mongod(state_dir) as uri:
        place = (state_dir / "mongod.sock").readlink().parent
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        assert socket_uri(state_dir) == uri
        assert goals_in(uri) == 0
    assert not place.exists()
    assert socket_uri(state_dir) is None


async def test_cancelling_the_block_is_no_failure_of_the_database(tmp_path: Path) -> None:
    inside = asyncio.Event()

    async def hold() -> None:
        async with embedded_mongod(tmp_path):
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await inside.wait()
    pid = mongod_pid(tmp_path)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not Path(f"/proc/{pid}").exists()


async def test_data_that_another_mongod_holds_is_waited_for_and_then_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("footyd.adapters.mongod.TAKEOVER_SECONDS", 0.05)
    async with embedded_mongod(tmp_path):
        pid = mongod_pid(tmp_path)
        with pytest.raises(InUseError, match=f"pid {pid}") as refused:
            await embedded_mongod(tmp_path).__aenter__()
        assert f"kill {pid}" in refused.value.remedy


async def test_a_program_that_cannot_run_is_told_with_what_it_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "mongod"
    program.write_bytes(b"\x7fELF of another machine")
    program.chmod(0o700)
    monkeypatch.setattr("footyd.adapters.mongod.shipped_mongod", lambda: program)
    with pytest.raises(PermanentError, match="not made for this machine"):
        await embedded_mongod(tmp_path / "state").__aenter__()


async def test_an_illegal_instruction_is_told_as_a_cpu_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "mongod"
    program.write_text("#!/bin/sh\nkill -ILL $$\n")
    program.chmod(0o700)
    monkeypatch.setattr("footyd.adapters.mongod.shipped_mongod", lambda: program)
    with pytest.raises(PermanentError, match=r"too old.*Pi 5") as refused:
        await embedded_mongod(tmp_path / "state").__aenter__()
    assert "mongo.uri" in refused.value.remedy
    assert "\n" not in refused.value.line()


IN_INITANDLISTEN = '{"s":"E","msg":"DBException in initAndListen, terminating","attr":{"error":"%s"}}\n'


@pytest.mark.parametrize(
    ("returncode", "said", "error", "words"),
    [
        (-4, "", PermanentError, "too old"),
        (132, "", PermanentError, "too old"),
        (
            127,
            "mongod: error while loading shared libraries: libcurl.so.4: cannot",
            PermanentError,
            "libcurl4",
        ),
        (1, "exec: [Errno 8] Exec format error: 'mongod'", PermanentError, "not made for this machine"),
        (
            -6,
            '{"s":"F","msg":"Writing failed","attr":{"error":"28: No space left on device"}}',
            PermanentError,
            "full",
        ),
        (100, IN_INITANDLISTEN % "DBPathInUse: Unable to lock the lock file", InUseError, "same data"),
        (
            62,
            IN_INITANDLISTEN % "invalid featureCompatibilityVersion document",
            PermanentError,
            "another MongoDB",
        ),
        (
            14,
            '{"s":"I","msg":"fine"}\n{"s":"F","msg":"Fatal assertion","attr":{}}',
            StoreError,
            "Fatal assertion",
        ),
        (-9, "", StoreError, "signal 9"),
    ],
)
def test_an_early_end_is_told_by_its_reason(
    tmp_path: Path, returncode: int, said: str, error: type[FootydError], words: str
) -> None:
    output = tmp_path / "mongod.log"
    output.write_text(said)
    told = explain(returncode, output)
    assert type(told) is error
    assert words in told.line()
    assert told.remedy


def test_a_missing_wheel_is_told_with_both_remedies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongod_places, "WHEEL", "no-such-wheel")
    with pytest.raises(PermanentError) as refused:
        shipped_mongod()
    assert "footyd[embedded]" in refused.value.remedy
    assert "mongo.uri" in refused.value.remedy


def test_a_missing_run_bit_is_set_or_where_it_cannot_be_the_program_is_copied_beside_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "wheel"
    program.write_bytes(b"#!")
    program.chmod(0o600)
    assert runnable(program, tmp_path) == program
    assert os.access(program, os.X_OK)

    program.chmod(0o600)
    real_chmod = Path.chmod

    def refuse(path: Path, mode: int) -> None:
        if path == program:
            raise PermissionError
        real_chmod(path, mode)

    monkeypatch.setattr(Path, "chmod", refuse)
    copy = runnable(program, tmp_path)
    assert copy == tmp_path / "mongod"
    assert copy.read_bytes() == b"#!"
    assert os.access(copy, os.X_OK)


def test_a_state_directory_that_cannot_be_made_is_told_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PermanentError, match="file/state") as refused:
        make_private(tmp_path / "file/state")
    assert "state.dir" in refused.value.remedy


def test_the_state_lock_is_free_again_after_its_block(tmp_path: Path) -> None:
    with state_lock(tmp_path), pytest.raises(InUseError, match=f"pid {os.getpid()}"), state_lock(tmp_path):
        pass
    with state_lock(tmp_path):
        assert int((tmp_path / "footyd.lock").read_text()) == os.getpid()


def test_where_debian_has_no_libcurl_mongod_gets_the_one_that_came_along(tmp_path: Path) -> None:
    lent = lent_libraries(tmp_path)
    found = subprocess.run(
        ["/usr/bin/ldd", str(shipped_mongod())],
        env={**os.environ, "LD_LIBRARY_PATH": lent},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"libcurl.so.4 => {tmp_path}/lib/libcurl.so.4" in found.stdout
    assert "not found" not in found.stdout
