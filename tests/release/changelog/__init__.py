"""Tests of release/changelog."""
