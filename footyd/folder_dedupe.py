"""Any folder of clips: which files show the same footage, and which of them to keep. It changes no file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar, TypeVarTuple

from footyd.config import ClipsConfig, Config
from footyd.errors import FootydError, WorkerError
from footyd.model import Clip, ClipId, ClipState, GoalId, Group, Match, PostId, Rejection
from footyd.stages.fingerprint import Fingerprinted, fingerprint_file, match_fingerprints
from footyd.stages.select import choose_groups, pairs_to_compare

VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".flv"})
PAIRS_PER_TASK = 64

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Workers(Protocol):
    async def run(self, fn: Callable[[*Ts], T], *args: *Ts, timeout_seconds: float) -> T: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderGroup:
    """Files that show the same footage, the keeper among them; `evidence` tells of each what decided."""

    keeper: Path
    members: tuple[Path, ...]
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderReport:
    """Groups by their keeper's path; `unreadable` holds every file that was not compared, and why."""

    groups: tuple[FolderGroup, ...]
    unreadable: tuple[tuple[Path, str], ...]


async def dedupe_folders(
    paths: Sequence[Path],
    workers: Workers,
    config: Config,
    on_progress: Callable[[int, int], None] | None = None,
) -> FolderReport:
    """Judges all videos under `paths` together; `on_progress` hears how many files of how many are decoded.

    Shape, shortness and stillness, which decide about clips of goals, do not matter here; `clips.max_seconds`
    does.
    """
    files = find_videos(paths)
    judged = await _judge_all(files, workers, config, on_progress)
    clips = [_clip(file, reply) for file, reply in judged.items() if isinstance(reply, Fingerprinted)]
    matches = await _compare(clips, workers, config)
    groups = choose_groups(clips, matches, config.clips.minimum_match)
    return FolderReport(
        groups=tuple(sorted((_group(group) for group in groups), key=_keeper)),
        unreadable=tuple(
            (file, _reason(reply)) for file, reply in judged.items() if isinstance(reply, Rejection)
        ),
    )


def find_videos(paths: Sequence[Path]) -> list[Path]:
    """Files as named and, in folders at any depth, those with a video's suffix; sorted, each once."""
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found.update(file for file in path.rglob("*") if _is_video(file))
        elif path.exists():
            found.add(path)
        else:
            raise FootydError(f"{path} does not exist", remedy="Name a video file or a folder of videos.")
    return sorted(found)


def _is_video(file: Path) -> bool:
    return file.suffix.lower() in VIDEO_SUFFIXES and file.is_file()


async def _judge_all(
    files: Sequence[Path], workers: Workers, config: Config, on_progress: Callable[[int, int], None] | None
) -> dict[Path, Fingerprinted | Rejection]:
    judged: dict[Path, Fingerprinted | Rejection] = {}
    clips = config.clips.model_copy(update={"min_seconds": 0.0, "min_height": 16, "min_aspect": 0.01})

    async def judge(file: Path) -> None:
        judged[file] = await _judge(file, workers, clips, config.workers.task_timeout_seconds)
        if on_progress is not None:
            on_progress(len(judged), len(files))

    async with asyncio.TaskGroup() as group:
        for file in files:
            group.create_task(judge(file))
    return {file: judged[file] for file in files}


async def _judge(
    file: Path, workers: Workers, config: ClipsConfig, timeout_seconds: float
) -> Fingerprinted | Rejection:
    try:
        return await workers.run(fingerprint_file, file, config, True, timeout_seconds=timeout_seconds)
    except WorkerError as exc:
        return Rejection(reason="timed_out" if exc.timed_out else "crashed", detail=str(exc))
    except OSError as exc:
        return Rejection(reason="unreadable", detail=exc.strerror or str(exc))


def _clip(file: Path, judged: Fingerprinted) -> Clip:
    return Clip(
        id=ClipId(str(file)),
        goal_id=GoalId(""),
        post_id=PostId(""),
        facts=judged.facts,
        fingerprint=judged.fingerprint,
        state=ClipState.HELD,
        path=file,
    )


async def _compare(
    clips: Sequence[Clip], workers: Workers, config: Config
) -> Mapping[frozenset[ClipId], Match]:
    matches: dict[frozenset[ClipId], Match] = {}
    seconds = config.workers.task_timeout_seconds

    async def compare(batch: Sequence[tuple[Clip, Clip]]) -> None:
        prints = [(a.fingerprint, b.fingerprint) for a, b in batch]
        found = await workers.run(match_fingerprints, prints, timeout_seconds=seconds)
        matches.update({frozenset({a.id, b.id}): match for (a, b), match in zip(batch, found, strict=True)})

    pairs = pairs_to_compare(clips)
    async with asyncio.TaskGroup() as group:
        for start in range(0, len(pairs), PAIRS_PER_TASK):
            group.create_task(compare(pairs[start : start + PAIRS_PER_TASK]))
    return matches


def _group(group: Group) -> FolderGroup:
    told = sorted((Path(id), why) for id, why in zip(group.members, group.reasons, strict=True))
    return FolderGroup(
        keeper=Path(group.keeper),
        members=tuple(file for file, _ in told),
        evidence=tuple(why for _, why in told),
    )


def _keeper(group: FolderGroup) -> Path:
    return group.keeper


def _reason(rejection: Rejection) -> str:
    return f"{rejection.reason}: {rejection.detail}" if rejection.detail else rejection.reason
