"""Telling a holder that is dead from one that may live: in doubt it lives."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from footyd.adapters.identity import holder_here, is_dead
from footyd.errors import PermanentError
from footyd.model import Holder


@pytest.fixture
def here(tmp_path: Path) -> Holder:
    return replace(holder_here(tmp_path), machine="this", boot="today")


def elsewhere(here: Holder) -> Holder:
    return replace(here, state="another", state_dir="/another")


def test_a_restart_is_the_same_place_and_another_directory_is_not(tmp_path: Path) -> None:
    first, again = holder_here(tmp_path), holder_here(tmp_path)
    (tmp_path / "b").mkdir()
    assert first.is_same_place(again)
    assert not first.is_same_place(holder_here(tmp_path / "b"))
    assert first.pid == os.getpid()


def test_who_held_our_own_place_is_dead_whatever_the_boot(here: Holder) -> None:
    assert is_dead(replace(here, boot="yesterday", pid=1, started="0"), here)


def test_a_card_copied_into_another_machine_is_not_our_place(here: Holder) -> None:
    assert not is_dead(replace(here, machine="that"), here)


def test_of_another_machine_nothing_is_known(here: Holder) -> None:
    gone = replace(elsewhere(here), machine="that", pid=2**22, started="1", boot="yesterday")
    assert not is_dead(gone, here)


def test_a_process_of_this_machine_is_asked_for(here: Holder) -> None:
    assert not is_dead(elsewhere(here), here)
    assert is_dead(replace(elsewhere(here), started="1"), here), "its number is another one's by now"


def test_a_process_of_another_user_that_cannot_be_looked_into_lives(
    here: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With ProtectProc=invisible it is not in /proc at all."""

    def refuse(_pid: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr("footyd.adapters.identity._started", lambda _pid: "")
    assert not is_dead(elsewhere(here), here)
    monkeypatch.setattr("os.kill", refuse)
    assert not is_dead(elsewhere(here), here)


def test_a_process_that_ended_is_dead(here: Holder) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert is_dead(replace(elsewhere(here), pid=ended.pid, started="12345"), here)


def test_before_a_reboot_everything_was_another_time(here: Holder) -> None:
    assert is_dead(replace(elsewhere(here), boot="yesterday"), here)


def test_in_another_container_the_same_number_is_another_process(here: Holder) -> None:
    assert not is_dead(replace(elsewhere(here), pids="pid:[1]", started="1"), here)


def test_a_machine_without_an_id_is_never_taken_for_the_same(here: Holder) -> None:
    nameless = replace(here, machine="")
    assert not is_dead(replace(elsewhere(nameless), boot="yesterday"), nameless)


def test_a_state_directory_that_cannot_be_written_is_told_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="identity cannot be written") as caught:
        holder_here(tmp_path / "nowhere")
    assert caught.value.remedy
