"""Tests of evaluations/library."""
