"""Tests of building, storing, unpacking and running images."""
