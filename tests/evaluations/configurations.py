"""Tables of configurations that many tests need: a model at an address, the function `sum`, and a judge of it.

Each ends without a line break, so that keys of the last table may follow in the next line. An address may be the name
of one in braces, for `str.format`.
"""

from __future__ import annotations


def model(name: str, address: str, model_name: str = "arithmetic") -> str:
    """A model of one provider that wants no key. What follows are keys of the provider."""
    return f"""[models.{name}]
routing = ["local"]
[models.{name}.providers.local]
type = "openai"
model_name = "{model_name}"
api_base = "{address}"
api_key_location = "none\""""


def function(asked: str) -> str:
    """The function `sum`, whose variant `plain` asks that model. What follows are keys of the variant."""
    return f"""[functions.sum]
type = "chat"
[functions.sum.variants.plain]
type = "chat_completion"
model = "{asked}\""""


def judge(name: str, asked: str, *keys: str) -> str:
    """An evaluator of `sum` with `keys` of its own, whose only judge asks that model."""
    own = "".join(f"{key}\n" for key in keys)
    return f"""[functions.sum.evaluators.{name}]
type = "llm_judge"
output_type = "boolean"
rubric = "The answer is the right number."
{own}[functions.sum.evaluators.{name}.variants.one]
type = "chat_completion"
model = "{asked}\""""
