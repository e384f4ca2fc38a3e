"""Clips and posters over HTTP: in stretches, under the names of records alone."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from footyd.adapters.mongo import Store
from footyd.config import Config
from footyd.model import Clip, ClipState, ObjectKey
from footyd.stages.publish import poster_key
from footyd.web.media import attachment, clip_origins, clip_path, poster_path
from tests.builders import a_clip
from tests.web.site import Site, opened

KEY = ObjectKey("League/2026/2026-08-22 Home vs Away/023 Ø. Scorer/1-0a1b2c3d.mp4")
CONTENT = os.urandom(700_000)
PICTURE = b"RIFF....WEBP"


async def kept(
    site: Site, folder: Path, key: ObjectKey = KEY, content: bytes = CONTENT, **facts: object
) -> Clip:
    """A keeper whose object and poster lie in the library."""
    for name, whole in ((key, content), (poster_key(key), PICTURE)):
        file = folder / "upload"
        file.write_bytes(whole)
        await site.library.put(name, file, content_type="video/mp4", metadata={})
    sha256 = hashlib.sha256(content).hexdigest()
    given = {"state": ClipState.KEEPER, "object_key": key, **facts}
    clip = a_clip(sha=sha256, **given)  # type: ignore[arg-type]  # facts of a clip
    await site.store.clips.save_clip(clip)
    return clip


def address(clip: Clip) -> str:
    return clip_path(clip.goal_id, clip.facts.sha256)


async def test_a_clip_is_served_whole_with_its_type_and_a_name_for_its_content(
    site: Site, tmp_path: Path
) -> None:
    clip = await kept(site, tmp_path)
    found = await site.get(address(clip))
    assert (found.status, found.body) == (200, CONTENT)
    assert found.headers["Content-Type"] == "video/mp4"
    assert found.headers["Accept-Ranges"] == "bytes"
    assert "immutable" in found.headers["Cache-Control"]
    again = await site.get(address(clip), headers={"If-None-Match": found.headers["Etag"]})
    assert (again.status, again.body) == (304, b"")


STRETCHES = {
    "bytes=0-": (0, 700_000),
    "bytes=0-0": (0, 1),
    "bytes=300000-599999": (300_000, 600_000),
    "bytes=-500": (699_500, 700_000),
    "bytes=699999-900000": (699_999, 700_000),
    "bytes=-900000": (0, 700_000),
}


async def test_any_stretch_is_served(site: Site, tmp_path: Path) -> None:
    clip = await kept(site, tmp_path)
    for asked, (start, stop) in STRETCHES.items():
        found = await site.get(address(clip), headers={"Range": asked})
        assert (found.status, found.body) == (206, CONTENT[start:stop]), asked
        assert found.headers["Content-Range"] == f"bytes {start}-{stop - 1}/700000"


async def test_a_range_that_cannot_be_read_gives_the_whole(site: Site, tmp_path: Path) -> None:
    clip = await kept(site, tmp_path)
    for asked in ("bytes=0-1,5-6", "seconds=1-2", "bytes=x", "bytes=9-4"):
        found = await site.get(address(clip), headers={"Range": asked})
        assert (found.status, len(found.body)) == (200, 700_000), asked


async def test_a_stretch_beyond_the_end_is_refused_with_the_length(site: Site, tmp_path: Path) -> None:
    clip = await kept(site, tmp_path)
    found = await site.get(address(clip), headers={"Range": "bytes=700000-"})
    assert found.status == 416
    assert found.headers["Content-Range"] == "bytes */700000"


async def test_a_stretch_of_other_content_is_not_mixed_in(site: Site, tmp_path: Path) -> None:
    clip = await kept(site, tmp_path)
    found = await site.get(address(clip), headers={"Range": "bytes=5-", "If-Range": '"another"'})
    assert (found.status, len(found.body)) == (200, 700_000)


async def test_head_tells_the_length_without_the_clip(site: Site, tmp_path: Path) -> None:
    clip = await kept(site, tmp_path)
    found = await site.ask("HEAD", address(clip))
    assert (found.status, found.body, found.headers["Content-Length"]) == (200, b"", "700000")


async def test_a_poster_lies_beside_its_clip(site: Site, tmp_path: Path) -> None:
    clip = await kept(site, tmp_path)
    found = await site.get(poster_path(clip.goal_id, clip.facts.sha256))
    assert (found.status, found.body, found.headers["Content-Type"]) == (200, PICTURE, "image/webp")


async def test_a_download_has_a_name_that_people_read(site: Site, tmp_path: Path) -> None:
    clip = await kept(site, tmp_path)
    found = await site.get(f"{address(clip)}?download")
    told = found.headers["Content-Disposition"]
    assert told.startswith('attachment; filename="2026-08-22 Home vs Away - 023 _. Scorer - 1-0a1b2c3d.mp4"')
    assert "filename*=UTF-8''2026-08-22%20Home%20vs%20Away%20-%20023%20%C3%98.%20Scorer" in told


def test_a_name_cannot_break_out_of_its_header() -> None:
    told = attachment('a"b\\c\r\nSet-Cookie: x%41.mp4')
    assert told.startswith(
        "attachment; filename=\"a_b_c__Set-Cookie: x_41.mp4\"; filename*=UTF-8''a%22b%5Cc%0D%0A"
    )
    assert "\r" not in told


# ---------------------------------------------------------------- what is not served


async def test_only_keepers_are_served(site: Site, tmp_path: Path) -> None:
    """Not even when the object is still there."""
    for state in ClipState:
        clip = await kept(site, tmp_path, state=state)
        wanted = 200 if state is ClipState.KEEPER else 404
        assert (await site.get(address(clip))).status == wanted, state


async def test_a_clip_that_is_being_moved_is_served_from_where_it_was(site: Site, tmp_path: Path) -> None:
    clip = await kept(site, tmp_path, state=ClipState.PUBLISHING, object_key="new/place.mp4", moved_from=KEY)
    assert (await site.get(address(clip))).body == CONTENT


async def test_no_key_is_reachable_that_no_record_names(site: Site, tmp_path: Path) -> None:
    clip = await kept(site, tmp_path)
    (tmp_path / "secret.mp4").write_bytes(b"secret")
    (tmp_path / "library" / "stray.mp4").write_bytes(b"stray")
    sha256, goal = clip.facts.sha256, clip.goal_id
    for path in (
        f"/media/clips/{goal}/{'0' * 64}",
        f"/media/clips/another/{sha256}",
        f"/media/clips/{goal}%3A{sha256}/{sha256}",
        f"/media/clips/{goal}/{KEY}",
        "/media/clips/../library/stray.mp4",
        "/media/clips/..%2f..%2fsecret.mp4",
        f"/media/clips/%2e%2e/{sha256}",
        f"/media/posters/{goal}/{'0' * 64}",
        "/media/stray.mp4",
    ):
        assert (await site.get(path)).status == 404, path


async def test_even_a_record_that_was_tampered_with_leads_nowhere_outside(site: Site, tmp_path: Path) -> None:
    clip = await kept(site, tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    for place in (tmp_path / "secret.mp4", outside / "secret.mp4"):
        place.write_bytes(b"hidden")
    (tmp_path / "library" / "linked").symlink_to(outside)
    (tmp_path / "library" / "linked.mp4").symlink_to(outside / "secret.mp4")
    for key in ("../secret.mp4", "linked/secret.mp4", "linked.mp4", "a\0b.mp4", "/secret.mp4"):
        await site.store.database.clips.update_one({"_id": clip.id}, {"$set": {"object_key": key}})
        found = await site.get(address(clip))
        assert found.status in {404, 503}, key
        assert b"hidden" not in found.body, key


async def test_a_file_that_is_gone_is_told_with_its_remedy(site: Site, tmp_path: Path) -> None:
    clip = await kept(site, tmp_path)
    (tmp_path / "library" / KEY).unlink()
    found = await site.get(address(clip))
    assert found.status == 404
    assert found.headers["Content-Type"].startswith("application/problem+json")
    assert "verify --repair" in found.json()["remedy"]


async def test_strangers_get_no_clip(store: Store, tmp_path: Path) -> None:
    async with opened(store, tmp_path, {"web": {"token": "a-token-of-enough-letters"}}) as site:
        clip = await kept(site, tmp_path)
        assert (await site.get(address(clip))).status == 401
        found = await site.get(address(clip), headers={"Authorization": "Bearer a-token-of-enough-letters"})
        assert found.body == CONTENT


# ---------------------------------------------------------------- S3


@pytest.mark.parametrize(
    ("s3", "origins"),
    [
        ({}, ("https://*.amazonaws.com",)),
        ({"endpoint_url": "https://minio.example:9000/x"}, ("https://minio.example:9000",)),
        ({"endpoint_url": "http://127.0.0.1:9000"}, ()),
        ({"endpoint_url": "http://localhost:9000"}, ()),
        (
            {"endpoint_url": "http://localhost:9000", "public_endpoint_url": "https://clips.example"},
            ("https://clips.example",),
        ),
    ],
)
def test_links_of_s3_are_given_out_where_others_can_follow_them(
    s3: dict[str, str], origins: tuple[str, ...]
) -> None:
    config = Config.model_validate({"library": {"kind": "s3", "s3": s3}})
    assert clip_origins(config) == origins
