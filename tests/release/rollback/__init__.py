"""Tests of release/rollback."""
