"""The picture that stands for a clip before it plays."""

from __future__ import annotations

from pathlib import Path

WIDTH = 640
QUALITY = 75
_PLACES = (0.4, 0.2, 0.6, 0.8)
"""Parts of the clip at which a picture is looked for: a goal is mostly in the middle, a fade at the ends."""
_PLAIN = 12.0
"""Standard deviation of the grey values (0-255) below which a picture is a fade or a title's background."""


def poster_of(path: Path) -> bytes | None:
    """A WebP of at most 640 pixels width; None when no frame can be read."""
    import cv2  # noqa: PLC0415  # OpenCV only in a worker

    video = cv2.VideoCapture(str(path))
    try:
        frames = video.get(cv2.CAP_PROP_FRAME_COUNT)
        best = None
        for place in _PLACES:
            video.set(cv2.CAP_PROP_POS_FRAMES, int(frames * place))
            read, frame = video.read()
            if not read:
                continue
            best = frame if best is None else best
            if cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).std() >= _PLAIN:
                best = frame
                break
    finally:
        video.release()
    if best is None:
        return None
    scale = min(1.0, WIDTH / best.shape[1])
    size = (max(1, round(best.shape[1] * scale)), max(1, round(best.shape[0] * scale)))
    small = cv2.resize(best, size, interpolation=cv2.INTER_AREA)
    encoded, data = cv2.imencode(".webp", small, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
    return bytes(data) if encoded else None
