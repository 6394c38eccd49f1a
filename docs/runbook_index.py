"""The index of docs/runbooks: alarm by alarm of the template which runbook says what to do, and how urgent it is."""

from __future__ import annotations

import re

from infra.local.synth_cache import template_path
from infra.local.template import Template

_SAYS = re.compile(r"Severity: (page|ticket)\. Runbook: docs/runbooks/([a-z0-9-]+)\.md$")


def alarms() -> dict[str, tuple[str, str]]:
    """By alarm, without the stack's prefix: its runbook (without ending) and its severity.

    Raises ValueError for an alarm whose description leads nowhere.
    """
    template = Template.load(template_path())
    found = {}
    for kind in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"):
        for resource in template.of_type(kind):
            name = str(resource.properties["AlarmName"]).removeprefix("backorders-")
            says = _SAYS.search(str(template.resolve(resource.properties["AlarmDescription"])))
            if says is None:
                raise ValueError(f"{name} leads to no runbook")
            found[name] = (says[2], says[1])
    return dict(sorted(found.items()))


def index() -> str:
    """One row per alarm."""
    rows = [f"| `{name}` | [{runbook}]({runbook}.md) | {severity} |" for name, (runbook, severity) in alarms().items()]
    return "\n".join(["| alarm | runbook | severity |", "|---|---|---|", *rows])
