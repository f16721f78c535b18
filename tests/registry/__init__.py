"""Tests of the client of image registries."""
