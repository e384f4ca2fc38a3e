"""Who we are among the footyds of one database: this machine, this state directory, this process."""

from __future__ import annotations

import os
import socket
import uuid
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from footyd.errors import PermanentError
from footyd.model import Holder

MACHINE_ID = Path("/etc/machine-id")
SERIAL = Path("/sys/firmware/devicetree/base/serial-number")
"""A Pi's own, where two cards were written from one image and share the machine id."""
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
NAME = "identity"


def holder_here(state_dir: Path) -> Holder:
    """This process, as the holder of this state directory's lock."""
    return Holder(
        host=socket.gethostname(),
        state_dir=str(state_dir),
        machine=_machine(),
        state=_state(state_dir),
        boot=_text(BOOT_ID),
        pids=_pids(),
        pid=os.getpid(),
        started=_started(os.getpid()),
    )


def is_dead(holder: Holder, here: Holder) -> bool:
    """Whether that process has certainly ended: of another one's place or machine we cannot tell."""
    if holder.is_same_place(here):
        return True  # we hold the lock of its state directory
    if not holder.machine or holder.machine != here.machine:
        return False
    if holder.boot != here.boot:
        return bool(holder.boot and here.boot)
    return bool(holder.pids) and holder.pids == here.pids and _has_ended(holder)


def _has_ended(holder: Holder) -> bool:
    """Another user's process may be hidden from /proc (ProtectProc=), but not from a signal."""
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _started(holder.pid) not in ("", holder.started)


def _machine() -> str:
    """machine-id(5) wants its own kept to the machine: only a digest leaves it."""
    own = _text(MACHINE_ID)
    return sha256(f"footyd {own} {_text(SERIAL)}".encode()).hexdigest()[:16] if own else ""


def _state(state_dir: Path) -> str:
    """Made once and kept with the state: paths alone are the same in every container."""
    file = state_dir / NAME
    if known := _text(file):
        return known
    made = uuid.uuid4().hex
    try:
        file.write_text(f"{made}\n")
    except OSError as exc:
        raise PermanentError(
            f"{file} cannot be written: {exc.strerror}",
            remedy="Give the state directory to the user that runs footyd",
        ) from exc
    return made


def _pids() -> str:
    with suppress(OSError):
        return str(Path("/proc/self/ns/pid").readlink())
    return ""


def _started(pid: int) -> str:
    """The process's start in ticks since boot (field 22 of proc(5)'s stat); empty when there is none."""
    text = _text(Path(f"/proc/{pid}/stat"))
    return text.rpartition(")")[2].split()[19] if text else ""


def _text(file: Path) -> str:
    with suppress(OSError, ValueError):
        return file.read_text().strip("\0\n ")
    return ""
