"""What a tensorzero.toml may have beyond the specs: what has no meaning here is left out, the rest is refused by name.

The keys are those of TensorZero's configuration reference and of its parser (2026.6). `*` is any key.
"""

from __future__ import annotations

_STREAMS = "nothing is streamed"
_STORES = "nothing is stored in a database"
_SAMPLED = "an evaluation asks the variants that it names, and samples none"

_VARIANTS_AT = (
    "functions.*.variants.*",
    "functions.*.evaluators.*.variants.*",
    "evaluations.*.evaluators.*.variants.*",
)

IGNORED: dict[str, str] = {
    "autopilot": "no part of an evaluation",
    "clickhouse": _STORES,
    "postgres": _STORES,
    "object_storage": _STORES,
    "embedding_models": "only refused variants use them",
    "metrics": "they are for feedback from users; evaluators bring their own",
    "optimizers": "no part of an evaluation",
    "rate_limiting": "it limits the gateway's users; a run has `concurrency`, `max_cost` and `max_tokens`",
    "gateway.auth": "no gateway runs",
    "gateway.base_path": "no gateway runs",
    "gateway.bind_address": "no gateway runs",
    "gateway.cache": "the cache is `inference_cache` of the evaluation",
    "gateway.debug": "no gateway runs",
    "gateway.disable_pseudonymous_usage_analytics": "nothing is sent to anybody",
    "gateway.export": "no gateway runs",
    "gateway.metrics": "no gateway runs",
    "gateway.observability": _STORES,
    "gateway.unstable_disable_feedback_target_validation": _STORES,
    "gateway.unstable_error_json": "no gateway runs",
    "provider_types.*.batch": "nothing is asked in batches",
    "provider_types.*.sft": "nothing is trained",
    "models.*.skip_relay": "there is no relay",
    "models.*.providers.*.batch_cost": "nothing is asked in batches",
    "models.*.providers.*.discard_unknown_chunks": _STREAMS,
    "functions.*.experimentation": _SAMPLED,
    **{f"{at}.weight": _SAMPLED for at in _VARIANTS_AT},
}
"""Key path, and why nothing is lost without it."""

_Rule = tuple[str, str]
"""What can't be done, and what to do instead."""

_GATEWAY = "ask a running gateway: a variant of type `tensorzero_gateway`"
_NAMED = "take it out: an evaluation asks the variants that it names"
_REWRITTEN = ("requests are not rewritten", f"take it out, or {_GATEWAY}")
_FILES = ("files are sent as the chat protocol has them", f"take it out, or {_GATEWAY}")

_OF_VARIANTS = {
    "namespace": ("there are no namespaces", _NAMED),
    "extra_body": _REWRITTEN,
    "extra_headers": _REWRITTEN,
    "input_wrappers": ("wrappers are an old form of templates", "use `user_template`"),
    "thinking_budget_tokens": ("OpenAI's protocol has no such field", "use `reasoning_effort`"),
}

REFUSED: dict[str, _Rule] = {
    "gateway.fetch_and_encode_input_files_before_inference": _FILES,
    "gateway.global_outbound_http_timeout_ms": ("there is no time limit for all models", "give `timeouts` of models"),
    "gateway.relay": ("requests are not relayed", "give the relay's address as `gateway_url` of a variant"),
    "gateway.template_filesystem_access": (
        "templates include files from the configuration's folder",
        "name included files as they are called there, and take this out",
    ),
    "provider_types.*.defaults": ("there are no defaults for providers", "give `api_key_location` of each provider"),
    **{f"{at}.{key}": rule for key, rule in _OF_VARIANTS.items() for at in _VARIANTS_AT},
    "models.*.namespace": ("there are no namespaces", "take it out"),
    "models.*.providers.*.extra_body": _REWRITTEN,
    "models.*.providers.*.extra_headers": _REWRITTEN,
    "models.*.providers.*.provider_tools": _REWRITTEN,
    "models.*.providers.*.content_type_overrides": _FILES,
    "models.*.providers.*.include_encrypted_reasoning": ("only the chat protocol is spoken", "take it out"),
}
"""Key path, what can't be done, and what to do instead. A key that is false says nothing, and is left out."""

_ONE = f"name each candidate in `variants` of the evaluation, or {_GATEWAY}"
_VARIANTS: dict[str, _Rule] = {
    "experimental_best_of_n": ("the best of several answers is not chosen", _ONE),
    "experimental_best_of_n_sampling": ("the best of several answers is not chosen", _ONE),
    "experimental_mixture_of_n": ("several answers are not made one", _ONE),
    "experimental_chain_of_thought": ("this old kind of variant is not known", "use `chat_completion`"),
    "experimental_dynamic_in_context_learning": ("examples are not looked up", _GATEWAY),
}
_EVALUATORS = {"typescript": ("TypeScript is not run", "use an evaluator of type `python` or `command`")}
_ADDRESSES = {
    "deepseek": "https://api.deepseek.com/v1",
    "fireworks": "https://api.fireworks.ai/inference/v1",
    "groq": "https://api.groq.com/openai/v1",
    "hyperbolic": "https://api.hyperbolic.xyz/v1",
    "mistral": "https://api.mistral.ai/v1",
    "openrouter": "https://openrouter.ai/api/v1",
    "together": "https://api.together.xyz/v1",
    "xai": "https://api.x.ai/v1",
}
_SERVERS = ("sglang", "tgi", "vllm")
_OTHERS = (
    "anthropic",
    "aws_bedrock",
    "aws_sagemaker",
    "azure",
    "gcp_vertex_anthropic",
    "gcp_vertex_gemini",
    "google_ai_studio_gemini",
)
_SPEAKS = "what speaks OpenAI's protocol goes by that name"
_PROVIDERS: dict[str, _Rule] = {
    **{name: (_SPEAKS, f'write type = "openai" and api_base = "{base}"') for name, base in _ADDRESSES.items()},
    **dict.fromkeys(_SERVERS, (_SPEAKS, 'write type = "openai" and api_base = "http://HOST:PORT/v1"')),
    **dict.fromkeys(_OTHERS, ("only OpenAI's protocol is spoken", _GATEWAY)),
}
REFUSED_TYPES: dict[str, dict[str, _Rule]] = {
    **dict.fromkeys(_VARIANTS_AT, _VARIANTS),
    "functions.*.evaluators.*": _EVALUATORS,
    "evaluations.*.evaluators.*": _EVALUATORS,
    "models.*.providers.*": _PROVIDERS,
}
"""Key path of a table, and the values of its `type` with what can't be done, and what to do instead."""
