"""footyd under a real, booted systemd, installed as the README says; run by hand, as root:

    python -m tests.faults.systemd_session --place DIR

Needs Debian's mmdebstrap and systemd-container. A match day is played against it meanwhile; through all that
is done to the service, the day must end as it was written. Prints PASS or FAIL for each step.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from footyd.adapters.mongo import open_store
from footyd.adapters.mongod import socket_uri
from footyd.demo.report import DayRecords, check_day
from footyd.demo.run import is_over, read_day
from footyd.demo.scenario import DEMO_KEY, written_day
from footyd.demo.world import open_world
from footyd.errors import StoreError
from tests.faults.installed import Installed
from tests.faults.machine import ROOT, booted, make_tree
from tests.footyd_process import SEED, make_clips
from tests.waiting import until_found

STATE = "var/lib/private/footyd"
README_BLOCK = re.compile(r"As root, in the clone.*?```sh\n(.*?)```", re.DOTALL)


class Session:
    """The steps, in order; each tells what it saw, or raises AssertionError."""

    def __init__(self, installed: Installed) -> None:
        self.footyd = installed
        self.machine = installed.machine
        self.failed = 0

    async def step(self, name: str, act: Callable[[], Awaitable[str]]) -> None:
        begun = time.monotonic()
        try:
            verdict, told = "PASS", await act()
        except (AssertionError, TimeoutError) as exc:
            verdict, told = "FAIL", f"{type(exc).__name__}: {exc}"
            self.failed += 1
        typer.echo(f"{verdict} {name} ({time.monotonic() - begun:.1f} s): {told}")

    # ------------------------------------------------ install and start

    async def install(self) -> str:
        """Every line of the README but the editor."""
        block = README_BLOCK.search((ROOT / "README.md").read_text())
        assert block, "the README has no such block"
        lines = [line for line in block[1].splitlines() if line.strip()]
        for line in lines[:-1]:
            if line.startswith("nano"):
                self.footyd.configure()
                dead_end = self.footyd.world.clip_url
                self.footyd.drop_in("proxy", f"Environment=https_proxy={dead_end} no_proxy=127.0.0.1")
            else:
                await self.footyd.must(line, given=f"{DEMO_KEY}\n" if "/dev/stdin" in line else "")
        await self.footyd.must(lines[-1])
        return f"{len(lines)} lines; {await self.footyd.must('systemctl --version | head -1')}"

    async def start(self) -> str:
        now = await self.machine.show("ActiveState", "SubState", "StatusText", "NotifyAccess", "Type")
        assert (now["ActiveState"], now["SubState"]) == ("active", "running"), now
        assert now["StatusText"], "no STATUS was sent"
        return f"active (running), Status: {now['StatusText']}"

    async def status(self) -> str:
        seen: set[str] = set()

        async def look() -> bool | None:
            seen.add((await self.machine.show("StatusText"))["StatusText"])
            return (
                any(re.fullmatch(r"[1-9]\d* live, .* in work, next poll \d+ s", line) for line in seen)
                or None
            )

        await until_found(look, seconds=60, look=0.5)
        return "; ".join(sorted(seen))

    async def journal_fields(self) -> str:
        async def confirmed() -> list[dict[str, Any]] | None:
            return await self.footyd.journal("'EVENT=goal confirmed'") or None

        first = (await until_found(confirmed, seconds=120, look=1))[0]
        goal = first["GOAL_ID"]

        async def several() -> list[dict[str, Any]] | None:
            found = await self.footyd.journal(f"GOAL_ID={goal}")
            return found if len(found) >= 2 else None

        of_goal = await until_found(several, seconds=60, look=1)
        assert all(entry["PRIORITY"] in "34567" for entry in of_goal)
        assert await self.footyd.journal(f"FIXTURE_ID={first['FIXTURE_ID']}")
        return f"GOAL_ID={goal}: {len(of_goal)} entries, first: {first['MESSAGE'][:100]}"

    # ------------------------------------------------ reload

    async def reload_good(self) -> str:
        before = await self.footyd.main_pid()
        self.footyd.configure(poll={"interval_seconds": 7}, web={"port": 1})
        foretold = await self.footyd.must("footyd check-config /etc/footyd/config.toml")
        assert "poll.interval_seconds: 8.0 → 7.0" in foretold, foretold
        begun = time.monotonic()
        await self.footyd.must("systemctl reload footyd")
        seconds = time.monotonic() - begun
        assert await self.footyd.main_pid() == before
        [applied] = await self.footyd.journal("'EVENT=config applied'")
        [later] = await self.footyd.journal("'EVENT=config needs a restart'")
        assert "poll.interval_seconds: 8.0 → 7.0" in applied["MESSAGE"], applied["MESSAGE"]
        assert "web.port: 0 → 1, needs a restart" in later["MESSAGE"], later["MESSAGE"]
        return f"exit 0 after {seconds:.1f} s, {applied['MESSAGE']}"

    async def reload_bad(self) -> str:
        before = await self.footyd.main_pid()
        self.footyd.configure(poll={"interval_seconds": "often"}, serch={"x": 1})
        reload = await self.machine.run("systemctl reload footyd")
        by_hand = await self.machine.run("cd / && footyd reload")
        refused = await self.footyd.journal("'EVENT=config refused, the old one stays'")
        assert reload.code != 0, "systemctl reload should have failed"
        assert by_hand.code == 78, by_hand
        assert await self.footyd.main_pid() == before
        assert (await self.machine.show("ActiveState"))["ActiveState"] == "active"
        assert sorted(e["MISTAKE"].split(":")[0] for e in refused) == ["poll.interval_seconds", "serch"]
        self.footyd.configure(poll={"interval_seconds": 7})
        assert "nothing changed" in await self.footyd.must("cd / && footyd reload")
        return (
            f"systemctl reload: {reload.code}, footyd reload: 78, one error line per key, the old one stays"
        )

    async def reload_under_way(self) -> str:
        """Many at once: each gets an answer to itself."""
        codes = await self.footyd.must(
            "cd /; for n in 1 2 3 4; do (systemctl reload footyd; echo $?) &"
            " (footyd reload >/dev/null; echo $?) & done; wait"
        )
        assert codes.split() == ["0"] * 8, codes
        return f"{len(codes.split())} reloads at once, all answered"

    # ------------------------------------------------ deaths

    async def stop_under_load(self) -> str:
        status = await self.footyd.at_work()
        begun = time.monotonic()
        await self.footyd.must("systemctl stop footyd")
        seconds = time.monotonic() - begun
        now = await self.machine.show("ActiveState", "Result", "ExecMainStatus")
        assert now == {"ActiveState": "inactive", "Result": "success", "ExecMainStatus": "0"}, now
        assert await self.machine.processes() == []
        await self.footyd.must("systemctl start footyd")
        return f"at “{status}”: stopped in {seconds:.1f} s, exit 0, no process left"

    async def kill(self) -> str:
        await self.footyd.at_work()
        before = await self.footyd.main_pid()
        await self.footyd.must(f"kill -9 {before}")
        seconds = await self.footyd.active_again(before)
        return f"SIGKILL with work in the pool: ready again after {seconds:.1f} s (RestartSec=15)"

    async def watchdog(self) -> str:
        quick = self.footyd.drop_in("quick", "WatchdogSec=8\nRestartSec=1")
        await self.footyd.must("systemctl daemon-reload && systemctl restart footyd")
        before = await self.footyd.main_pid()
        await self.footyd.must(f"kill -STOP {before}")
        seconds = await self.footyd.active_again(before)
        told = await self.footyd.must(
            "journalctl -u footyd --no-pager -o cat | grep -iE 'watchdog|Fatal Python|File ' | tail -400"
        )
        assert "Watchdog timeout" in told, told
        assert "Fatal Python error: Aborted" in told, told
        quick.unlink()
        await self.footyd.must("systemctl daemon-reload && systemctl restart footyd")
        return (
            f"frozen, killed with its stack in the journal, ready again after {seconds:.1f} s (WatchdogSec=8)"
        )

    # ------------------------------------------------ the end

    async def day(self) -> str:
        """No goal lost or doubled, no keeper lost, by all that was done."""
        state = self.machine.root / STATE

        async def records_at_the_end() -> DayRecords | None:
            uri = socket_uri(state)
            if uri is None:
                return None
            try:
                async with open_store(uri, "footyd", timeout_seconds=30, runs_kept_days=90) as store:
                    records = await read_day(store)
            except StoreError:
                return None
            return records if is_over(records, self.footyd.world) else None

        records = await until_found(records_at_the_end, seconds=400, look=2)
        library = state / "library"
        keys = {str(path.relative_to(library)) for path in library.rglob("*.mp4")}
        wrong = check_day(records, self.footyd.scenario, keys)
        assert not wrong, "; ".join(wrong)
        return f"ended as written: {len(records.goals)} goals, {len(keys)} clips in the library"

    async def nothing_left(self) -> str:
        await self.footyd.must("systemctl stop footyd")
        assert await self.machine.processes() == []
        strays = await self.machine.run("pgrep -af 'mongod|footyd|chromium'")
        assert "/opt/footyd" not in strays.out, strays.out
        work = self.machine.root / STATE / "work"
        left = [str(path) for path in work.rglob("*") if path.is_file()]
        left += (
            await self.footyd.must(
                "find /run/footyd /run/footyd-tmp /tmp -mindepth 1 -name '*footyd*' 2>/dev/null; true"
            )
        ).split()
        assert left == [], left
        warned = len(await self.footyd.journal("-p", "err"))
        return f"no process, no temporary file, /run/footyd gone; {warned} errors in the journal, all meant"


async def play(place: Path) -> int:
    """How many steps failed."""
    root = await asyncio.to_thread(make_tree, place)
    scenario = written_day(SEED, datetime.now(UTC))
    async with open_world(scenario, place / "clips") as world, booted(root) as machine:
        session = Session(Installed(machine, world, scenario))
        for act in (
            session.install,
            session.start,
            session.status,
            session.stop_under_load,
            session.kill,
            session.watchdog,
            session.journal_fields,
            session.reload_good,
            session.reload_bad,
            session.reload_under_way,
            session.day,
            session.nothing_left,
        ):
            await session.step(act.__name__.replace("_", " "), act)
            if session.failed and act in (session.install, session.start):
                break
        if session.failed:
            typer.echo((await machine.run("journalctl -u footyd --no-pager | tail -60")).out)
    return session.failed


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--place", type=Path, required=True, help="a folder for the tree")
    place = parser.parse_args().place
    place.mkdir(parents=True, exist_ok=True)
    make_clips(place / "clips")
    failed = asyncio.run(play(place))
    shutil.rmtree(place / "root", ignore_errors=True)
    sys.exit(min(failed, 1))


if __name__ == "__main__":
    main()
