"""Whether a devpi server lets the engine do what the configuration says; for `doctor`, which changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from release.config.targets import DevpiSpec
from release.credentials import Credentials
from release.errors import ReleaseError, TargetFailed
from release.model import Finding, Json
from release.targets.login import DevpiSession
from release.web import Web

_EVERYBODY = (":ANONYMOUS:", ":AUTHENTICATED:")


def examine(spec: DevpiSpec, web: Web, session: DevpiSession, who: Callable[[], Credentials | None]) -> list[Finding]:
    """The login, and each stage: whether it is there, takes uploads of this user, is volatile, and inherits none."""
    what = f"target {spec.name}"
    try:
        session.header()
    except ReleaseError as error:
        return [Finding(what, ok=False, said=error.what, do=error.do)]
    found = who()
    user = found.username if found else ""
    findings = [Finding(what, ok=True, said=f"{user} is logged in at {web.base}")]
    stages = {"staging": spec.staging, "canary": spec.canary, "stable": spec.stable}
    for role, stage in stages.items():
        try:
            problems = list(_problems(spec, role, _configuration(web, stage), user))
        except TargetFailed as error:
            problems = [(error.what, error.do)]
        findings += [Finding(f"{what}, {role}", ok=False, said=said, do=do) for said, do in problems]
        if not problems:
            findings.append(Finding(f"{what}, {role}", ok=True, said=f"{stage} takes uploads of {user}"))
    return findings


def _configuration(web: Web, stage: str) -> Mapping[str, Json]:
    answer = web.ask("GET", f"{stage}?no_projects=", headers={"Accept": "application/json"})
    try:
        return dict(answer.json()["result"])
    except (ValueError, LookupError, TypeError):
        raise TargetFailed(f"{stage} is no stage of a devpi", where=answer.url, do="mend the configuration") from None


def _problems(spec: DevpiSpec, role: str, stage: Mapping[str, Json], user: str) -> Iterator[tuple[str, str]]:
    """What is wrong, with what to do."""
    channel = f"tool.release.targets.{spec.name}.{role}"
    if stage.get("type") == "mirror":
        yield "it is a mirror, which takes no uploads", f"name another stage in {channel}"
        return
    allowed = [str(name) for name in stage.get("acl_upload", ())]
    if user not in allowed and not set(allowed) & set(_EVERYBODY) and user != "root":
        yield (
            f"{user} may not upload to it, only {', '.join(allowed) or 'nobody'}",
            f"devpi index STAGE acl_upload={user}",
        )
    if role != "staging" and bool(stage.get("volatile")) != spec.volatile:
        now = "volatile" if stage.get("volatile") else "not volatile"
        yield (
            f"it is {now}, and the configuration says otherwise",
            f"set volatile = {str(bool(stage.get('volatile'))).lower()} in tool.release.targets.{spec.name}",
        )
    hidden = {"canary": {spec.staging}, "stable": {spec.staging, spec.canary}}.get(role, set())
    for base in sorted(hidden & {str(name) for name in stage.get("bases", ())}):
        yield f"it shows all that {base} has, for that is one of its bases", "take it out of the stage's bases"
