"""Benchmarks compare compiled code: without it, they say so and stop."""

import pytest

import fastresp


def pytest_configure(config: pytest.Config) -> None:
    if not fastresp.ACCELERATED:
        raise pytest.UsageError("fastresp's compiled modules are missing.")
