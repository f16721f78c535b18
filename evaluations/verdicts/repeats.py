"""Datapoints that are asked several times: their repeats are one cluster, and tell how reliable the answer is. Pure."""

from __future__ import annotations

from evaluations.verdicts.estimates import Estimate, Moments


class Repeated:
    """Adds values up, those of one datapoint together once all are there; only open datapoints are in memory."""

    def __init__(self, moments: Moments, repeats: int) -> None:
        self._moments = moments
        self._repeats = repeats
        self._open: dict[int, tuple[int, list[float]]] = {}

    def add(self, index: int, value: float | None, group: str | None) -> None:
        """Count a value, or that there is none. A group is a cluster that holds its datapoints' repeats anyway."""
        if self._repeats == 1 or group is not None:
            if value is not None:
                self._moments.add(value, group)
            return
        seen, values = self._open.pop(index, (0, []))
        if value is not None:
            values.append(value)
        if seen + 1 < self._repeats:
            self._open[index] = (seen + 1, values)
        elif values:
            self._moments.add_cluster(values)

    def estimate(self) -> Estimate:
        """From the values so far; nothing more may be added to the datapoints that were open."""
        for _seen, values in self._open.values():
            if values:
                self._moments.add_cluster(values)
        self._open.clear()
        return self._moments.estimate()


class Reliability:
    """Of a yes-or-no evaluator: pass@k and pass^k, where each datapoint is asked k times.

    pass@k is the share of datapoints that are right at least once (Chen et al., 2021, with n = k), pass^k of those that
    are right every time (Yao et al., 2024). A datapoint that lacks a score in any repeat counts in neither.
    """

    def __init__(self, right: float, repeats: int) -> None:
        """`right` is the score of a right answer, the good end of the scale."""
        self._right = right
        self._repeats = repeats
        self._open: dict[int, tuple[int, int, int]] = {}
        self._once, self._always = Moments(boolean=True), Moments(boolean=True)

    def add(self, index: int, value: float | None, group: str | None) -> None:
        """Count one repeat's score, or that there is none."""
        seen, scored, right = self._open.pop(index, (0, 0, 0))
        seen, scored, right = seen + 1, scored + (value is not None), right + (value == self._right)
        if seen < self._repeats:
            self._open[index] = (seen, scored, right)
        elif scored == self._repeats:
            self._once.add(float(right > 0), group)
            self._always.add(float(right == scored), group)

    def estimates(self) -> dict[str, Estimate]:
        """By name, such as `pass@3` and `pass^3`."""
        return {f"pass@{self._repeats}": self._once.estimate(), f"pass^{self._repeats}": self._always.estimate()}
