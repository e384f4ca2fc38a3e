"""footyd as a service in a booted machine, and what a person would look at."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from footyd.demo.scenario import Scenario
from footyd.demo.world import World
from tests.faults.machine import Machine
from tests.footyd_process import Settings, as_toml, fast_settings
from tests.waiting import until_found

CONFIG = "etc/footyd/config.toml"


class Installed:
    """The service in its machine: its config, its properties, its journal."""

    def __init__(self, machine: Machine, world: World, scenario: Scenario) -> None:
        self.machine = machine
        self.world = world
        self.scenario = scenario
        self.settings = self._settings()

    def _settings(self) -> Settings:
        settings = fast_settings(self.world, self.scenario)
        del settings["api_football"]["key"]  # comes as a credential
        return settings | {
            "state": {"dir": "/var/lib/footyd"},
            "poll": {"interval_seconds": 8},
            "web": {"port": 0},
            "workers": {"goals": 1, "processes": 1, "idle_seconds": 5},  # so that work lasts
        }

    def configure(self, **changed: dict[str, Any]) -> None:
        whole = {
            name: self.settings.get(name, {}) | changed.get(name, {}) for name in self.settings | changed
        }
        (self.machine.root / CONFIG).write_text(as_toml(whole), encoding="utf-8")

    def drop_in(self, name: str, settings: str) -> Path:
        path = self.machine.root / f"etc/systemd/system/footyd.service.d/{name}.conf"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"[Service]\n{settings}\n")
        return path

    async def must(self, command: str, given: str = "") -> str:
        said = await self.machine.run(command, given=given)
        assert said.code == 0, f"{command}: {said.code}: {said.out[-1500:]}"
        return said.out

    async def main_pid(self) -> str:
        return (await self.machine.show("MainPID"))["MainPID"]

    async def journal(self, *fields: str) -> list[dict[str, Any]]:
        told = await self.machine.run(f"journalctl -u footyd -o json --no-pager {' '.join(fields)}")
        return [json.loads(line) for line in told.out.splitlines() if line.startswith("{")]

    async def active_again(self, before: str) -> float:
        """Seconds until another main process is ready."""
        begun = time.monotonic()

        async def look() -> bool | None:
            now = await self.machine.show("ActiveState", "SubState", "MainPID")
            ready = (now["ActiveState"], now["SubState"]) == ("active", "running")
            return (ready and now["MainPID"] not in (before, "0")) or None

        await until_found(look, seconds=120, look=0.3)
        return time.monotonic() - begun

    async def at_work(self) -> str:
        """The status once a process of the pool lives."""

        async def look() -> str | None:
            in_pool = any("multiprocessing.spawn" in line for line in await self.machine.processes())
            return (await self.machine.show("StatusText"))["StatusText"] if in_pool else None

        return await until_found(look, seconds=120, look=0.2)
