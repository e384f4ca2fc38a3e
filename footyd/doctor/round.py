"""The order of a doctor's round: what is near and cheap first, the records last."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

from footyd.clients import open_database
from footyd.config import Config, Retry
from footyd.doctor import files, machine, outside, records
from footyd.doctor.lines import Line, failed, ok
from footyd.errors import FootydError
from footyd.model import utcnow

ONCE = Retry(attempts=1)


async def examine(
    config: Config, file: Path | None, *, fix: bool = False, ask: bool = False
) -> AsyncIterator[Line]:
    """Every finding as it is made, good ones too; `file` is where the config was read."""
    hidden = files.hidden(config)
    for line in [hidden] if hidden else files.look(config, file):
        yield line
    config = _without_patience(config)
    yield machine.clock(utcnow())
    yield machine.mongod(config)
    async for line in machine.service(config):
        yield line
    if hidden:
        return
    async for line in outside.look(config, ask=ask):
        yield line
    async for line in _with_records(config, fix=fix):
        yield line


def _without_patience(config: Config) -> Config:
    """What does not answer at once is a finding."""
    feed = config.api_football.model_copy(update={"retry": ONCE})
    library = config.library.model_copy(update={"retry": ONCE})
    return config.model_copy(update={"api_football": feed, "library": library})


async def _with_records(config: Config, *, fix: bool) -> AsyncIterator[Line]:
    """A database of our own is started for it where none runs, but never made."""
    if config.mongo.uri is None and not (config.state.dir / "db").is_dir():
        yield machine.port(config, running=False)
        yield ok("records", f"none yet: footyd has never run in {config.state.dir}")
        return
    if theirs := records.of_another(config):
        yield theirs
        return
    async with AsyncExitStack() as stack:
        running = records.holder_of(config)  # before we are that ourselves
        try:
            store = await stack.enter_async_context(open_database(config))
            if config.mongo.uri:
                running = await (records.hold_off(config, store, stack) if fix else records.lessee(store))
            found = [await records.database(store), await records.work(store)]
        except FootydError as exc:
            yield failed("database", exc)
            return
        for line in (*found, ok("daemon", f"runs, {running}" if running else "does not run")):
            yield line
        yield machine.port(config, running=bool(running))
        async for line in records.look(config, store, running=running, fix=fix):
            yield line
