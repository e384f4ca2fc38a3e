"""The application as a whole on a real port: what every answer carries, where it listens, how it ends."""

from __future__ import annotations

import asyncio
import base64
import re
import socket
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from footyd.adapters.mongo import Store
from footyd.errors import PermanentError, StoreError
from footyd.web.live import Parts
from footyd.web.server import SECURITY_HEADERS, content_policy
from tests.waiting import until
from tests.web.days import a_saturday
from tests.web.site import HOST, NOW, Site, opened


@pytest.mark.parametrize(("ready", "status", "word"), [(True, 200, "ok"), (False, 503, "failing")])
async def test_health_is_told_by_the_status_code_and_as_json(
    site: Site, ready: bool, status: int, word: str
) -> None:
    site.healthy = {"status": word, "ready": ready}
    found = await site.get("/healthz")
    assert (found.status, found.json()) == (status, {"status": word, "ready": ready})


async def test_metrics_are_plain_text_of_the_version_prometheus_asks_for(site: Site) -> None:
    found = await site.get("/metrics")
    assert (found.status, found.text) == (200, "footyd_polls_total 1.0\n")
    assert found.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"


async def test_the_status_is_plain_json(site: Site) -> None:
    found = await site.get("/api/v1/status")
    assert found.headers["Content-Type"].startswith("application/json")
    assert found.json()["disk"] == {"free_bytes": {"state": 5_000_000_000}, "low": False}


@pytest.mark.parametrize("path", ["/", "/api/v1/days/today", "/api/v1/status"])
async def test_without_the_database_every_answer_says_what_fails(
    site: Site, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: str) -> None:
        raise StoreError("the database failed while reading", remedy="See mongo.uri in the config")

    monkeypatch.setattr(site.store.runs, "noted", away)
    monkeypatch.setattr(site.store.pages, "to_review", away)
    found = await site.get(path)
    assert (found.status, found.headers["Retry-After"]) == (503, "10")
    assert "the database failed while reading. See mongo.uri in the config" in found.text


async def test_what_fails_while_the_page_is_on_its_way_stands_on_the_page(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_name: str) -> None:
        raise StoreError("the database failed while reading", remedy="See mongo.uri in the config")

    monkeypatch.setattr(site.store.runs, "noted", away)
    text = await site.page()
    assert "<h1>Today</h1>" in text
    assert '<p class="note bad" role="alert">the database failed while reading. See mongo.uri' in text
    assert text.endswith("</main></body></html>")


async def test_the_beginning_of_the_day_is_there_before_the_day_is_read(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()
    read = site.store.pages.matches

    async def slow(*given: Any, **named: Any) -> Any:
        asked.set()
        await may_answer.wait()
        return await read(*given, **named)

    monkeypatch.setattr(site.store.pages, "matches", slow)
    assert site.http is not None
    for coding in ("identity", "gzip"):
        asked.clear()
        may_answer.clear()
        async with site.http.get(site.address, headers={"Accept-Encoding": coding}) as response:
            first = await response.content.readany()
            await asked.wait()
            assert b"<h1>Today</h1>" in first
            assert b"No followed match" not in first
            may_answer.set()
            assert b"No followed match" in await response.read()


async def test_what_a_program_asks_for_in_vain_is_a_problem_document(site: Site) -> None:
    found = await site.get("/api/v1/nothing")
    assert found.headers["Content-Type"].startswith("application/problem+json")
    assert (found.status, found.json()["status"], found.json()["title"]) == (404, 404, "Not Found")
    found = await site.ask("POST", "/api/v1/status", headers={"X-CSRF-Token": await site.csrf()})
    assert (found.status, found.headers["Allow"]) == (405, "GET,HEAD")


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/metrics", "/api/v1/status", "/nowhere", "/static/no.css"]
)
async def test_every_answer_carries_the_security_headers(site: Site, path: str) -> None:
    found = await site.get(path)
    wanted = {**SECURITY_HEADERS, "Content-Security-Policy": content_policy(site.config)}
    assert {name: found.headers.get(name) for name in wanted} == wanted


