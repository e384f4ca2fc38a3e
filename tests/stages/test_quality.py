"""Measuring a picture: what a file claims does not count, what it shows does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from footyd.config import ClipsConfig
from footyd.model import Quality, Rejection
from footyd.stages.fingerprint import Fingerprinted, fingerprint_file
from footyd.stages.fingerprint.content import find_box
from footyd.stages.fingerprint.decode import decode
from footyd.stages.fingerprint.quality import LOOKS, Looks, measure
from footyd.stages.fingerprint.sound import has_sound
from tests.video import FPS, Picture, changed, letterboxed, scaled, scene, write

CONFIG = ClipsConfig()
WHITE = (255, 255, 255)


def pitch(height: int, *, seed: int = 1, count: int = LOOKS, shift: int = 23) -> list[Picture]:
    """A camera that pans over something with detail of every size, as grass and a crowd have it."""
    rng = np.random.default_rng(seed)
    width = height * 16 // 9
    wide = width + shift * count
    sheet = np.zeros((height, wide), np.float32)
    size = 8.0
    while size <= height:
        grain = rng.normal(0, 1, (round(size), round(size * wide / height))).astype(np.float32)
        sheet += cv2.resize(grain, (wide, height), interpolation=cv2.INTER_CUBIC) * 12
        size *= 1.5
    sheet[: height // 5] = cv2.blur(sheet[: height // 5], (99, 99))  # the sky
    grey = np.clip(128 + sheet, 0, 255).astype(np.uint8)
    return [np.repeat(grey[:, s * shift : s * shift + width, None], 3, axis=2) for s in range(count)]


def enlarged(pictures: Iterable[Picture], lines: int) -> list[Picture]:
    """Made smaller to `lines`, and as large as before again."""

    def change(picture: Picture) -> Picture:
        height, width = picture.shape[:2]
        small = cv2.resize(picture, (width * lines // height, lines), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)

    return [change(picture) for picture in pictures]


def stamped(pictures: Iterable[Picture]) -> list[Picture]:
    copies = [picture.copy() for picture in pictures]
    for copy in copies:
        height, width = copy.shape[:2]
        corner = copy[: height // 4, : width // 3]
        corner[:] = 30
        for line in range(8, height // 4, 24):
            cv2.putText(corner, "@GOALS TV " * 3, (4, line), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255,) * 3, 2)
    return copies


def measured(pictures: list[Picture]) -> Quality:
    looks = [np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8) for picture in pictures]
    small = [cv2.resize(look, (128, 72), interpolation=cv2.INTER_AREA).astype(np.float32) for look in looks]
    frames = np.stack(small)
    return measure(looks, frames, find_box(frames))


def test_a_true_picture_has_nearly_as_many_real_lines_as_it_claims() -> None:
    assert measured(pitch(720)).real_lines > 600


@pytest.mark.parametrize("lines", [240, 360])
def test_an_enlarged_picture_keeps_the_real_lines_of_its_original(lines: int) -> None:
    assert lines * 0.7 < measured(enlarged(pitch(720), lines)).real_lines < lines * 1.35


def test_real_lines_do_not_depend_on_contrast_or_brightness() -> None:
    pictures = pitch(480)
    dull = [np.clip(picture * 0.6 + 40, 0, 255).astype(np.uint8) for picture in pictures]
    assert measured(dull).real_lines == pytest.approx(measured(pictures).real_lines, rel=0.1)


def test_a_sharp_stamp_does_not_make_a_soft_picture_sharp() -> None:
    soft = enlarged(pitch(720), 240)
    assert measured(stamped(soft)).real_lines == pytest.approx(measured(soft).real_lines, rel=0.2)


def test_letters_across_a_soft_picture_do_not_make_it_sharp() -> None:
    """Happened: of a soft source the copy with a caption was kept, since its letters counted as detail."""

    def captioned(picture: Picture) -> Picture:
        copy = picture.copy()
        for line in range(480, 700, 40):
            cv2.putText(
                copy, "GOAL! 4-0  WHAT A FINISH " * 2, (0, line), cv2.FONT_HERSHEY_DUPLEX, 1.4, WHITE, 3
            )
        return copy

    soft = enlarged(pitch(720), 240)
    marked = [captioned(picture) for picture in soft]
    assert measured(marked).real_lines == pytest.approx(measured(soft).real_lines, rel=0.1)


def test_a_stamp_is_what_stands_still_while_the_rest_moves() -> None:
    plain, marked = measured(pitch(480)), measured(stamped(pitch(480)))
    assert plain.stamp_share < 0.02
    assert marked.stamp_share > 0.03


def test_bars_are_not_part_of_the_picture() -> None:
    quality = measured([letterboxed(120)(picture) for picture in pitch(480)])
    assert quality.picture_share == pytest.approx(480 / 720, abs=0.05)


def test_coarse_compression_shows_as_blocks() -> None:
    def coarse(picture: Picture) -> Picture:
        return np.asarray(cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 5])[1], 1))

    pictures = pitch(480)
    assert measured(pictures).blocking < 1.1
    assert measured([coarse(picture) for picture in pictures]).blocking > 1.3


def test_looks_are_spread_over_what_the_header_claims() -> None:
    looks = Looks(100)
    taken = []
    for frame in range(100):
        if looks.wants(frame):
            looks.take(np.zeros((8, 8), np.uint8))
            taken.append(frame)
    assert taken == [10, 30, 50, 70, 90]


def other_place(seconds: float) -> Iterator[Picture]:
    """Nothing like a pitch."""
    return changed(scene(7, seconds), lambda picture: np.asarray(255 - picture, np.uint8))


def test_the_facts_of_a_file_hold_its_quality_and_the_seconds_of_its_cuts(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", [*other_place(3), *scene(1, 4)])
    reply = fingerprint_file(path, CONFIG)
    assert isinstance(reply, Fingerprinted)
    quality = reply.facts.quality
    assert quality is not None
    assert [round(cut, 1) for cut in quality.cuts] == [3.0]
    assert quality.sound is False


def test_sound_is_read_from_the_tracks_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", scene(1, 1))
    assert has_sound(path) is False
    data = path.read_bytes()
    assert data.count(b"vide") == 1
    path.write_bytes(data.replace(b"vide", b"soun"))
    assert has_sound(path) is True


@pytest.mark.parametrize("content", [b"", b"\0\0\0\x08moov", b"\xff" * 64, b"\0\0\0\0moov\0\0\0\x01trak"])
def test_a_file_without_tracks_says_nothing_about_sound(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    assert has_sound(tmp_path / "a.mp4") is None


# -------------------------------------------------- what is not worth keeping


def refused(path: Path) -> Rejection:
    reply = fingerprint_file(path, CONFIG)
    assert isinstance(reply, Rejection), reply
    return reply


def test_a_black_clip_is_refused_as_such(tmp_path: Path) -> None:
    dark = changed(scene(1, 4), lambda picture: np.asarray(picture // 12, np.uint8))
    assert refused(write(tmp_path / "a.mp4", dark)).reason == "black"


def test_a_still_picture_is_refused_unless_stills_are_wanted(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", [next(scene(1, 0.1))] * 100)
    assert refused(path).reason == "still"
    assert isinstance(fingerprint_file(path, CONFIG, True), Fingerprinted)


def test_a_fade_from_black_is_no_black_clip(tmp_path: Path) -> None:
    dark = [np.zeros_like(next(scene(1, 0.1)))] * round(FPS)
    assert isinstance(
        fingerprint_file(write(tmp_path / "a.mp4", [*dark, *scene(1, 4)]), CONFIG), Fingerprinted
    )


def test_an_mp4_that_lacks_a_tenth_of_its_frames_is_truncated(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", scene(1, 6))
    data = bytearray(path.read_bytes())
    last_tenth = data.rindex(b"moov") - 4 - len(data) // 10
    data[last_tenth : data.rindex(b"moov") - 4] = bytes(data.rindex(b"moov") - 4 - last_tenth)
    path.write_bytes(data)
    assert refused(path).reason == "truncated"


class NothingIsDecoded:
    """A capture that tells its header and must not be asked for a frame."""

    def __init__(self, **header: float) -> None:
        self.header = {getattr(cv2, f"CAP_PROP_{name.upper()}"): value for name, value in header.items()}

    def isOpened(self) -> bool:  # noqa: N802  # OpenCV's name
        return True

    def get(self, name: int) -> float:
        return self.header[name]

    def release(self) -> None:
        pass


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"frame_width": 3840, "frame_height": 2160, "fps": 25, "frame_count": 250}, "too_large"),
        ({"frame_width": 1280, "frame_height": 720, "fps": 25, "frame_count": 600 * 25}, "too_long"),
    ],
)
def test_4k_and_ten_minutes_are_refused_from_the_header_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, header: dict[str, float], reason: str
) -> None:
    path = write(tmp_path / "a.mp4", changed(scene(1, 0.2), scaled(64, 36)))
    monkeypatch.setattr(cv2, "VideoCapture", lambda *_: NothingIsDecoded(**header))
    reply = decode(path, CONFIG)
    assert isinstance(reply, Rejection)
    assert reply.reason == reason
