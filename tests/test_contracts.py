"""What STYLE asks of the code, asked by its own tools as they are set in pyproject.toml."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [("ruff", "check"), ("ruff", "format", "--check"), ("mypy",), ("lint-imports",)],
    ids=" ".join,
)
def test_the_code_passes(command: tuple[str, ...]) -> None:
    tool, *arguments = command
    done = subprocess.run(
        [BIN / tool, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=500
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-8000:]}\n{done.stderr[-2000:]}"


def test_the_contract_of_the_adapters_names_every_other_module() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    (named,) = [c["source_modules"] for c in contracts if c["name"] == "only adapters reach the outside"]
    found = {
        f"footyd.{path.stem}"
        for path in (ROOT / "footyd").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert found - {"footyd.__init__", "footyd.adapters"} == set(named)
