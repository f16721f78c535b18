"""What `evaluations init` writes: a small configuration with templates and data that runs as it stands."""

from __future__ import annotations

import json

_CONFIG = """\
# What is evaluated, how answers are scored, and what a run must reach.
# Every key: docs/evaluations/configuration.md. For editors: evaluations schema > evaluations.schema.json
#:schema evaluations.schema.json

[models.calculator]
routing = ["server"]

[models.calculator.providers.server]
type = "openai" # any server that speaks OpenAI's chat protocol
api_base = {endpoint}
model_name = {model}
api_key_location = "none" # or "env::OPENAI_API_KEY"; a key itself never stands here

# The task, and two ways to ask for it.
[functions.calculate]
type = "chat"
user_schema = "templates/question.json"

[functions.calculate.variants.terse]
type = "chat_completion"
model = "calculator"
system_template = "templates/terse.minijinja"
user_template = "templates/question.minijinja"
temperature = 0.0

[functions.calculate.variants.plain]
type = "chat_completion"
model = "calculator"
user_template = "templates/question.minijinja"
temperature = 0.0

[functions.calculate.evaluators.correct]
type = "numeric"

[functions.calculate.evaluators.only_a_number]
type = "regex"
must_match = '^-?[0-9]+$'

[evaluations.arithmetic]
function_name = "calculate"
variants = ["terse"]
dataset = "data/questions.jsonl"
gate = "bound" # the whole 95 % interval must reach a cutoff, not only the mean

[evaluations.arithmetic.cutoffs]
correct = 0.8
"""
_README = """\
# An example evaluation

`evaluations.toml` says what is evaluated, `templates/` how a model is asked, `data/` what.

```sh
evaluations check            # is all of it sound? asks nobody
evaluations run arithmetic   # asks {endpoint}
```

Set `api_base`, `model_name` and `api_key_location` in evaluations.toml for a model of your own.
"""
_SCHEMA = """\
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "properties": {
    "left": { "type": "integer" },
    "operation": { "enum": ["+", "-", "*"] },
    "right": { "type": "integer" }
  },
  "required": ["left", "operation", "right"],
  "additionalProperties": false
}
"""
_QUESTIONS = (
    (2, "+", 3),
    (7, "+", 8),
    (12, "+", 30),
    (45, "+", 55),
    (128, "+", 256),
    (999, "+", 1),
    (-5, "+", 12),
    (9, "-", 4),
    (20, "-", 7),
    (100, "-", 1),
    (3, "-", 10),
    (64, "-", 64),
    (1000, "-", 875),
    (6, "*", 7),
    (9, "*", 9),
    (12, "*", 11),
    (15, "*", 0),
    (25, "*", 4),
    (-8, "*", 3),
    (111, "*", 9),
)
_OPERATIONS = {"+": ("sum", int.__add__), "-": ("difference", int.__sub__), "*": ("product", int.__mul__)}


def files(endpoint: str, model: str) -> dict[str, str]:
    """Path and text of each file; the model is `model` at the base URL `endpoint`."""
    # Strings of JSON are strings of TOML, but for what neither a URL nor a name has.
    return {
        "evaluations.toml": _CONFIG.format(endpoint=json.dumps(endpoint), model=json.dumps(model)),
        "templates/terse.minijinja": "Answer with a number and nothing else.\n",
        "templates/question.minijinja": "What is {{ left }} {{ operation }} {{ right }}?",
        "templates/question.json": _SCHEMA,
        "data/questions.jsonl": "".join(_line(*question) for question in _QUESTIONS),
        "README.md": _README.format(endpoint=endpoint),
    }


def _line(left: int, operation: str, right: int) -> str:
    name, work_out = _OPERATIONS[operation]
    given = {"left": left, "operation": operation, "right": right}
    fields = {"id": f"{name}-{left}-{right}", "input": given, "reference": str(work_out(left, right)), "tags": [name]}
    return json.dumps(fields) + "\n"
