"""Tests of evaluations/verdicts."""
