"""Distributions, against scipy 1.17."""

from __future__ import annotations

import pytest

from evaluations.statistics import distributions as of


@pytest.mark.parametrize(
    ("freedom", "expected"),
    [
        (1, 12.706204736174694),
        (2, 4.302652729749462),
        (9, 2.262157162798205),
        (29, 2.045229642132703),
        (1000, 1.9623390808264083),
    ],
)
def test_t_quantiles(freedom: int, expected: float) -> None:
    """The value for a two-sided 95 % interval."""
    assert of.t_quantile(0.975, freedom) == pytest.approx(expected, rel=1e-10)


def test_t_quantile_of_half_a_degree() -> None:
    """Degrees of freedom need not be whole."""
    assert of.t_quantile(0.995, 3.5) == pytest.approx(5.085702223091256, rel=1e-10)


@pytest.mark.parametrize(
    ("value", "freedom", "expected"),
    [(-2.5, 4, 0.03338327240599407), (0.3, 11, 0.6151148210553141), (6, 2, 0.9866642633922876), (0, 7, 0.5)],
)
def test_t(value: float, freedom: int, expected: float) -> None:
    """Both tails."""
    assert of.t_cdf(value, freedom) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize(
    ("value", "a", "b", "expected"),
    [
        (0.3, 2, 5, 0.5798250000000003),
        (0.7, 0.5, 0.5, 0.6309898804344546),
        (0.001, 1, 100, 0.09520785288629095),
        (0.95, 190.5, 9.5, 0.39608904900547853),
        (0.5, 30000, 30100, 0.6583306496489159),
        (0.0, 2, 3, 0.0),
        (1.0, 2, 3, 1.0),
    ],
)
def test_beta(value: float, a: float, b: float, expected: float) -> None:
    """Small and large, on both sides of the mean."""
    assert of.beta_cdf(value, a, b) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("probability", "a", "b", "expected"),
    [(0.035, 9, 2, 0.578952169476058), (0.05, 0.5, 0.5, 0.0061558297024311365), (0.975, 200, 3, 0.996926732101603)],
)
def test_beta_quantiles(probability: float, a: float, b: float, expected: float) -> None:
    """What Clopper and Pearson need."""
    assert of.beta_quantile(probability, a, b) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(
    ("successes", "trials", "share", "expected"),
    [
        (3, 10, 0.5, 0.171875),
        (95, 100, 0.9, 0.9762889173365232),
        (0, 5, 0.1, 0.59049),
        (-1, 5, 0.1, 0.0),
        (5, 5, 0.1, 1.0),
        (0, 0, 0.5, 1.0),
    ],
)
def test_binomial(successes: int, trials: int, share: float, expected: float) -> None:
    """Also where nothing can happen."""
    assert of.binomial_cdf(successes, trials, share) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize(
    ("successes", "trials", "share", "expected"),
    [(3, 10, 0.5, 0.1171875), (950, 1000, 0.96, 0.01724182586147533), (0, 9, 0.0, 1.0), (8, 9, 1.0, 0.0)],
)
def test_binomial_probability(successes: int, trials: int, share: float, expected: float) -> None:
    """Also of what is certain."""
    assert of.binomial_pmf(successes, trials, share) == pytest.approx(expected, rel=1e-10)


def test_the_normal_distribution() -> None:
    """And back."""
    assert of.normal_quantile(0.975) == pytest.approx(1.959963984540054, rel=1e-12)
    assert of.normal_cdf(1.959963984540054) == pytest.approx(0.975, rel=1e-12)
