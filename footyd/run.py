"""`footyd run`: everything opened in order, served until told to stop, closed in the opposite order."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import TextIO

import structlog

from footyd import __version__
from footyd.adapters.identity import holder_here
from footyd.adapters.mongod import state_lock
from footyd.adapters.systemd import Notifier
from footyd.answers import answers_of
from footyd.app import App, open_app
from footyd.clients import own_database, store_at
from footyd.clock import FOR_EVER_DAYS, wait_for_clock
from footyd.config import Config
from footyd.daemon import Daemon, calm_collector
from footyd.lease import Hold, leased
from footyd.log import configure_logging
from footyd.model import utcnow
from footyd.reload import LoadConfig, Reloads, with_key
from footyd.status_line import StatusLine, count
from footyd.verdict import runtime_dir
from footyd.web import Live, page_address, serve

OnReady = Callable[[App, Daemon], None]

log = structlog.get_logger()


async def run_daemon(
    load: LoadConfig, *, on_ready: OnReady | None = None, log_stream: TextIO | None = None
) -> None:
    """Until SIGTERM. Raises the FootydError that keeps it from running."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # one that comes before we can reload must not kill us
    config = with_key(load())

    def log_as_told(config: Config) -> None:
        configure_logging(config.log, stream=log_stream)

    log_as_told(config)
    async with AsyncExitStack() as stack:
        stack.enter_context(state_lock(config.state.dir))
        trusted = await wait_for_clock()
        uri = await own_database(config, stack)
        store = await stack.enter_async_context(store_at(config, uri))
        if config.mongo.uri:
            hold = Hold(store.lease, holder_here(config.state.dir))
            await stack.enter_async_context(leased(store, hold))
        await store.clock.keep_runs(config.daemon.runs_kept_days if trusted else FOR_EVER_DAYS)
        app = await open_app(config, stack, store)
        await app.start()
        calm_collector()
        if config.web.enabled:
            live = Live()
            app.watch(live.soon)
            port = await stack.enter_async_context(serve(answers_of(app), live=live))
            log.info("page served", url=page_address(config, port))
        reloads = Reloads(load, app, runtime_dir(config.state.dir), log_again=log_as_told)
        await _serve(app, reloads, on_ready)
    log.info("footyd ended")


async def _serve(app: App, reloads: Reloads, on_ready: OnReady | None) -> None:
    notifier = Notifier()
    daemon = Daemon(notifier, reloads, lambda: app.config.daemon.grace_seconds, silent=app.liveness.silent)
    services, status = app.services(), status_line_of(app, notifier)
    if notifier.listened_to:
        services |= status.services()
    log.info("footyd runs", version=__version__, library=app.config.library.kind)
    if on_ready:
        on_ready(app, daemon)
    reloads.begin()
    app.liveness.begin()
    await daemon.run(services, status=await status.line())
    await app.news.deliver_rest()


def status_line_of(app: App, notifier: Notifier) -> StatusLine:
    return StatusLine(
        lambda: count(app.store),
        in_work=lambda: len(app.queue.asking) + len(app.queue.busy),
        next_poll=lambda: app.schedule.jobs["poll"].next_at,
        tell=notifier.status,
        clock=utcnow,
    )
