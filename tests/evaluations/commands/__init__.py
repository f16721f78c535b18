"""Tests of evaluations/commands."""
