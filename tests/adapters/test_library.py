"""What every library must do, asked of a folder and of two real S3 servers."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
import pytest
import pytest_asyncio

from footyd.adapters.library_folder import FolderLibrary
from footyd.adapters.library_owner import MARKER
from footyd.adapters.library_s3 import S3Library, open_s3_library
from footyd.errors import LibraryError
from footyd.model import ObjectKey, Owner
from footyd.stages.publish import Library
from tests.adapters.s3_servers import AT_ONCE, moto_server, rclone_server, s3_config

KEY = ObjectKey("Premier League/2025/2025-11-21 Home vs Away/012 Scorer/0-0a1b2c3d.mp4")
METADATA = {
    "goal-id": "100-7-1-0-1",
    "post-url": "https://x.com/a/status/1",
    "scorer": "Mart%C3%ADn O'Neil (own goal)",
}


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="session")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with rclone_server(tmp_path_factory.mktemp("rclone")) as address:
        yield address


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    with moto_server() as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["folder", "rclone", "moto"])
async def opened(request: pytest.FixtureRequest) -> AsyncIterator[S3Library | None]:
    """The client for all tests of one server: opening one takes half a second."""
    if request.param == "folder":
        yield None
        return
    async with open_s3_library(s3_config(request.getfixturevalue(request.param)), AT_ONCE) as library:
        yield library


@pytest.fixture
def unprepared(opened: S3Library | None, tmp_path: Path) -> Library:
    if opened is None:
        return FolderLibrary(tmp_path / "not yet" / "library", AT_ONCE)
    config = opened._config.model_copy(update={"bucket": f"b-{uuid.uuid4()}"})
    return S3Library(opened._client, opened._signer, config, AT_ONCE)


@pytest_asyncio.fixture(loop_scope="module")
async def library(unprepared: Library) -> Library:
    await unprepared.prepare()
    return unprepared


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return _file(tmp_path / "clip.mp4", b"goal" * 5_000)


def _file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


async def put(library: Library, key: ObjectKey, file: Path) -> None:
    await library.put(key, file, content_type="video/mp4", metadata=METADATA)


async def content_of(library: Library, key: ObjectKey) -> bytes:
    link = urlsplit(await library.url(key))
    if link.scheme == "file":
        return Path(unquote(link.path)).read_bytes()
    return (await response_for(library, key)).content


async def response_for(library: Library, key: ObjectKey) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(await library.url(key))).raise_for_status()


async def test_preparing_makes_the_place_and_may_be_repeated(unprepared: Library, clip: Path) -> None:
    await unprepared.prepare()
    await put(unprepared, KEY, clip)
    await unprepared.prepare()
    assert await unprepared.size(KEY) == clip.stat().st_size


async def test_a_clip_comes_back_as_it_went_in(library: Library, clip: Path) -> None:
    await put(library, KEY, clip)
    assert await content_of(library, KEY) == clip.read_bytes()
    assert clip.exists()


async def test_whole_clips_are_no_leftovers(library: Library, clip: Path) -> None:
    await put(library, KEY, clip)
    assert list(await library.leftovers()) == []


@pytest.mark.parametrize(
    "key",
    [
        "clip.mp4",
        "Süper Lig/Beşiktaş vs Gençlerbirliği/045+02 İlkay Gündoğan/0-0a1b2c3d.mp4",
        "J1 リーグ/川崎フロンターレ/090+10 三笘 薫/1-0a1b2c3d.mp4",
        "a & b/c=d;e,f/50% #1 O'Neil (own goal) [x] {y} ~z!/$0-@0a1b2c3d.mp4",
    ],
)
async def test_names_are_kept_to_the_letter(library: Library, clip: Path, key: str) -> None:
    await put(library, ObjectKey(key), clip)
    assert await library.size(ObjectKey(key)) == clip.stat().st_size
    assert await content_of(library, ObjectKey(key)) == clip.read_bytes()
    assert await library.size(ObjectKey(f"other {key}")) is None


async def test_the_longest_key_fits(library: Library, clip: Path) -> None:
    key = ObjectKey("/".join(["é" * 60] * 6 + ["é" * 50 + "-0a1b2c3d.mp4"]))
    await put(library, key, clip)
    assert await content_of(library, key) == clip.read_bytes()


async def test_a_second_clip_of_the_same_key_replaces_the_first(
    library: Library, clip: Path, tmp_path: Path
) -> None:
    await put(library, KEY, clip)
    await put(library, KEY, _file(tmp_path / "shorter.mp4", b"better"))
    assert await library.size(KEY) == 6
    assert await content_of(library, KEY) == b"better"


async def test_what_is_not_there_has_no_size(library: Library) -> None:
    assert await library.size(KEY) is None


async def test_a_folder_of_clips_is_no_clip(library: Library, clip: Path) -> None:
    await put(library, KEY, clip)
    assert await library.size(ObjectKey(KEY.rpartition("/")[0])) is None


async def test_deleting_works_once_and_again(library: Library, clip: Path) -> None:
    await put(library, KEY, clip)
    await library.delete(KEY)
    assert await library.size(KEY) is None
    await library.delete(KEY)


async def test_deleting_leaves_the_neighbour(library: Library, clip: Path) -> None:
    neighbour = ObjectKey(KEY.replace("0-0a1b2c3d", "1-ffffffff"))
    await put(library, KEY, clip)
    await put(library, neighbour, clip)
    await library.delete(KEY)
    assert await library.size(KEY) is None
    assert await library.size(neighbour) == clip.stat().st_size


async def test_clips_come_and_go_side_by_side(library: Library, clip: Path) -> None:
    keys = [ObjectKey(f"match/goal {n % 3}/{n}-0a1b2c3d.mp4") for n in range(12)]
    await asyncio.gather(*(put(library, key, clip) for key in keys))
    await asyncio.gather(
        *(library.delete(key) for key in keys[::2]), *(put(library, key, clip) for key in keys[1::2])
    )
    sizes = [await library.size(key) for key in keys]
    assert sizes == [None, clip.stat().st_size] * 6


async def test_a_file_that_is_gone_leaves_nothing_behind(library: Library, tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="No such file"):
        await put(library, KEY, tmp_path / "gone.mp4")
    assert await library.size(KEY) is None


async def test_type_and_metadata_stay_with_the_clip(library: Library, clip: Path) -> None:
    await put(library, KEY, clip)
    if isinstance(library, FolderLibrary):
        found = _attributes(Path(unquote(urlsplit(await library.url(KEY)).path)))
        assert found == {"user.mime_type": "video/mp4"} | {f"user.footyd.{n}": v for n, v in METADATA.items()}
        return
    headers = (await response_for(library, KEY)).headers
    assert headers["content-type"] == "video/mp4"
    assert {name: headers[f"x-amz-meta-{name}"] for name in METADATA} == METADATA


def _attributes(file: Path) -> dict[str, str]:
    try:
        return {name: os.getxattr(file, name).decode() for name in os.listxattr(file)}
    except OSError:
        pytest.skip("this file system keeps no attributes")


async def test_sixty_megabytes_pass_without_growing_the_process(library: Library, tmp_path: Path) -> None:
    big = _file(tmp_path / "big.mp4", os.urandom(1 << 20) * 60)
    await put(library, ObjectKey("warm-up.mp4"), _file(tmp_path / "small.mp4", b"x"))
    before = _peak_bytes(reset=True)
    await put(library, KEY, big)
    assert _peak_bytes() - before < 16 << 20
    assert await library.size(KEY) == 60 << 20


def _peak_bytes(*, reset: bool = False) -> int:
    """The most memory this process has held since the last reset (proc(5), `clear_refs` and `VmHWM`)."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) << 10  # type: ignore[index]  # Linux always tells


