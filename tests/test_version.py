"""The commit of a checkout, read from git's own files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from footyd import __version__
from footyd.version import of_checkout, versions

ONE, OTHER = "1" * 40, "2" * 40
PACKED = f"# pack-refs with: peeled\n{OTHER} refs/heads/maintenance\n{ONE} refs/heads/main\n^{OTHER}\n"


@pytest.mark.parametrize(
    ("files", "commit"),
    [
        ({"HEAD": "ref: refs/heads/main\n", "refs/heads/main": f"{ONE}\n"}, ONE),
        ({"HEAD": "ref: refs/heads/main\n", "packed-refs": PACKED}, ONE),
        (
            {
                "HEAD": "ref: refs/heads/main\n",
                "refs/heads/main": f"{ONE}\n",
                "packed-refs": f"{OTHER} refs/heads/main\n",
            },
            ONE,
        ),
        ({"HEAD": f"{ONE}\n"}, ONE),
        ({"HEAD": "ref: refs/heads/new\n", "packed-refs": PACKED}, ""),
        ({"HEAD": "ref: refs/heads/new\n"}, ""),
        ({}, ""),
    ],
    ids=["loose", "packed", "loose before packed", "detached", "not there", "no commit yet", "no checkout"],
)
def test_head_is_followed_to_its_commit(tmp_path: Path, files: dict[str, str], commit: str) -> None:
    for name, text in files.items():
        file = tmp_path / ".git" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert of_checkout(tmp_path) == commit


def test_the_parts_that_age_are_told_with_their_versions() -> None:
    found = versions()
    assert found["footyd"] == __version__
    assert set(found) >= {"Python", "yt-dlp", "OpenCV"}
    assert all(re.match(r"\d+\.\d+", text) for text in found.values())
