"""Tests of release/building."""
