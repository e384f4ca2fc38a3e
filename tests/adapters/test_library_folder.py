"""What only a folder can get wrong: links, crashes, full and missing disks."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from footyd.adapters.library_folder import FolderLibrary
from footyd.adapters.library_owner import MARKER
from footyd.config import Retry
from footyd.errors import LibraryError
from footyd.model import Leftover, ObjectKey, Owner

AT_ONCE = Retry(attempts=3, first_wait_seconds=0)
KEY = ObjectKey("league/match/012 Scorer/0-0a1b2c3d.mp4")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
async def library(root: Path) -> FolderLibrary:
    library = FolderLibrary(root, AT_ONCE)
    await library.prepare()
    return library


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"goal!")
    path.chmod(0o600)
    return path


async def put(library: FolderLibrary, clip: Path, key: ObjectKey = KEY) -> None:
    await library.put(key, clip, content_type="video/mp4", metadata={"goal-id": "1"})


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def failing_with(number: int, monkeypatch: pytest.MonkeyPatch, *, times: int = 1_000) -> list[int]:
    """Let the flush to disk fail so often; returns what was asked of it."""
    fsync, asked = os.fsync, list[int]()

    def failing(handle: int) -> None:
        asked.append(handle)
        if len(asked) <= times:
            raise OSError(number, os.strerror(number))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", failing)
    return asked


# ---------------------------------------------------------------- what a person finds there


async def test_the_folder_holds_the_clip_and_nothing_else(
    library: FolderLibrary, root: Path, clip: Path
) -> None:
    await put(library, clip)
    assert files(root) == [KEY]


async def test_everybody_may_read_a_clip_whatever_the_umask(
    library: FolderLibrary, root: Path, clip: Path
) -> None:
    umask = os.umask(0o077)
    try:
        await put(library, clip)
    finally:
        os.umask(umask)
    assert stat.S_IMODE((root / KEY).stat().st_mode) == 0o644


async def test_a_link_names_the_file(library: FolderLibrary, root: Path) -> None:
    key = ObjectKey("Süper Lig/50% #1.mp4")
    link = urlsplit(await library.url(key))
    assert (link.scheme, link.fragment, unquote(link.path)) == ("file", "", str(root / key))


async def test_deleting_removes_the_folders_it_empties_but_never_the_library(
    library: FolderLibrary, root: Path, clip: Path
) -> None:
    await put(library, clip)
    await put(library, clip, ObjectKey("league/other match/1.mp4"))
    await library.delete(KEY)
    assert sorted(path.name for path in (root / "league").iterdir()) == ["other match"]
    await library.delete(ObjectKey("league/other match/1.mp4"))
    assert list(root.iterdir()) == []


async def test_deleting_what_a_person_removed_tidies_up_behind_them(
    library: FolderLibrary, root: Path, clip: Path
) -> None:
    await put(library, clip)
    (root / KEY).unlink()
    await library.delete(KEY)
    assert list(root.iterdir()) == []


# ---------------------------------------------------------------- never out of the library


@pytest.mark.parametrize("key", ["../out.mp4", "a/../../out.mp4", "/out.mp4", "a//b.mp4", "a/.", "", "a\0b"])
async def test_a_key_that_points_elsewhere_is_refused(
    library: FolderLibrary, root: Path, clip: Path, key: str
) -> None:
    for call in (
        put(library, clip, ObjectKey(key)),
        library.delete(ObjectKey(key)),
        library.url(ObjectKey(key)),
    ):
        with pytest.raises(LibraryError, match="not a key of a library"):
            await call
    assert files(root.parent) == ["clip.mp4"]


async def test_a_link_out_of_the_library_is_not_followed(
    library: FolderLibrary, root: Path, clip: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    (outside / "match/012 Scorer").mkdir(parents=True)
    treasure = outside / "match/012 Scorer/0-0a1b2c3d.mp4"
    treasure.write_text("mine")
    (root / "league").symlink_to(outside)
    for call in (put(library, clip), library.delete(KEY), library.size(KEY)):
        with pytest.raises(LibraryError, match="would leave the library") as caught:
            await call
        assert "symbolic link" in caught.value.remedy
    assert files(outside) == ["match/012 Scorer/0-0a1b2c3d.mp4"]
    assert treasure.read_text() == "mine"


async def test_a_link_in_the_clips_place_is_replaced_and_its_target_kept(
    library: FolderLibrary, root: Path, clip: Path, tmp_path: Path
) -> None:
    treasure = tmp_path / "treasure"
    treasure.write_text("mine")
    (root / KEY).parent.mkdir(parents=True)
    (root / KEY).symlink_to(treasure)
    assert await library.size(KEY) is None
    await put(library, clip)
    assert not (root / KEY).is_symlink()
    (root / KEY).unlink()
    (root / KEY).symlink_to(treasure)
    await library.delete(KEY)
    assert treasure.read_text() == "mine"
    assert files(root) == []


async def test_a_library_that_is_a_link_itself_works(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "disk")
    library = FolderLibrary(tmp_path / "linked", AT_ONCE)
    await library.prepare()
    await put(library, clip)
    assert files(tmp_path / "disk") == [KEY]
    await library.delete(KEY)
    assert list((tmp_path / "disk").iterdir()) == []


# ---------------------------------------------------------------- disks


async def test_a_full_disk_leaves_the_old_clip_and_no_rest(
    library: FolderLibrary, root: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(library, clip)
    clip.write_bytes(b"a better one")
    asked = failing_with(errno.ENOSPC, monkeypatch)
    with pytest.raises(LibraryError, match="No space left") as caught:
        await put(library, clip)
    assert "Free space" in caught.value.remedy
    assert len(asked) == 1
    assert files(root) == [KEY]
    assert (root / KEY).read_bytes() == b"goal!"


async def test_a_shaky_disk_is_tried_again(
    library: FolderLibrary, root: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_with(errno.EIO, monkeypatch, times=AT_ONCE.attempts - 1)
    (root / KEY).parent.mkdir(parents=True)
    await put(library, clip)
    assert files(root) == [KEY]


async def test_a_shaky_disk_is_given_up_after_the_last_attempt(
    library: FolderLibrary, root: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / KEY).parent.mkdir(parents=True)
    asked = failing_with(errno.EIO, monkeypatch)
    with pytest.raises(LibraryError, match="Input/output error"):
        await put(library, clip)
    assert len(asked) == AT_ONCE.attempts
    assert files(root) == []


async def test_a_clip_that_could_not_be_written_leaves_no_empty_folders(
    library: FolderLibrary, root: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fchmod", lambda *_: Path(os.devnull, "x").stat())
    with pytest.raises(LibraryError, match="Not a directory"):
        await put(library, clip)
    assert list(root.iterdir()) == []


async def test_a_disk_that_is_gone_is_not_taken_for_an_empty_library(
    library: FolderLibrary, root: Path, clip: Path
) -> None:
    root.rmdir()
    for call in (put(library, clip), library.size(KEY), library.delete(KEY)):
        with pytest.raises(LibraryError, match="is gone") as caught:
            await call
        assert "Mount its disk" in caught.value.remedy
    assert not root.exists()


async def test_a_file_where_the_library_should_be_is_told(root: Path) -> None:
    root.write_text("")
    with pytest.raises(LibraryError, match=f"could not prepare {root}") as caught:
        await FolderLibrary(root, AT_ONCE).prepare()
    assert "move it away" in caught.value.remedy


async def test_a_folder_in_the_clips_place_is_told(library: FolderLibrary, root: Path, clip: Path) -> None:
    (root / KEY).mkdir(parents=True)
    for call in (put(library, clip), library.delete(KEY)):
        with pytest.raises(LibraryError, match="Is a directory") as caught:
            await call
        assert "move it away" in caught.value.remedy
    assert files(root) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_footyd_may_not_write_is_told(root: Path) -> None:
    root.mkdir(mode=0o555)
    with pytest.raises(LibraryError, match="Permission denied") as caught:
        await FolderLibrary(root, AT_ONCE).prepare()
    assert "footyd's user" in caught.value.remedy


async def test_a_stuck_disk_ends_in_time_and_what_comes_later_is_dropped(root: Path, tmp_path: Path) -> None:
    library = FolderLibrary(root, AT_ONCE, timeout_seconds=0.2)
    await library.prepare()
    stuck = tmp_path / "stuck.mp4"
    os.mkfifo(stuck)  # whoever opens it to read waits for a writer
    with pytest.raises(LibraryError, match=r"within 0\.2 s"):
        await put(library, stuck)
    stuck.write_bytes(b"too late")
    library._threads.shutdown()
    assert files(root) == []


# ---------------------------------------------------------------- crashes

PUT_FOR_EVER = """
import asyncio, sys
from pathlib import Path
from footyd.adapters.library_folder import FolderLibrary
from footyd.config import Retry
library = FolderLibrary(Path(sys.argv[1]), Retry(attempts=1))
put = library.put(sys.argv[2], Path(sys.argv[3]), content_type="video/mp4", metadata={})
asyncio.run(put)
"""


def _putting(file: Path, root: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", PUT_FOR_EVER, root, KEY, file])


async def test_what_a_kill_left_half_written_is_no_clip_and_is_removed(
    library: FolderLibrary, root: Path, tmp_path: Path
) -> None:
    endless = tmp_path / "endless.mp4"
    os.mkfifo(endless)
    with _putting(endless, root) as process, endless.open("wb") as writer:
        writer.write(bytes(4 << 20))
        writer.flush()
        assert await library.leftovers() == []  # its writer lives
        [part] = files(root)
        await library.sweep(Leftover(name=str(root / part)))
        assert files(root) == [part]
        process.kill()
        process.wait()
    assert await library.size(KEY) is None
    [left] = await library.leftovers()
    await library.sweep(left)
    await library.sweep(left)
    assert list(root.iterdir()) == []


async def test_what_is_not_ours_is_no_leftover(library: FolderLibrary, root: Path) -> None:
    (root / "notes.part").write_text("")
    (root / ".footyd-notes").write_text("")
    (root / ".footyd-x1y2.part").write_text("")
    assert [Path(left.name).name for left in await library.leftovers()] == [".footyd-x1y2.part"]


async def test_a_disk_without_links_keeps_whose_it_is_all_the_same(
    library: FolderLibrary, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(place: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    first, second = Owner(id="first", where="here"), Owner(id="second", where="there")
    assert await library.claim(first) == first
    assert await library.claim(second) == first
    assert [path.name for path in root.iterdir()] == [MARKER]
