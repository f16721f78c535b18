"""Everything together: one release to indexes and registries of every kind, by a profile."""
