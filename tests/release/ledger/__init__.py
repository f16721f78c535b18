"""Tests of release/ledger."""
