"""Tests of the statistics: against published values, and against known truth."""
