"""Made-up goal footage, one file per recipe: a main camera and another angle, each in several versions.

OpenCV is loaded only when a clip is made, so importing this module costs the daemon nothing.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Version(StrEnum):
    """What has been done to the footage before somebody posted it."""

    BASE = "base"
    SCALED = "scaled"
    CROPPED = "cropped"
    LETTERBOX = "letterbox"
    WATERMARK = "watermark"
    TRIMMED = "trimmed"
    LOW_QUALITY = "low-quality"
    PORTRAIT = "portrait"
    CORRUPT = "corrupt"


class Camera(StrEnum):
    MAIN = "main"
    ANGLE = "angle"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRecipe:
    """Everything a clip is made from; `scene_seed` is shared by the versions of one piece of footage."""

    name: str
    scene_seed: int
    camera: Camera
    version: Version
    caption: str

    @property
    def file_name(self) -> str:
        return f"{self.name}.mp4"


def make_clip(recipe: ClipRecipe, into: Path) -> Path:
    """Write the clip below `into`, whole or not at all; meant for a worker process, about a CPU-second."""
    target = into / recipe.file_name
    unfinished = target.with_name(f"unfinished-{target.name}")
    if recipe.version is Version.CORRUPT:
        unfinished.write_bytes(_cut_off_upload(recipe.scene_seed))
    else:
        from footyd.demo import clip_scene  # noqa: PLC0415 - OpenCV belongs into worker processes only

        clip_scene.write_clip(recipe, unfinished)
    return unfinished.replace(target)


def _cut_off_upload(seed: int) -> bytes:
    """The head of an MP4 whose index never arrived: a true `ftyp` box, then a `mdat` that ends too soon."""
    file_type = b"\x00\x00\x00\x1cftypisom\x00\x00\x02\x00isomiso2mp41"
    media = random.Random(seed).randbytes(24_000)
    return file_type + b"\x00\x40\x00\x00mdat" + media
