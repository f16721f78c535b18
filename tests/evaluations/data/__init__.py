"""Tests of evaluations/data."""
