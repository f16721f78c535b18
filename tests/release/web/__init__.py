"""Tests of release/web."""
