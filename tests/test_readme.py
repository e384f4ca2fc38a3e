"""The README says nothing that is not so: its config loads, its commands, keys and collections exist."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from pymongo import MongoClient

from footyd.adapters.mongo.client import INDEXES
from footyd.cli.main import app
from footyd.config import Config
from footyd.config_load import load_config
from footyd.model import ProcessingStatus

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
FENCED = re.findall(r"^```(\w*)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COLLECTIONS = {*INDEXES, "fixtures_active", "runs", "state"}


def fenced(language: str) -> list[str]:
    return [text for name, text in FENCED if name == language]


def test_the_config_excerpt_is_short_valid_and_changes_something(tmp_path: Path) -> None:
    [excerpt] = fenced("toml")
    assert len([line for line in excerpt.splitlines() if line.strip()]) <= 10
    (tmp_path / "config.toml").write_text(excerpt)
    loaded = load_config(tmp_path / "config.toml")
    default = Config()
    for section, keys in tomllib.loads(excerpt).items():
        for key in keys:
            assert getattr(getattr(loaded, section), key) != getattr(getattr(default, section), key), key


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands(typer.main.get_command(app)))
GROUPS = {path[0] for path in COMMANDS if len(path) == 2}
LISTING = {("review",)}
"""Groups that answer by themselves."""
INLINE = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", README, flags=re.MULTILINE | re.DOTALL))
CODE = "\n".join([*INLINE, *fenced("sh")])
INVOCATIONS = re.findall(r"(?:^|&& \S*/|secrets )footyd ([a-z][^\n#&]*)", CODE, re.MULTILINE)


def words_of(invocation: str) -> tuple[str, ...]:
    first, *more = invocation.split()
    return (first, *more[:1]) if first in GROUPS else (first,)


def test_every_command_it_names_exists_and_none_is_left_out() -> None:
    assert {words_of(line) for line in INVOCATIONS} == {*COMMANDS, *LISTING}


def test_every_option_it_shows_is_taken() -> None:
    for line in INVOCATIONS:
        shown = {word for word in line.split() if word.startswith("--")}
        command = COMMANDS.get(words_of(line))
        assert not shown or command is not None, line
        taken = {option for param in command.params for option in param.opts} if command else set()
        assert shown <= taken, line


def test_the_collections_are_told_whole() -> None:
    table = README.split("## The records", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == COLLECTIONS


def test_the_operators_queries_run_as_written(mongo_uri: str, mongo_database: str) -> None:
    """The shell's and Python's spelling differ in `true`; each is run by the driver."""
    queries = re.findall(r"^ *(db\.\w+\.\w+\(.*\))$", "\n".join(text for _, text in FENCED), re.MULTILINE)
    assert 'db.goals.count_documents({"processing_status.completed": true})' in README
    assert len(queries) >= 5
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        for query in queries:
            found = re.fullmatch(r"db\.(\w+)\.(\w+)\((.*)\)", query)
            assert found
            collection, method, arguments = found.groups()
            assert collection in COLLECTIONS
            assert set(re.findall(r"processing_status\.(\w+)", arguments)) <= set(ProcessingStatus.__slots__)
            ask = getattr(client[mongo_database][collection], method)
            answer = ask(*json.loads(f"[{arguments}]"))
            assert answer == 0 if isinstance(answer, int) else list(answer) == []


def test_every_key_it_names_exists() -> None:
    files = {path.name for path in ROOT.iterdir()}
    named = {name for name in INLINE if re.fullmatch(r"[a-z_0-9]+(\.[a-z_0-9]+)+( = .*)?", name)} - files
    keys = {name.split(" = ")[0] for name in named if name.split(".")[0] in Config.model_fields}
    assert len(keys) >= 8
    for key in keys:
        value: Any = Config()
        for part in key.split("."):
            assert part in type(value).model_fields, key
            value = getattr(value, part)


def test_its_shell_lines_are_sound() -> None:
    for text in fenced("sh"):
        done = subprocess.run(["/bin/bash", "-n"], input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{text}\n{done.stderr}"
