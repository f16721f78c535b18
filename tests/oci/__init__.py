"""Tests of release/oci."""
