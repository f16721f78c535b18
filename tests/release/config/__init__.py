"""Tests of release/config."""
