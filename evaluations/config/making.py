"""Makes the parts of one evaluation, and keeps what is wrong with them, so that it can be said together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from evaluations.config.choice import Chosen
from evaluations.config.errors import Problem
from evaluations.config.reading import ConfigFile
from evaluations.data.specs import DatasetSpec
from evaluations.errors import UsageError
from evaluations.evaluators import Evaluator
from evaluations.evaluators.build import build
from evaluations.evaluators.judge_build import build_judge, judge_names, reply_schema
from evaluations.evaluators.judge_specs import JudgeSpec
from evaluations.evaluators.specs import EvaluatorSpec
from evaluations.running.asking import Asker, Limiters
from evaluations.running.cache import Cache
from evaluations.running.retries import Retries
from evaluations.targets import Target, describe
from evaluations.targets.build import build_target
from evaluations.targets.specs import JsonFunctionSpec, RetriesSpec
from evaluations.targets.surroundings import Surroundings


class Maker:
    """What all parts of one evaluation are made with, and what is wrong with them so far."""

    def __init__(
        self,
        config: ConfigFile,
        chosen: Chosen,
        stack: AsyncExitStack,
        *,
        data: DatasetSpec | None,
        cache: Cache | None,
        environment: Mapping[str, str],
    ) -> None:
        """`data` is the data set that will be asked: pictures are looked for beside it."""
        self.surroundings = Surroundings(
            config.folder,
            config.specs.models,
            config.specs.tools,
            images=None if data is None or data.path in (None, "-") else Path(str(data.path)).parent,
            concurrency=chosen.spec.concurrency,
            timeout=chosen.spec.timeout,
            overruling="timeout" in chosen.given,
            environment=environment,
        )
        self.problems: list[Problem] = []
        self.judges: list[Target] = []
        self._config = config
        self._function = chosen.function
        self._stack = stack
        self._cache = cache
        self.limiters = Limiters(chosen.spec.concurrency)

    @contextmanager
    def gathering(self, where: str) -> Iterator[None]:
        """Keep an error of the part at that key path for later, so that the next part is looked at, too."""
        try:
            yield
        except UsageError as error:
            self.problems.append(self._config.located(error, where))

    def asker(self, target: Target, retries: RetriesSpec | None) -> Asker:
        """The target with what its requests get: its endpoint's limiter, the variant's retries, the cache."""
        own = None if retries is None else Retries(retries.num_retries + 1, longest=retries.max_delay_s)
        return Asker(target, own, limiter=self.limiters.of(target), cache=self._cache)

    def evaluator(self, name: str, spec: EvaluatorSpec, where: str) -> Evaluator:
        """The evaluator with that key path; a judge's targets are added to `judges`. Raises UsageError."""
        if isinstance(spec, JudgeSpec):
            askers = {each: self._judge(each, spec, where) for each in judge_names(spec, where)}
            asks = {each: asker.ask for each, asker in askers.items()}
            targets = {each: describe(asker.target) for each, asker in askers.items()}
            return build_judge(name, spec, asks, self._stack, targets=targets, folder=self._config.folder, where=where)
        schema = self._function.output_schema if isinstance(self._function, JsonFunctionSpec) else None
        return build(name, spec, self._stack, folder=self._config.folder, where=where, output_schema=schema)

    def _judge(self, name: str, spec: JudgeSpec, where: str) -> Asker:
        """Who judges: a variant of the evaluator's own, or FUNCTION::VARIANT."""
        own = spec.variants.get(name)
        if own is not None:
            from evaluations.targets.build_chat import build_chat  # noqa: PLC0415, late: loads aiohttp and minijinja
            from evaluations.targets.prompt import Prompt  # noqa: PLC0415
            from evaluations.targets.settings import json_output  # noqa: PLC0415

            output = json_output(own.json_mode, reply_schema(spec))
            prompt = Prompt(images=self.surroundings.images, says_json=output.says_json)
            target = build_chat(own, prompt, self.surroundings, where=f"{where}.variants.{name}", output=output)
            retries = own.retries
        else:
            function_name, _, variant_name = name.partition("::")
            function = self._config.specs.functions[function_name]
            variant = function.variants[variant_name]
            target = build_target(variant_name, variant, function, self.surroundings, function_name=function_name)
            retries = variant.retries
        self.judges.append(target)
        return self.asker(target, retries)