async def test_no_page_holds_a_script_or_a_style_of_its_own(site: Site) -> None:
    for path in ("/", "/nowhere"):
        text = (await site.get(path)).text
        assert "<style" not in text
        assert not re.search(r"\sstyle=|\son\w+=|javascript:", text)
        assert re.findall(r"<script[^>]*>(.*?)</script>", text, re.DOTALL) == [""]


async def test_long_texts_go_compressed_to_who_can_read_that(site: Site) -> None:
    await a_saturday(site.store, NOW)
    for path in ("/", "/api/v1/days/today"):
        plain = await site.get(path, headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers
        small = await site.get(path, headers={"Accept-Encoding": "gzip"})
        assert small.headers["Content-Encoding"] == "gzip"
        assert small.body == plain.body or path == "/", "csrf tokens differ"
        assert "Accept-Encoding" in small.headers["Vary"]


async def test_its_own_files_may_be_kept_for_good_and_weigh_little(site: Site) -> None:
    text = await site.page()
    names = set(re.findall(r'"(/static/[^"#]+)', text))
    assert len(names) >= 4
    weight = 0
    for name in names:
        found = await site.get(name, headers={"Accept-Encoding": "identity"})
        assert (found.status, found.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
        weight += len(found.body)
    assert weight < 100_000
    assert (await site.get("/static/style.css")).status == 404, (
        "a name without the hash could be kept too long"
    )


async def test_a_stream_cannot_be_asked_for_its_head_only(site: Site) -> None:
    assert (await site.ask("HEAD", "/events?topic=day:2026-08-22:shown")).status == 405
    assert (await site.ask("HEAD", "/")).status == 200


async def test_a_mistake_in_one_page_is_told_and_the_rest_goes_on(store: Store, tmp_path: Path) -> None:
    async def broken(_argument: str) -> Parts:
        raise ZeroDivisionError

    with capture_logs() as said:
        async with opened(store, tmp_path) as site:
            site.live.register({"broken": broken})
            with site.live.watched("broken:"):
                await until(lambda: said)
            assert (await site.get("/")).status == 200
    assert [line["event"] for line in said] == ["page not refreshed"]


@pytest.mark.parametrize("taken_off", [True, False])
async def test_it_works_under_a_prefix_whether_the_proxy_takes_it_off_or_not(
    store: Store, tmp_path: Path, taken_off: bool
) -> None:
    async with opened(store, tmp_path, {"web": {"prefix": "/footyd/"}}) as site:
        before = "" if taken_off else "/footyd"
        text = await site.page(f"{before}/")
        addresses = re.findall(r'(?:href|src|action)="(/[^"]*)"', text)
        assert addresses
        assert all(address.startswith("/footyd/") for address in addresses)
        style = next(address for address in addresses if "style" in address)
        asked = style.removeprefix("/footyd") if taken_off else style
        assert (await site.get(asked)).status == 200
        found = await site.get(f"{before}/nowhere/api")
        assert found.headers["Content-Type"].startswith("text/html")
        assert (
            (await site.get(f"{before}/api/nowhere"))
            .headers["Content-Type"]
            .startswith("application/problem")
        )
        assert 'aria-current="page"' in text
        assert (await site.ask("HEAD", f"{before}/")).status == 200


async def test_clips_of_s3_may_be_shown_from_where_they_lie(store: Store, tmp_path: Path) -> None:
    async with opened(store, tmp_path) as site:
        assert "media-src 'self';" in content_policy(site.config)
        s3 = {"kind": "s3", "s3": {"endpoint_url": "http://minio:9000/x"}}
        config = site.config.model_validate({"library": s3})
    assert "media-src 'self' http://minio:9000;" in content_policy(config)


# ---------------------------------------------------------------- where it listens


async def test_a_port_that_is_taken_is_told_with_the_key_to_set(store: Store, tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind((HOST, 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(PermanentError) as caught:
            async with opened(store, tmp_path, {"web": {"port": port}}):
                raise AssertionError("served on a taken port")
    assert caught.value.line() == (
        f"port {port} on {HOST} is taken. Set web.port to a free one, or web.enabled = false"
    )


async def test_an_address_of_another_machine_is_told_with_the_key_to_set(
    store: Store, tmp_path: Path
) -> None:
    settings = {"web": {"host": "192.0.2.1", "token": "t" * 16}}
    with pytest.raises(PermanentError, match=r"cannot be served on 192\.0\.2\.1") as caught:
        async with opened(store, tmp_path, settings):
            raise AssertionError("served on another machine's address")
    assert "web.host" in caught.value.remedy


async def test_it_listens_on_loopback_only(store: Store, tmp_path: Path) -> None:
    async with opened(store, tmp_path) as site:
        port = int(site.address.rpartition(":")[2])
        found = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        tables = [line for line in found if line[1].endswith(f":{port:04X}") and line[3] == "0A"]
        everywhere = Path("/proc/net/tcp6").read_text() if Path("/proc/net/tcp6").exists() else ""
    assert [line[1].split(":")[0] for line in tables] == ["0100007F"]
    assert f":{port:04X} 0000" not in everywhere


async def test_the_port_is_free_again_at_the_end(store: Store, tmp_path: Path) -> None:
    async with opened(store, tmp_path) as site:
        port = int(site.address.rpartition(":")[2])
    async with opened(store, tmp_path, {"web": {"port": port}}) as again:
        assert (await again.get("/healthz")).status == 200


BAD_REQUESTS: dict[str, tuple[bytes, bytes, bytes]] = {
    "bytes as a token": (b"401", b"GET /api/v1/status", b"Authorization: Bearer \xff\xfe"),
    "bytes as a session": (b"401", b"GET /api/v1/status", b"Cookie: footyd_session=a.1.99.\xff"),
    "bytes as a CSRF token": (b"403", b"POST /login", b"X-CSRF-Token: \xff"),
    "half an address as origin": (b"403", b"POST /login", b"Origin: http://["),
    "an unknown alphabet": (
        b"400",
        b"POST /login",
        b"Content-Type: application/x-www-form-urlencoded; charset=foo",
    ),
    "bytes that are no text": (b"400", b"POST /login", b"Content-Type: application/x-www-form-urlencoded"),
    "parts without a boundary": (b"400", b"POST /login", b"Content-Type: multipart/form-data"),
    "parts of another boundary": (b"400", b"POST /login", b"Content-Type: multipart/form-data; boundary=x"),
}


@pytest.mark.parametrize("name", BAD_REQUESTS)
async def test_what_no_client_sends_is_refused_and_fails_nothing(
    store: Store, tmp_path: Path, name: str
) -> None:
    status, line, header = BAD_REQUESTS[name]
    body = b"csrf=\xff&x=1" if line.startswith(b"POST") else b""
    async with opened(store, tmp_path, {"web": {"token": "a-token-of-sixteen-letters"}}) as site:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(site.address.rpartition(":")[2]))
        head = [line + b" HTTP/1.1", b"Host: 127.0.0.1", b"Connection: close", header]
        writer.write(b"\r\n".join([*head, b"Content-Length: %d" % len(body), b"", body]))
        said = await reader.read()
        writer.close()
    assert said.split()[1] == status, said


def in_a_cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "path",
    [
        "/media/matches/%D9%A1.zip",
        "/api/v1/goals?cursor=" + in_a_cursor(r'["2026-01-01T00:00:00+00:00", "\ud800"]'),
        "/runs?cursor=" + in_a_cursor(r'["2026-01-01T00:00:00+00:00", "\ud800"]'),
        "/runs?cursor=" + in_a_cursor("[" * 5000),
        "/library?cursor=" + in_a_cursor("[" * 5000),
    ],
)
async def test_an_address_that_nobody_was_given_leads_nowhere(site: Site, path: str) -> None:
    assert (await site.get(path)).status == 404
