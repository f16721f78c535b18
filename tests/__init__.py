"""Tests of everything, in the shape of the source."""
