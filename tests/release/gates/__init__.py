"""Tests of release/gates."""
