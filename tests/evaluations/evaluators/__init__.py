"""Tests of evaluations/evaluators."""
