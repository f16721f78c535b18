"""JSON schema: the answer is JSON that a schema allows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from evaluations.errors import Complaint, UsageError
from evaluations.evaluators.json_values import NotJsonError, parse
from evaluations.evaluators.scale import Scale
from evaluations.model import Answer, Datapoint, Failure, Json, Rating
from evaluations.targets.sources import text_sha256

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

Validate = Callable[[Json], None]


class JsonSchema(Scale, frozen=True, kw_only=True):
    """1 where the answer's text is JSON that the schema allows, else 0."""

    kind: ClassVar[str] = "json_schema"
    validate: Validate
    schema: Json = None
    """What `validate` was made of."""
    formats: bool = False

    @property
    def identity(self) -> Mapping[str, Json]:
        """The schema's digest, by value."""
        schema = json.dumps(self.schema, sort_keys=True)
        return {"type": self.kind, "schema_sha256": text_sha256(schema), "validate_formats": self.formats}

    def check(self, datapoint: Datapoint) -> Complaint | None:  # noqa: ARG002
        """It needs nothing of a datapoint."""
        return None

    async def score(self, datapoint: Datapoint, answer: Answer) -> float | Rating | Failure:  # noqa: ARG002
        """1.0 or 0.0, with the first error; a failure where a pattern of the schema gave up."""
        import jsonschema_rs  # noqa: PLC0415, there already: `validator` loaded it

        try:
            self.validate(parse(answer.text))
        except NotJsonError as error:
            return Rating(0.0, f"the answer is not JSON: {error}")
        except UnicodeEncodeError:
            return Rating(0.0, "the answer is not JSON: it has half a surrogate pair")
        except jsonschema_rs.ValidationError as error:
            if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.BacktrackLimitExceeded):
                return Failure("evaluator", f"{self.name}: a pattern of the schema took too many steps")
            return Rating(0.0, _reason(error))
        return 1.0


def validator(schema: Json, where: str, *, formats: bool = False) -> Validate:
    """A function that raises jsonschema_rs.ValidationError for what the schema does not allow.

    The draft is the one that `$schema` names, else 2020-12. Nothing is loaded from outside: a `$ref` to another file or
    to the network is refused. Patterns give up after a million steps (0.04 s), so that none runs on. Raises UsageError,
    with `where`, for what is not a schema.
    """
    import jsonschema_rs  # noqa: PLC0415, loading it takes 0.05 s

    if not isinstance(schema, dict | bool):
        raise UsageError("the schema is not an object", where=where, do="give a JSON schema")
    try:
        built = jsonschema_rs.validator_for(
            schema,
            validate_formats=formats,
            offline=True,
            pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=1_000_000),
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        raise UsageError(
            f"this is not a JSON schema: {str(error).splitlines()[0]}", where=where, do="mend it"
        ) from None
    return built.validate


def _reason(error: ValidationError) -> str:
    place = "".join(f"/{part}" for part in error.instance_path)
    text = f"{place}: {error.message}" if place else error.message
    return text if len(text) <= 300 else f"{text[:297]}..."
