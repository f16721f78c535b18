"""The steps of a release, one module each. No step imports another."""
