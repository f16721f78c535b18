"""Tests of release/adopting."""
