"""Tests of evaluations/config/."""
