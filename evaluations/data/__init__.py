"""Data sets: files in, checked datapoints out, as a stream."""
