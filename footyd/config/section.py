"""What every section is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

PositiveSeconds = Annotated[float, Field(gt=0, le=7 * 24 * 3600)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class Retry(Section):
    attempts: int = Field(3, ge=1, le=10, description="How often a call is tried in all.")
    first_wait_seconds: float = Field(
        10, ge=0, le=600, description="Wait before the second try; it doubles with each further one."
    )


def too_high(section: Section, key: str, allowed: str) -> ValidationError:
    """A mistake of two keys, told at the lower one: an error of the whole section would name neither."""
    kind = PydanticCustomError("too_high", allowed)
    details = InitErrorDetails(type=kind, loc=(key,), input=getattr(section, key))
    return ValidationError.from_exception_data(type(section).__name__, [details])


def whole_path(value: Path) -> Path:
    try:
        return value.expanduser().absolute()
    except RuntimeError as exc:
        raise ValueError("a path; there is no such user") from exc
