"""The machine under footyd: its clock, its CPU, its service manager, the page's port."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path

from footyd.adapters.machine import clock_is_set, is_booted_by_systemd, runs_mongod
from footyd.adapters.mongod_failures import OLD_CPU, WAYS_OUT
from footyd.adapters.mongod_places import shipped_mongod
from footyd.clock import EARLIEST
from footyd.config import Config
from footyd.doctor.lines import Line, fail, failed, ok, warn
from footyd.errors import PermanentError

LATEST_YEAR = 2100
UNIT = "footyd.service"
UNIT_PLACES = tuple(Path(place, UNIT) for place in ("/etc/systemd/system", "/usr/lib/systemd/system"))
ESSENTIAL = (
    "Type=notify",
    "NotifyAccess=main",
    "WatchdogSec=90",
    "KillMode=mixed",
    "Restart=on-failure",
    "RestartPreventExitStatus=78",
    "TimeoutStartSec=180",
    "RuntimeDirectoryPreserve=restart",
)
"""What this footyd relies on in its unit; the repository's has it."""
STOP_MARGIN_SECONDS = 50
"""After the drain: the last announcements and the database's own stop."""
SYSTEMCTL_SECONDS = 10


def clock(now: datetime) -> Line:
    if now < EARLIEST or now.year >= LATEST_YEAR:
        return fail("clock", f"it says {now:%Y-%m-%d %H:%M}", "Set it: timedatectl set-ntp true")
    match clock_is_set():
        case True:
            return ok("clock", "synchronised")
        case False:
            return warn(
                "clock",
                "not synchronised",
                "timedatectl set-ntp true; systemctl enable systemd-time-wait-sync lets footyd wait for it",
            )
        case None:
            return ok("clock", f"it says {now:%Y-%m-%d %H:%M} UTC; whether that is synchronised is not told")


def mongod(config: Config) -> Line:
    """What can be said before one is started."""
    if config.mongo.uri is not None:
        return ok("mongod", "not needed: mongo.uri names a database")
    if runs_mongod() is False:
        return fail("mongod", OLD_CPU, WAYS_OUT)
    try:
        return ok("mongod", str(shipped_mongod()))
    except PermanentError as exc:
        return failed("mongod", exc)


def port(config: Config, *, running: bool) -> Line:
    """Free while footyd stands still, taken while it runs."""
    if not config.web.enabled:
        return ok("page", "not served (web.enabled)")
    host = config.web.host
    address = f"{host}:{config.web.port}"
    is_free = _may_bind(host, config.web.port)
    if running:
        return ok("page", f"served at {address}") if not is_free else _unserved(address)
    if is_free:
        return ok("page", f"{address} is free")
    return fail("page", f"{address} is taken by another program", "Set web.port, or stop that program")


def _unserved(address: str) -> Line:
    return warn("page", f"nothing listens on {address}", "See footyd's log: the running one may have another")


def _may_bind(host: str, number: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError:
            return False
    return True


# ---------------------------------------------------------------- the service


async def service(config: Config) -> AsyncIterator[Line]:
    """Nothing where systemd is not at work, or footyd is not its service."""
    unit = next((place for place in UNIT_PLACES if place.is_file()), None)
    if unit is None:
        if is_booted_by_systemd():
            yield ok("service", "not installed: footyd does not start by itself (see the README)")
        return
    for line in unit_lines(unit, unit.read_text(encoding="utf-8", errors="replace"), config):
        yield line
    told = await _shown()
    if told.get("NeedDaemonReload") == "yes":
        yield warn("service", f"{unit} was changed since it was read", "systemctl daemon-reload")


def unit_lines(unit: Path, text: str, config: Config) -> Iterator[Line]:
    """What the unit says; a drop-in may still overrule it."""
    said = {line.strip() for line in text.splitlines()}
    if missing := [line for line in ESSENTIAL if line not in said]:
        remedy = f"Install this footyd's {UNIT} over it, then systemctl daemon-reload"
        yield warn("service", f"{unit} lacks {', '.join(missing)}", remedy)
    stop = re.search(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    wanted = config.daemon.grace_seconds + STOP_MARGIN_SECONDS
    if stop and int(stop[1]) < wanted:
        finding = (
            f"TimeoutStopSec={stop[1]} is short for daemon.grace_seconds = {config.daemon.grace_seconds:g}"
        )
        yield warn("service", finding, f"Set TimeoutStopSec={wanted:g} in {unit}")
    yield from _credentials(text)
    if not missing:
        yield ok("service", f"{unit}: up to date")


def _credentials(text: str) -> Iterator[Line]:
    """Each file that systemd is to hand over; to see into their folder may take root."""
    for name, place in re.findall(r"^LoadCredential=([^:\n]+):(.+)$", text, re.MULTILINE):
        file = Path(place)
        if not os.access(file.parent, os.X_OK):
            continue
        if not file.is_file():
            yield fail(
                "service", f"LoadCredential={name}: no file {file}", "Make it, or comment the line out"
            )
        elif file.stat().st_mode & 0o077:
            yield warn("service", f"{file} may be read by other users", f"chmod 600 {file}")


async def _shown() -> Mapping[str, str]:
    """What systemd knows of the unit; nothing where it does not answer."""
    systemctl = shutil.which("systemctl")
    if systemctl is None or not is_booted_by_systemd():
        return {}
    process = await asyncio.create_subprocess_exec(
        systemctl,
        "show",
        UNIT,
        "--property=NeedDaemonReload",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(SYSTEMCTL_SECONDS):
            out, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return {}
    return dict(line.split("=", 1) for line in out.decode().splitlines() if "=" in line)
