"""What users see of a release whose move was cut off between two files, and until when the rest may come."""

from __future__ import annotations

from release.errors import ReleaseError
from release.ledger.history import History
from release.model import Change
from release.run import Project


def there(project: Project, history: History) -> list[str]:
    """A sentence for each channel that shows the release under way in part; asked of the targets themselves."""
    operation, found = history.operation, []
    if operation is None:
        return []
    targets = {target.name: target for target in project.targets}
    for act in (operation.acts[key] for key in operation.pending()):
        if act["verb"] == "point" and act["target"] in targets:
            try:
                listing = history.after(act["target"], act["channel"], Change.from_json(act["change"]))
                found.append(targets[act["target"]].look(act["channel"], listing).partly)
            except ReleaseError:
                continue  # the line of that channel says why
    return [sentence for sentence in found if sentence]
