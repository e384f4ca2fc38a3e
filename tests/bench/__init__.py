"""Benchmarks, run by hand (`python -m tests.bench.NAME`), never as tests; compare within one run."""
