"""A booted Debian 12 of its own: a fresh tree, its systemd in a container that shares the loopback."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.waiting import until_found

ROOT = Path(__file__).parents[2]
PACKAGES = "systemd,systemd-sysv,dbus,python3,python3-venv,python3-pip,ca-certificates,procps"
WHEELS = "/root/wheels"


@dataclass(frozen=True)
class Said:
    """What a command inside left behind."""

    code: int
    out: str


def make_tree(place: Path) -> Path:
    """A Debian 12 tree with a clone of HEAD and its wheels; what lies there of before is used again."""
    base, wheels, clone = place / "base", place / "wheels", place / "clone"
    if not base.is_dir():
        bootstrap = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", "bookworm"]
        _do(*bootstrap, base)
    shutil.rmtree(clone, ignore_errors=True)
    _do("git", "clone", "-q", "--depth=1", ROOT.as_uri(), clone)
    for old in wheels.glob("footyd-*"):
        old.unlink()
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "-w", str(wheels), "--find-links", str(wheels)]
    _do(*pip, f"{clone}[embedded]", "hatchling")
    root = place / "root"
    _do("rm", "-rf", "--one-file-system", root)
    _do("cp", "-a", "--reflink=auto", base, root)
    shutil.copytree(clone, root / "root/footyd")
    shutil.copytree(wheels, root / WHEELS.lstrip("/"))
    return root


def _do(*command: str | Path) -> None:
    subprocess.run(command, check=True)


class Machine:
    """Runs commands inside; `leader` is its systemd."""

    def __init__(self, leader: int, root: Path) -> None:
        self.leader = leader
        self.root = root

    async def run(self, command: str, *, given: str = "", seconds: float = 300) -> Said:
        """A line of shell, as root in the clone; stdout and stderr together."""
        process = await asyncio.create_subprocess_exec(
            *("nsenter", "-t", str(self.leader), "-a", "--wdns=/root/footyd", "--"),
            *("/usr/bin/env", "-i", "HOME=/root", "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
            *("LANG=C.UTF-8", "PIP_NO_INDEX=1", f"PIP_FIND_LINKS={WHEELS}", "bash", "-c", command),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(seconds):
            out, _ = await process.communicate(given.encode())
        return Said(code=process.returncode or 0, out=out.decode().strip())

    async def show(self, *names: str) -> dict[str, str]:
        """Properties of the unit."""
        told = await self.run(f"systemctl show footyd -p {','.join(names)}")
        return dict(line.partition("=")[::2] for line in told.out.splitlines())

    async def processes(self) -> list[str]:
        """What runs in the unit's group, by whichever version of control groups this host has."""
        told = await self.run(
            "for p in $(find /sys/fs/cgroup -path '*/system.slice/footyd.service/cgroup.procs' -exec cat {} +"
            " | sort -u); do tr '\\0' ' ' < /proc/$p/cmdline; echo; done"
        )
        return told.out.splitlines()


@asynccontextmanager
async def booted(root: Path) -> AsyncIterator[Machine]:
    """Until the end of the block; then it is killed, whatever went on in it."""
    nspawn = [
        "systemd-nspawn",
        "-q",
        "-D",
        str(root),
        "-b",
        "--register=no",
        "--keep-unit",
        "-M",
        "footyd-test",
    ]
    with (root.parent / "console.log").open("wb") as console:
        process = await asyncio.create_subprocess_exec(
            *nspawn,
            "--console=passive",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            start_new_session=True,
        )
    try:
        machine = Machine(await until_found(lambda: _leader(process.pid), seconds=30, look=0.1), root)
        await until_found(lambda: _running(machine), seconds=60, look=0.3)
        yield machine
    finally:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGTERM)
        await process.wait()


async def _leader(nspawn: int) -> int | None:
    children = Path(f"/proc/{nspawn}/task/{nspawn}/children").read_text().split()
    return int(children[0]) if children else None


async def _running(machine: Machine) -> bool | None:
    told = await machine.run("systemctl is-system-running")
    return told.out.splitlines()[-1:] in (["running"], ["degraded"]) or None
