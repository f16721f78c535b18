"""Tests that take long on purpose: kills at every boundary and at random, races, pauses, builds far apart."""
