"""Candidates as documents and back, also those of before their parts were kept."""

from __future__ import annotations

from dataclasses import replace

from footyd.adapters.mongo.codec import candidate_document, candidate_from
from tests.builders import a_candidate


def test_a_candidate_comes_back_with_what_spoke_for_and_against_it() -> None:
    candidate = replace(a_candidate(), parts={"scorer": 0.3, "another score": -0.35})
    document = candidate_document(candidate)
    assert document["parts"] == {"scorer": 0.3, "another score": -0.35}
    assert candidate_from(document) == candidate


def test_a_candidate_kept_by_an_older_footyd_is_read_without_parts() -> None:
    document = candidate_document(a_candidate())
    del document["parts"]
    assert candidate_from(document) == replace(a_candidate(), parts={})
