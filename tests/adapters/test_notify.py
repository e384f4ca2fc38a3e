from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from pydantic import SecretStr
from structlog.testing import capture_logs

from footyd.adapters import notify
from footyd.adapters.notify import Announcer

Received = list[dict[str, str]]


@pytest.fixture
async def receiver(unused_tcp_port: int) -> AsyncIterator[tuple[str, Received]]:
    """A web hook on loopback, and what it received."""
    received: Received = []

    async def take(request: web.Request) -> web.Response:
        received.append(json.loads(await request.text()))
        return web.Response(status=500 if request.path == "/broken" else 200)

    app = web.Application()
    app.router.add_post("/{name}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", unused_tcp_port).start()
    yield f"json://127.0.0.1:{unused_tcp_port}", received
    await runner.cleanup()


async def test_every_address_is_told(receiver: tuple[str, Received]) -> None:
    address, received = receiver
    announcer = Announcer([SecretStr(f"{address}/one"), SecretStr(f"{address}/two")])
    with capture_logs() as logs:
        await announcer.announce("Goal stored", "Müller 12' 1-0")
    assert [(told["title"], told["message"]) for told in received] == [("Goal stored", "Müller 12' 1-0")] * 2
    assert logs == []


async def test_an_address_that_fails_is_logged_without_its_secret_and_hurts_nobody(
    receiver: tuple[str, Received],
) -> None:
    address, received = receiver
    announcer = Announcer([SecretStr(f"{address}/broken?token=hidden-token"), SecretStr(f"{address}/fine")])
    with capture_logs() as logs:
        await announcer.announce("Goal stored", "…")
    assert len(received) == 2
    assert [entry["event"] for entry in logs] == ["announcement failed"]
    assert "hidden-token" not in str(logs)


async def test_an_address_that_is_none_is_named_by_its_place(receiver: tuple[str, Received]) -> None:
    address, received = receiver
    announcer = Announcer([SecretStr("carrier-pigeon://hidden-token"), SecretStr(f"{address}/fine")])
    with capture_logs() as logs:
        await announcer.announce("Goal stored", "…")
    assert len(received) == 1
    assert logs[0]["config_key"] == "notify.urls.0"
    assert logs[0]["scheme"] == "carrier-pigeon"
    assert "hidden-token" not in str(logs)


async def test_an_announcement_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notify, "ANNOUNCE_SECONDS", 0)
    with capture_logs() as logs:
        await Announcer([SecretStr("json://127.0.0.1:9/x")]).announce("Goal stored", "…")
    assert [entry["error"] for entry in logs] == ["TimeoutError"]


async def test_without_addresses_apprise_is_never_imported() -> None:
    program = (
        "import asyncio, sys; from footyd.adapters.notify import Announcer; "
        "asyncio.run(Announcer(()).announce('a', 'b')); sys.exit('apprise' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0  # noqa: ASYNC221  # short
