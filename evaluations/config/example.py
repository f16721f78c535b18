"""What `evaluations init` writes: a small configuration with a program, templates and data, which runs as it stands."""

from __future__ import annotations

import json

from evaluations.config.schema import json_schema

_CONFIG = """\
# What is evaluated, how answers are scored, and what a run must reach.
# Every key is in evaluations.schema.json, which editors read{documentation}.
#:schema evaluations.schema.json

[models.calculator]
routing = ["server"]

[models.calculator.providers.server]
type = "openai" # any server that speaks OpenAI's chat protocol
api_base = {endpoint}
model_name = {model}
api_key_location = "none" # or "env::OPENAI_API_KEY"; a key itself never stands here

# The task, and three ways to do it: a Python function, and two ways to ask a model.
[functions.calculate]
type = "chat"
user_schema = "templates/question.json"

[functions.calculate.variants.program]
type = "python"
function = "calculator:answer" # a function of a module in this folder, or of one that is installed

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
variants = ["{variant}"] # or: evaluations run --variant NAME
dataset = "data/questions.jsonl"
gate = "bound" # the whole 95 % interval must reach a cutoff, not only the mean

[evaluations.arithmetic.cutoffs]
correct = 0.8
"""
_README = """\
# An example evaluation

`evaluations.toml` says what is evaluated, `calculator.py` is a program that can be, `templates/` say how a model is
asked, and `data/` what. `evaluations.schema.json` lets an editor complete and check evaluations.toml.

```sh
evaluations check            # is all of it sound? asks nobody
evaluations run arithmetic   # asks {asked}
```

To ask a model of your own, set `api_base`, `model_name` and `api_key_location` in evaluations.toml, and run
`evaluations run --variant terse`.{documentation}
"""
_PROGRAM = '''\
"""Does arithmetic. Put your own code in its place: it takes the input of a datapoint, and returns the answer."""

import operator

OPERATIONS = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def answer(question: dict) -> str:
    """The answer to one question; `async def` is fine, too."""
    return str(OPERATIONS[question["operation"]](question["left"], question["right"]))
'''
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


def files(endpoint: str | None, model: str, *, documentation: str | None = None) -> dict[str, str]:
    """Path and text of each file; it asks `model` at the base URL `endpoint`, or without one the program.

    `documentation` is the address of the project's.
    """
    # Strings of JSON are strings of TOML, but for what neither a URL nor a name has.
    address = endpoint or "http://localhost:8000/v1"
    return {
        "evaluations.toml": _CONFIG.format(
            endpoint=json.dumps(address),
            model=json.dumps(model),
            variant="terse" if endpoint else "program",
            documentation=f", and explained at {documentation}" if documentation else "",
        ),
        "evaluations.schema.json": json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n",
        "calculator.py": _PROGRAM,
        "templates/terse.minijinja": "Answer with a number and nothing else.\n",
        "templates/question.minijinja": "What is {{ left }} {{ operation }} {{ right }}?",
        "templates/question.json": _SCHEMA,
        "data/questions.jsonl": "".join(_line(*question) for question in _QUESTIONS),
        "README.md": _README.format(
            asked=endpoint or "calculator.py",
            documentation=f" Documentation: <{documentation}>" if documentation else "",
        ),
    }


def _line(left: int, operation: str, right: int) -> str:
    name, work_out = _OPERATIONS[operation]
    given = {"left": left, "operation": operation, "right": right}
    fields = {"id": f"{name}-{left}-{right}", "input": given, "reference": str(work_out(left, right)), "tags": [name]}
    return json.dumps(fields) + "\n"
