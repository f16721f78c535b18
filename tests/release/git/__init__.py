"""Tests of release/git."""