async def test_a_copy_has_content_type_and_metadata_of_its_source(library: Library, clip: Path) -> None:
    renamed = ObjectKey(KEY.replace("Scorer", "Ø. Scorer & Söhne"))
    await put(library, KEY, clip)
    await library.copy(KEY, renamed)
    assert await content_of(library, renamed) == await content_of(library, KEY) == clip.read_bytes()
    if isinstance(library, FolderLibrary):
        assert _attributes(_path(await library.url(renamed))) == _attributes(_path(await library.url(KEY)))
    else:
        headers = (await response_for(library, renamed)).headers
        assert headers["content-type"] == "video/mp4"
        assert headers["x-amz-meta-goal-id"] == METADATA["goal-id"]


def _path(url: str) -> Path:
    return Path(unquote(urlsplit(url).path))


async def test_what_is_not_there_cannot_be_copied_nor_read(library: Library, tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="could not copy to"):
        await library.copy(KEY, ObjectKey("other.mp4"))
    with pytest.raises(LibraryError, match="could not read"):
        await library.sha256(KEY)
    with pytest.raises(LibraryError, match="could not read"):
        await library.fetch(KEY, tmp_path / "out.mp4")
    assert [key async for key, _ in library.objects()] == []


async def test_an_object_is_read_back_with_its_sum(library: Library, clip: Path, tmp_path: Path) -> None:
    await put(library, KEY, clip)
    await library.fetch(KEY, tmp_path / "out.mp4")
    assert (tmp_path / "out.mp4").read_bytes() == clip.read_bytes()
    assert await library.sha256(KEY) == hashlib.sha256(clip.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("start", "stop"), [(0, None), (0, 1), (7, 7 + 300_000), (599_990, None), (3, 600_000)]
)
async def test_any_stretch_of_a_clip_is_read(
    library: Library, tmp_path: Path, start: int, stop: int | None
) -> None:
    content = os.urandom(600_000)
    await put(library, KEY, _file(tmp_path / "long.mp4", content))
    blocks = [block async for block in library.read(KEY, start=start, stop=stop)]
    assert b"".join(blocks) == content[start:stop]
    assert max(map(len, blocks)) <= 1 << 18


