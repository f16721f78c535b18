"""Tests of evaluations/results."""
