"""Tells pytest of the plugin."""

from rows_plugin import pytest_addoption
from rows_plugin import pytest_benchmark_update_json
from rows_plugin import pytest_collection_modifyitems
from rows_plugin import pytest_report_teststatus
from rows_plugin import pytest_sessionstart

__all__ = [
    "pytest_addoption",
    "pytest_benchmark_update_json",
    "pytest_collection_modifyitems",
    "pytest_report_teststatus",
    "pytest_sessionstart",
]
