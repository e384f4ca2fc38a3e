"""The two datagram protocols of systemd: sd_notify(3), and the journal's native one."""

from __future__ import annotations

import array
import errno
import fcntl
import os
import re
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

JOURNAL_SOCKET = Path("/run/systemd/journal/socket")
SEND_SECONDS = 1.0
LONGEST_FIELD_NAME = 64
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL


class Notifier:
    """Tells systemd how the service is; without NOTIFY_SOCKET it tells nobody.

    `watchdog_seconds` is the time-out systemd enforces (None: none): call `watchdog` at half of it.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_seconds = _watchdog_seconds(environ)

    @property
    def listened_to(self) -> bool:
        return bool(self._address)

    def ready(self, status: str = "") -> None:
        self._send("READY=1", *_status(status))

    def status(self, text: str) -> None:
        self._send(*_status(text))

    def reloading(self) -> None:
        """To be followed by `ready`."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def watchdog(self) -> None:
        self._send("WATCHDOG=1")

    def _send(self, *assignments: str) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(SEND_SECONDS)
            sender.sendto("\n".join(assignments).encode(), self._address)


def _status(text: str) -> tuple[str, ...]:
    return (f"STATUS={' '.join(text.split())}",) if text else ()


def _watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    """Meant for another process when WATCHDOG_PID names one (sd_watchdog_enabled(3))."""
    microseconds = environ.get("WATCHDOG_USEC", "")
    if not microseconds.isdecimal() or environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(microseconds) / 1e6 or None


def journal_connected() -> bool:
    """Whether stderr is the journal's own: JOURNAL_STREAM names its device and inode (systemd.exec(5))."""
    try:
        stderr = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{stderr.st_dev}:{stderr.st_ino}"


class JournalSender:
    """A datagram per entry, so that `journalctl GOAL_ID=…` finds it (its "Native Journal Protocol")."""

    def __init__(self, path: Path = JOURNAL_SOCKET) -> None:
        self._path = str(path)

    def send(self, fields: Mapping[str, object]) -> None:
        """Keys become upper-case field names. Raises OSError when the journal does not take the entry."""
        entry = b"".join(_field(key, value) for key, value in fields.items())
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(SEND_SECONDS)
            try:
                sender.sendto(entry, self._path)
            except OSError as exc:
                if exc.errno not in (errno.EMSGSIZE, errno.ENOBUFS):
                    raise
                _send_sealed(sender, entry, self._path)


def _send_sealed(sender: socket.socket, entry: bytes, path: str) -> None:
    """Too long for a datagram: as a memory file nobody can change any more."""
    with os.fdopen(os.memfd_create("journal-entry", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING), "wb") as memory:
        memory.write(entry)
        memory.flush()
        fcntl.fcntl(memory, fcntl.F_ADD_SEALS, _SEALS)
        descriptor = array.array("i", [memory.fileno()])
        sender.sendmsg([], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptor)], 0, path)


def _field(key: str, value: object) -> bytes:
    name = field_name(key).encode()
    text = str(value).encode(errors="replace")
    if b"\n" not in text:
        return name + b"=" + text + b"\n"
    return name + b"\n" + len(text).to_bytes(8, "little") + text + b"\n"


def field_name(key: str) -> str:
    """What the journal takes as a name: A–Z, 0–9 and _, not beginning with _ or a digit, 64 at most."""
    name = re.sub(r"[^A-Z0-9_]", "_", key.upper()).lstrip("_")
    return (f"F_{name}" if not name or name[0].isdigit() else name)[:LONGEST_FIELD_NAME]
