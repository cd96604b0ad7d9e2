"""Packages that work on responses, with and without fastresp."""
