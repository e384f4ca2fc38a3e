from __future__ import annotations

import array
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from footyd.adapters.systemd import JournalSender, Notifier, field_name, journal_connected


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    """What systemd and the journal are to a service: a datagram socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "socket"))
        listening.settimeout(5)
        yield listening


def test_each_state_of_the_service_is_told(listener: socket.socket) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": listener.getsockname()})
    notifier.ready("two matches\nin play")
    assert listener.recv(1000) == b"READY=1\nSTATUS=two matches in play"
    notifier.ready()
    assert listener.recv(1000) == b"READY=1"
    notifier.status("idle")
    assert listener.recv(1000) == b"STATUS=idle"
    notifier.watchdog()
    assert listener.recv(1000) == b"WATCHDOG=1"
    notifier.stopping()
    assert listener.recv(1000) == b"STOPPING=1"


def test_a_reload_carries_the_monotonic_clock(listener: socket.socket) -> None:
    Notifier({"NOTIFY_SOCKET": listener.getsockname()}).reloading()
    first, second = listener.recv(1000).decode().splitlines()
    assert first == "RELOADING=1"
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    assert abs(int(second.removeprefix("MONOTONIC_USEC=")) / 1e6 - uptime) < 60


def test_an_abstract_socket_is_reached_too() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("")
        listening.settimeout(5)
        name = listening.getsockname()
        Notifier({"NOTIFY_SOCKET": "@" + name[1:].decode()}).stopping()
        assert listening.recv(100) == b"STOPPING=1"


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": "/nonexistent/notify"}])
def test_with_nobody_listening_nothing_happens(environ: dict[str, str]) -> None:
    notifier = Notifier(environ)
    notifier.ready("x")
    notifier.reloading()
    assert notifier.watchdog_seconds is None


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({"WATCHDOG_USEC": "90000000"}, 90.0),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getpid())}, 0.5),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_fed_only_where_systemd_asks_this_process(
    environ: dict[str, str], seconds: float | None
) -> None:
    assert Notifier(environ).watchdog_seconds == seconds


def test_the_journal_is_connected_when_stderr_is_the_stream_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as stderr, os.fdopen(reader):
        monkeypatch.setattr(sys, "stderr", stderr)
        facts = os.fstat(writer)
        monkeypatch.setenv("JOURNAL_STREAM", f"{facts.st_dev}:{facts.st_ino}")
        assert journal_connected()
        monkeypatch.setenv("JOURNAL_STREAM", f"{facts.st_dev}:{facts.st_ino + 1}")
        assert not journal_connected()
        monkeypatch.delenv("JOURNAL_STREAM")
        assert not journal_connected()


@pytest.fixture
def sender(listener: socket.socket) -> JournalSender:
    return JournalSender(Path(listener.getsockname()))


def test_an_entry_is_one_datagram_of_upper_case_fields(
    listener: socket.socket, sender: JournalSender
) -> None:
    sender.send({"message": "goal confirmed", "goal_id": "1-2-1-0-1", "PRIORITY": 6})
    assert listener.recv(1000) == b"MESSAGE=goal confirmed\nGOAL_ID=1-2-1-0-1\nPRIORITY=6\n"


def test_text_of_several_lines_carries_its_length(listener: socket.socket, sender: JournalSender) -> None:
    sender.send({"MESSAGE": "Tor\nMüller"})
    assert listener.recv(1000) == b"MESSAGE\n\x0b\0\0\0\0\0\0\0Tor\nM\xc3\xbcller\n"


def test_an_entry_too_long_for_a_datagram_comes_as_a_sealed_file(
    listener: socket.socket, sender: JournalSender
) -> None:
    text = "x" * 1_000_000
    sender.send({"MESSAGE": text})
    descriptors = array.array("i")
    data, ancillary, _, _ = listener.recvmsg(1, socket.CMSG_SPACE(descriptors.itemsize))
    descriptors.frombytes(ancillary[0][2])
    with os.fdopen(descriptors[0], "r+b") as file:
        file.seek(0)
        assert data == b""
        assert file.read() == b"MESSAGE=" + text.encode() + b"\n"
        with pytest.raises(PermissionError):
            os.write(file.fileno(), b"forged")


def test_a_journal_that_is_gone_is_told_to_the_caller(tmp_path: Path) -> None:
    sender = JournalSender(tmp_path / "nobody")
    with pytest.raises(FileNotFoundError):
        sender.send({"MESSAGE": "x"})


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("goal_id", "GOAL_ID"),
        ("_pid", "PID"),
        ("http-status", "HTTP_STATUS"),
        ("2nd", "F_2ND"),
        ("x" * 99, "X" * 64),
    ],
)
def test_keys_become_names_the_journal_takes(key: str, name: str) -> None:
    assert field_name(key) == name
