"""schemathesis against a served site: every operation of its OpenAPI document, all checks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema


@dataclass
class Verdict:
    """Broken promises in words, and how often each operation answered with which status."""

    broken: list[str] = field(default_factory=list)
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)

    def asked(self, operation: str, family: int) -> int:
        """Answers of one operation in the 200s, 400s…"""
        return sum(
            n for (name, code), n in self.answers.items() if name == operation and code // 100 == family
        )


def judged(told: dict[str, Any], address: str, token: str, *, examples: int) -> Verdict:
    """Blocks, so the site has to be served by another thread. It asks the same on every run."""
    config = SchemathesisConfig.from_dict(
        {
            "base-url": address + told["servers"][0]["url"],
            "headers": {"Authorization": f"Bearer {token}"},
            "workers": 1,
            "generation": {"deterministic": True, "max-examples": examples, "database": "none"},
            "phases": {"stateful": {"enabled": False}},
            "warnings": False,
        }
    )
    verdict = Verdict()
    for event in from_schema(schemathesis.openapi.from_dict(told, config=config)).execute():
        if isinstance(event, events.ScenarioFinished):
            _note(verdict, event.recorder)
        elif isinstance(event, (events.NonFatalError, events.FatalError)):
            verdict.broken.append(_error(event))
    return verdict


def _error(event: events.NonFatalError | events.FatalError) -> str:
    return str(event.exception if isinstance(event, events.FatalError) else event.value)


def _note(verdict: Verdict, recorder: Any) -> None:
    for one in recorder.interactions.values():
        verdict.answers[recorder.label, one.response.status_code if one.response else 0] += 1
    verdict.broken += [
        f"{recorder.label}: {check.name}: {check.failure_info.failure.message}\n"
        f"{check.failure_info.code_sample}"
        for checks in recorder.checks.values()
        for check in checks
        if check.status == Status.FAILURE
    ]
