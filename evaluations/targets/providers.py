"""Who serves a model: its name, its key and its prices, out of the configuration."""

from __future__ import annotations

from collections.abc import Mapping

from evaluations.errors import UsageError
from evaluations.targets.nearest import known
from evaluations.targets.prices import Price
from evaluations.targets.specs import CostSpec, ModelSpec, OpenAIProviderSpec

_SHORTHAND = "openai::"
_NO_KEY = "none"
_MILLION = 1_000_000


def find_model(name: str, models: Mapping[str, ModelSpec], where: str) -> tuple[ModelSpec, str]:
    """The model and its key path; `openai::NAME` needs no entry, as in TensorZero. Raises UsageError."""
    if name.startswith(_SHORTHAND) and name not in models:
        provider = OpenAIProviderSpec(model_name=name.removeprefix(_SHORTHAND))
        return ModelSpec(routing=("openai",), providers={"openai": provider}), f"models.{name}"
    return known(name, models, where, "model"), f"models.{name}"


def read_key(location: str, environment: Mapping[str, str], where: str) -> tuple[str | None, str]:
    """The key and the variable that it is in; None for `none`. Raises UsageError where the variable is not set."""
    if location == _NO_KEY:
        return None, ""
    variable = location.removeprefix("env::")
    key = environment.get(variable)
    if not key:
        do = 'set it, or say api_key_location = "none" where no key is needed'
        raise UsageError(f"the environment has no variable {variable} with an API key", where=where, do=do)
    return key, variable


def read_prices(costs: tuple[CostSpec, ...], where: str) -> list[Price]:
    """The rates for a unit each; `where` is the key path of `cost`. Raises UsageError."""
    prices = []
    for number, cost in enumerate(costs):
        place = f"{where}[{number}]"
        pointer = _one(place, pointer=cost.pointer, pointer_nonstreaming=cost.pointer_nonstreaming)
        _one(place, cost_per_million=cost.cost_per_million, cost_per_unit=cost.cost_per_unit)
        million, unit = cost.cost_per_million, cost.cost_per_unit
        rate = million / _MILLION if million is not None else unit or 0.0
        prices.append(Price(pointer, rate, cost.required))
    return prices


def _one(where: str, **given: object) -> str:
    there = [value for value in given.values() if value is not None]
    if len(there) != 1:
        raise UsageError(f"there must be one of {' and '.join(given)}", where=where, do="give exactly one of them")
    return str(there[0])
