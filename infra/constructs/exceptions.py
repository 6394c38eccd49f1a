"""How a finding of cdk-nag is accepted: by rule, with a reason. One that is not accepted fails the synthesis."""

from __future__ import annotations

from collections.abc import Iterable

import aws_cdk as cdk
from constructs import IConstruct

_RULES = "AwsSolutions::AwsSolutions-"


def accept(rule: str, reason: str, constructs: Iterable[IConstruct]) -> None:
    """Acknowledge `rule` (e.g. `IAM5[Resource::*]`) on these constructs and what they contain."""
    for construct in constructs:
        cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=_RULES + rule, reason=reason))