async def test_reading_what_is_not_there_fails(library: Library) -> None:
    with pytest.raises(LibraryError, match="could not read"):
        [block async for block in library.read(KEY)]


async def test_all_objects_are_listed_in_the_order_of_their_bytes(library: Library, clip: Path) -> None:
    keys = ["a b/1.mp4", "a/2.mp4", "a/é.mp4", "a.mp4", "b/c/d.mp4", "b/c.mp4", "b/z.mp4", "é.mp4"]
    for key in keys:
        await put(library, ObjectKey(key), clip)
    listed = [entry async for entry in library.objects()]
    assert listed == [(key, clip.stat().st_size) for key in sorted(keys, key=str.encode)]


# ---------------------------------------------------------------- whose it is

OURS, THEIRS = Owner(id="ours", where="pi, /var/lib/footyd"), Owner(id="theirs", where="Kärnten, /srv/ñ")


async def test_a_library_belongs_to_whoever_claims_it_first(library: Library) -> None:
    assert await library.owner() is None
    assert await library.claim(THEIRS) == THEIRS
    assert await library.claim(OURS) == THEIRS
    assert await library.owner() == THEIRS


async def test_a_library_is_taken_over_on_demand(library: Library) -> None:
    await library.claim(THEIRS)
    assert await library.claim(OURS, over=True) == OURS
    assert await library.owner() == OURS


async def test_the_owners_mark_is_no_object_and_no_leftover(library: Library, clip: Path) -> None:
    await library.claim(OURS)
    await put(library, KEY, clip)
    assert [key async for key, _ in library.objects()] == [KEY]
    assert list(await library.leftovers()) == []


async def test_of_two_that_claim_at_once_one_gets_it(
    library: Library, request: pytest.FixtureRequest
) -> None:
    if "rclone" in request.node.name:
        pytest.skip("it overlooks the condition of an upload: there only what is read back counts")
    found = await asyncio.gather(library.claim(OURS), library.claim(THEIRS))
    stands = await library.owner()
    assert list(found) == [stands, stands]


async def test_a_mark_that_is_no_footyds_is_told_with_the_way_out(library: Library, tmp_path: Path) -> None:
    await put(library, MARKER, _file(tmp_path / "mark", b"keep out"))
    with pytest.raises(LibraryError, match="does not tell whose it is") as refused:
        await library.claim(OURS)
    assert "footyd library adopt" in refused.value.remedy
    assert await library.claim(OURS, over=True) == OURS
