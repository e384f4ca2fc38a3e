"""The index of the scenario book by table row: `python -m tests.scenarios.index` renews it in README.md."""

from __future__ import annotations

from collections.abc import Sequence

from tests.scenarios.book import FOLDER, book
from tests.scenarios.words import ROWS, Scenario

BEGIN = "<!-- the index begins: python -m tests.scenarios.index -->"
END = "<!-- the index ends -->"


def index(scenarios: Sequence[Scenario]) -> str:
    """A heading per row, a line per file; a file stands under each of its rows."""
    parts = []
    for row in ROWS:
        lines = [f"- [{s.name}]({s.name}): {s.title}" for s in scenarios if row in s.rows]
        parts.append("\n".join([f"**{row}**", "", *lines]))
    return "\n\n".join(parts)


def renew() -> None:
    readme = FOLDER / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    readme.write_text(f"{before}{BEGIN}\n\n{index(book())}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    renew()
