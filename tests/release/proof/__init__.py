"""Tests of release/proof."""
