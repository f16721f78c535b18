"""Tests of evaluations/running."""
