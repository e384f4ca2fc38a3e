"""What came of the latest reload, left by the daemon in its runtime directory for those who asked for it."""

from __future__ import annotations

import json
import os
import select
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from footyd.config_diff import Dump, Setting
from footyd.errors import PermanentError, TemporaryError

FILE = "reload.json"
LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Written at the start (count 0) and after each reload.

    `begun_ns` is the monotonic clock, which all processes share, before the configuration was read: what was
    asked for earlier is answered by it. `lines` are the changes, or the mistakes of a refused one. `applied`
    is what is in force since, marked with `salt`.
    """

    pid: int
    count: int
    begun_ns: int
    ok: bool
    lines: tuple[str, ...]
    salt: str
    applied: Dump


def runtime_dir(state_dir: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """systemd's `RuntimeDirectory=`, in memory; without one the state directory."""
    systemd = environ.get("RUNTIME_DIRECTORY", "")
    return Path(systemd.split(":")[0]) if systemd else state_dir


def runtime_dir_of(pid: int, state_dir: Path) -> Path:
    """The same of another process, as far as we may look at it."""
    try:
        pairs = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return runtime_dir(state_dir)
    return runtime_dir(state_dir, {"RUNTIME_DIRECTORY": _value(pairs, b"RUNTIME_DIRECTORY")})


def _value(pairs: list[bytes], name: bytes) -> str:
    return next((os.fsdecode(p[len(name) + 1 :]) for p in pairs if p.startswith(name + b"=")), "")


def write_verdict(verdict: Verdict, place: Path) -> None:
    """Whole or not at all, for our eyes only. Raises OSError."""
    partial = place / f"{FILE}.partial"
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(verdict), file, ensure_ascii=False)
    partial.replace(place / FILE)


def read_verdict(place: Path, pid: int) -> Verdict | None:
    """The one of this process; None when it has left none, or one of another version."""
    try:
        found = json.loads((place / FILE).read_text(encoding="utf-8"))
        applied = {path: Setting(**setting) for path, setting in found.pop("applied").items()}
        verdict = Verdict(**{**found, "lines": tuple(found["lines"]), "applied": applied})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return verdict if verdict.pid == pid else None


def ask_for_reload(
    pid: int,
    place: Path,
    timeout_seconds: float,
    clock_ns: Callable[[], int] = time.monotonic_ns,
) -> Verdict:
    """Send SIGHUP to a daemon and wait for what it makes of it.

    Raises TemporaryError when it ends or does not answer, PermanentError when it is not ours to ask.
    """
    with suppress(ProcessLookupError), _Process(pid) as daemon:
        asked = clock_ns()
        daemon.hang_up()
        while clock_ns() - asked < timeout_seconds * 1e9:
            verdict = read_verdict(place, pid)
            if verdict and verdict.begun_ns >= asked:
                return verdict
            if daemon.ended_within(LOOK_SECONDS):
                raise ProcessLookupError
        raise TemporaryError(
            f"footyd (pid {pid}) did not answer within {timeout_seconds:g} s",
            remedy="Its log tells what it does: journalctl -u footyd",
        )
    raise TemporaryError(f"footyd (pid {pid}) has ended", remedy="Start it, which reads the config too")


class _Process:
    """Another process, held by a descriptor: a pid may be anybody's a moment later."""

    def __init__(self, pid: int) -> None:
        self._handle = os.pidfd_open(pid)

    def __enter__(self) -> _Process:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    def hang_up(self) -> None:
        try:
            signal.pidfd_send_signal(self._handle, signal.SIGHUP)
        except PermissionError as exc:
            raise PermanentError("this footyd is another user's", remedy="Be that user, or root") from exc

    def ended_within(self, seconds: float) -> bool:
        ended = select.poll()
        ended.register(self._handle, select.POLLIN)
        return bool(ended.poll(seconds * 1000))
