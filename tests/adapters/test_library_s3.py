"""What goes wrong between footyd and an S3 server."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from footyd.adapters import library_s3, s3_client, s3_uploads
from footyd.adapters.library_s3 import S3Library, open_s3_library
from footyd.config import S3Config
from footyd.errors import LibraryError
from footyd.model import Leftover, ObjectKey
from tests.adapters.s3_servers import (
    ACCESS_KEY,
    AT_ONCE,
    SECRET_KEY,
    Answer,
    answering,
    cut,
    moto_server,
    piped_to,
    rclone_server,
    replying,
    s3_config,
    silence,
)

KEY = ObjectKey("match/012 Scorer/0-0a1b2c3d.mp4")
PORTAL = "<html><body>Log in to Stadium-WiFi</body></html>"
SHORT_SECONDS = 0.3


@pytest.fixture(scope="session")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with rclone_server(tmp_path_factory.mktemp("rclone")) as address:
        yield address


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    with moto_server() as address:
        yield address


@pytest.fixture(autouse=True)
def sessions_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """boto reads its description of S3 anew for each session: 0.2 s, 40 times."""
    monkeypatch.setattr(
        library_s3, "session_of", lambda config: _session(config.access_key, config.secret_key, config.region)
    )


@cache
def _session(
    access_key: SecretStr | None,
    secret_key: SecretStr | None,
    region: str,
    make: Callable[[S3Config], object] = s3_client.session_of,
) -> object:
    return make(S3Config(access_key=access_key, secret_key=secret_key, region=region))


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(os.urandom(3 << 20))
    return path


@asynccontextmanager
async def library_behind(*answers: Answer, timeout_seconds: float = 30) -> AsyncIterator[S3Library]:
    async with (
        answering(*answers) as address,
        open_s3_library(s3_config(address, timeout_seconds=timeout_seconds), AT_ONCE) as library,
    ):
        yield library


async def put(library: S3Library, clip: Path) -> None:
    await library.put(KEY, clip, content_type="video/mp4", metadata={})


# ---------------------------------------------------------------- what passes by itself


@pytest.mark.parametrize(
    "fault",
    [
        replying("500 Internal Server Error", ""),
        replying("503 Slow Down", "<Error><Code>SlowDown</Code></Error>"),
        replying("200 OK", PORTAL, "Content-Type: text/html"),
        cut,
    ],
    ids=["500", "503", "portal", "cut"],
)
async def test_an_upload_that_failed_once_is_made_again(fault: Answer, rclone: str, clip: Path) -> None:
    async with open_s3_library(s3_config(rclone), AT_ONCE) as direct:
        await direct.prepare()
        await direct.delete(KEY)
        async with library_behind(fault, piped_to(rclone)) as library:
            await put(library, clip)
        assert await direct.size(KEY) == clip.stat().st_size


async def test_after_the_last_attempt_the_server_is_named_and_no_more_asked(clip: Path) -> None:
    asked = []

    async def failing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(1)
        await replying("500 Internal Server Error", "")(reader, writer)

    async with library_behind(failing) as library:
        with pytest.raises(
            LibraryError, match=r"could not write '.*' in the bucket 'footyd' at 127\.0\.0\.1:"
        ):
            await put(library, clip)
    assert len(asked) == AT_ONCE.attempts


async def test_an_upload_cut_every_time_leaves_no_object(rclone: str, clip: Path) -> None:
    async with open_s3_library(s3_config(rclone), AT_ONCE) as direct:
        await direct.prepare()
        await direct.delete(KEY)
        async with library_behind(cut) as library:
            with pytest.raises(LibraryError):
                await put(library, clip)
        assert await direct.size(KEY) is None


async def torn(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Promise an object and break off in its middle."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\nETag: "1"\r\n\r\n' + bytes(1000))
    await writer.drain()


async def test_a_download_that_broke_off_once_is_made_again(rclone: str, clip: Path, tmp_path: Path) -> None:
    async with open_s3_library(s3_config(rclone), AT_ONCE) as direct:
        await direct.prepare()
        await put(direct, clip)
    async with library_behind(torn, piped_to(rclone)) as library:
        await library.fetch(KEY, tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").read_bytes() == clip.read_bytes()


async def test_a_download_that_breaks_off_every_time_is_told_as_the_librarys_failure(tmp_path: Path) -> None:
    """It ended as a mistake in footyd itself."""
    async with library_behind(torn) as library:
        with pytest.raises(LibraryError, match="could not read"):
            await library.fetch(KEY, tmp_path / "out.mp4")
        with pytest.raises(LibraryError, match="could not read"):
            assert [block async for block in library.read(KEY)]
        with pytest.raises(LibraryError, match="could not read"):
            await library.owner()


# ---------------------------------------------------------------- what does not


@pytest.mark.parametrize("action", ["prepare", "put", "size", "delete"])
async def test_a_black_hole_ends_in_time(action: str, clip: Path) -> None:
    async with library_behind(silence, timeout_seconds=SHORT_SECONDS) as library:
        with pytest.raises(LibraryError, match=r"no answer within 0\.3 s") as caught:
            await do(library, action, clip)
    assert "timeout_seconds" in caught.value.remedy


@pytest.mark.parametrize("action", ["prepare", "put", "size", "delete"])
@pytest.mark.parametrize("page", [PORTAL, "<!DOCTYPE html><p>Log in<br></html>", ""])
async def test_a_captive_portal_is_believed_in_nothing(action: str, page: str, clip: Path) -> None:
    async with library_behind(replying("200 OK", page, "Content-Type: text/html")) as library:
        with pytest.raises(LibraryError) as caught:
            await do(library, action, clip)
    assert "login page" in caught.value.remedy


async def do(library: S3Library, action: str, clip: Path) -> None:
    match action:
        case "prepare":
            await library.prepare()
        case "put":
            await put(library, clip)
        case "size":
            await library.size(KEY)
        case "delete":
            await library.delete(KEY)


async def test_a_server_that_kept_fewer_bytes_is_not_believed(clip: Path) -> None:
    stored = replying("200 OK", "", 'ETag: "0123"')
    async with library_behind(stored) as library:
        with pytest.raises(LibraryError, match="3145728 bytes were sent and 0 arrived"):
            await put(library, clip)


async def test_bytes_changed_on_the_way_are_refused_by_the_server(rclone: str, clip: Path) -> None:
    """The server checks the Content-MD5; without it the changed object would stand."""
    garbling = piped_to(rclone, change=lambda block: block.replace(b"\xff", b"\xfe"))
    async with open_s3_library(s3_config(rclone), AT_ONCE) as direct:
        await direct.prepare()
        await direct.delete(KEY)
        async with library_behind(garbling) as library:
            with pytest.raises(LibraryError, match="BadDigest"):
                await put(library, clip)
        assert await direct.size(KEY) is None


async def test_nobody_listening_is_told_with_a_remedy() -> None:
    async with answering(silence) as address:
        pass
    async with open_s3_library(s3_config(address), AT_ONCE) as library:
        with pytest.raises(LibraryError, match="Cannot connect") as caught:
            await library.prepare()
    assert "library.s3.endpoint_url" in caught.value.remedy


async def test_a_host_without_address_is_told_with_a_remedy() -> None:
    async with open_s3_library(s3_config("http://no-such-host.invalid:9000"), AT_ONCE) as library:
        with pytest.raises(LibraryError, match=r"at no-such-host\.invalid:9000") as caught:
            await library.prepare()
    assert "library.s3.endpoint_url" in caught.value.remedy


# ---------------------------------------------------------------- keys and rights


@pytest.mark.parametrize(
    ("access_key", "secret_key", "remedy"),
    [
        (ACCESS_KEY, "another-made-up-secret", "secret_key is not access_key's"),
        ("nobody", SECRET_KEY, "does not know library.s3.access_key"),
    ],
)
async def test_a_wrong_key_is_told_at_once_and_never_shown(
    rclone: str, access_key: str, secret_key: str, remedy: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="footyd")
    config = s3_config(rclone, access_key=access_key, secret_key=secret_key)
    async with open_s3_library(config, AT_ONCE) as library:
        with pytest.raises(LibraryError) as caught:
            await library.prepare()
    assert remedy in caught.value.remedy
    assert secret_key not in caught.value.line() + repr(caught.value.__cause__) + caplog.text
    assert "\n" not in caught.value.line()


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        ("403 Forbidden", "AccessDenied", "ListBucket"),
        ("403 Forbidden", "RequestTimeTooSkewed", "clock"),
        ("400 Bad Request", "AuthorizationHeaderMalformed", "library.s3.region"),
        ("507 Insufficient Storage", "XMinioStorageFull", "Free space"),
        ("409 Conflict", "OperationAborted", "server's log"),
    ],
)
async def test_a_refusal_is_told_with_its_remedy(status: str, code: str, remedy: str) -> None:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>No.</Message></Error>"
    async with library_behind(replying(status, body, "Content-Type: application/xml")) as library:
        with pytest.raises(LibraryError, match=rf"could not open the bucket 'footyd' .*{code}") as caught:
            await library.prepare()
    assert remedy in caught.value.remedy


async def test_a_bucket_of_somebody_else_is_not_taken() -> None:
    missing = replying("404 Not Found", "<Error><Code>NoSuchBucket</Code></Error>")
    taken = replying("409 Conflict", "<Error><Code>BucketAlreadyExists</Code></Error>")
    async with library_behind(missing, taken) as library:
        with pytest.raises(LibraryError, match="BucketAlreadyExists") as caught:
            await library.prepare()
    assert "somebody else's" in caught.value.remedy


async def test_a_bucket_that_vanished_is_told_with_a_remedy(rclone: str, clip: Path) -> None:
    async with open_s3_library(s3_config(rclone, bucket="never-made"), AT_ONCE) as library:
        with pytest.raises(LibraryError, match="NoSuchBucket") as caught:
            await put(library, clip)
    assert "library.s3.bucket" in caught.value.remedy


async def test_one_key_of_two_is_refused() -> None:
    config = s3_config("http://127.0.0.1:9").model_copy(update={"secret_key": None})
    with pytest.raises(LibraryError, match="one key of two"):
        async with open_s3_library(config, AT_ONCE):
            pass


async def test_no_key_at_all_is_told_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    config = s3_config("http://127.0.0.1:9").model_copy(update={"access_key": None, "secret_key": None})
    async with open_s3_library(config, AT_ONCE) as library:
        with pytest.raises(LibraryError) as caught:
            await library.url(KEY)
    assert "library.s3.access_key" in caught.value.remedy


# ---------------------------------------------------------------- links, regions, costs


async def test_links_name_the_public_address_and_still_open(rclone: str, clip: Path) -> None:
    async with answering(piped_to(rclone)) as public:
        async with open_s3_library(s3_config(rclone, public_endpoint=public), AT_ONCE) as library:
            await library.prepare()
            await put(library, clip)
            link = await library.url(KEY)
        assert link.startswith(f"{public}/footyd/")
        assert (await _got(link)).content == clip.read_bytes()


async def test_a_link_with_another_key_in_it_does_not_open(rclone: str, clip: Path) -> None:
    async with open_s3_library(s3_config(rclone), AT_ONCE) as library:
        await library.prepare()
        await put(library, clip)
        link = await library.url(KEY)
    assert (await _got(link)).status_code == 200
    assert (await _got(link.replace("0a1b2c3d", "ffffffff"))).status_code == 403


async def _got(link: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(link)


async def test_a_bucket_is_made_in_its_region(moto: str) -> None:
    config = s3_config(moto, bucket="in-frankfurt", region="eu-central-1")
    async with open_s3_library(config, AT_ONCE) as library:
        await library.prepare()
        place = await library._client.get_bucket_location(Bucket="in-frankfurt")
    assert place["LocationConstraint"] == "eu-central-1"


async def test_without_an_endpoint_links_lead_to_aws() -> None:
    config = s3_config("http://unused.invalid", bucket="my-clips", region="eu-central-1")
    config = config.model_copy(update={"endpoint_url": None, "access_key": SecretStr("AKIDTEST")})
    async with open_s3_library(config, AT_ONCE) as library:
        link = await library.url(KEY)
    assert link.startswith("https://my-clips.s3.eu-central-1.amazonaws.com/")


def test_naming_the_module_does_not_load_the_client() -> None:
    """A folder library must not pay 40 MB for the S3 client."""
    script = (
        "import sys, footyd.adapters.library_s3; print('aioboto3' in sys.modules, 'boto3' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "False"]


async def test_an_upload_in_parts_that_nobody_goes_on_with_is_told_and_ended(
    moto: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_s3_library(s3_config(moto, bucket="parts"), AT_ONCE) as library:
        await library.prepare()
        begun = await library._client.create_multipart_upload(Bucket="parts", Key=KEY)
        left = Leftover(name=begun["UploadId"], key=KEY)
        with monkeypatch.context() as patched:
            patched.setattr(s3_uploads, "ENDS_WITHIN", timedelta(days=36_500))  # moto says 2010 of each
            assert await library.leftovers() == []
        assert await library.leftovers() == [left]
        await library.sweep(left)
        assert await library.leftovers() == []
        await library.sweep(left)
