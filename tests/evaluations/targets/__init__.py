"""Tests of `evaluations.targets`."""
