"""Mail through SES: a verified domain and a configuration set that reports what became of every mail."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.options import Options

_OUTCOMES = [
    ses.EmailSendingEvent.SEND,
    ses.EmailSendingEvent.REJECT,
    ses.EmailSendingEvent.BOUNCE,
    ses.EmailSendingEvent.COMPLAINT,
    ses.EmailSendingEvent.DELIVERY,
    ses.EmailSendingEvent.DELIVERY_DELAY,
    ses.EmailSendingEvent.RENDERING_FAILURE,
]


class Mail(Construct):
    """Sender, configuration set and the ARNs a function needs to send with them.

    The domain's own MAIL FROM (`mail.<domain>`) and DKIM make the mail pass DMARC; their DNS records are listed in the
    SES console once deployed. SES puts outcomes on the account's default bus, the only one it can write to.
    """

    def __init__(self, scope: Construct, options: Options) -> None:
        super().__init__(scope, "Mail")
        self.sender = f"backorders@{options.mail_domain}"
        configuration_set = ses.ConfigurationSet(
            self,
            "ConfigurationSet",
            configuration_set_name=options.name("backorders"),
            reputation_metrics=True,
            suppression_reasons=ses.SuppressionReasons.BOUNCES_AND_COMPLAINTS,
        )
        configuration_set.add_event_destination(
            "Outcomes",
            destination=ses.EventDestination.event_bus(
                events.EventBus.from_event_bus_name(self, "DefaultBus", "default")
            ),
            events=_OUTCOMES,
        )
        identity = ses.EmailIdentity(
            self,
            "Domain",
            identity=ses.Identity.domain(options.mail_domain),
            mail_from_domain=f"mail.{options.mail_domain}",
            configuration_set=configuration_set,
        )
        self._name = options.name("mail-outcomes")
        self.configuration_set_name = configuration_set.configuration_set_name
        set_arn = cdk.Stack.of(self).format_arn(
            service="ses", resource="configuration-set", resource_name=self.configuration_set_name
        )
        self.sending_arns = (identity.email_identity_arn, set_arn)

    def report_to(self, queue: sqs.Queue, dead: sqs.Queue) -> None:
        """Send what SES reports about mails of this configuration set to a queue; to its dead letters what cannot be
        handed over within a day."""
        events.Rule(
            self,
            "Reports",
            rule_name=self._name,
            description="What became of the mails",
            event_pattern=events.EventPattern(
                source=["aws.ses"],
                detail={"mail": {"tags": {"ses:configuration-set": [self.configuration_set_name]}}},
            ),
            targets=[targets.SqsQueue(queue, dead_letter_queue=dead)],
        )
