"""What `Ref` and `Fn::GetAtt` answer for each resource type, and which types the runner brings to life.

A type that is in neither `HANDLED` nor `IGNORED` stops the runner: a resource nobody thought about would otherwise
work in the account and be missing here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

HANDLED = frozenset(
    {
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::Authorizer",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",
        "AWS::ApiGatewayV2::Stage",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::Cognito::UserPool",
        "AWS::Cognito::UserPoolClient",
        "AWS::Cognito::UserPoolResourceServer",
        "AWS::DynamoDB::Table",
        "AWS::Events::EventBus",
        "AWS::Events::Rule",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::Lambda::Alias",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Version",
        "AWS::SES::ConfigurationSet",
        "AWS::SES::EmailIdentity",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
        "AWS::Scheduler::Schedule",
        "AWS::SecretsManager::Secret",
    }
)

IGNORED = {
    "AWS::CDK::Metadata": "names the construct library",
    "AWS::Cognito::UserPoolDomain": "the token endpoint; local tokens come from POST /_local/token",
    "AWS::CodeDeploy::Application": "moves aliases between versions; here there is one of each function",
    "AWS::CodeDeploy::DeploymentGroup": "what takes a version back",
    "AWS::Events::Archive": "GET /_local/events keeps every event anyway",
    "AWS::Logs::LogGroup": "output is kept in memory and read with GET /_local/logs",
    "AWS::Logs::MetricFilter": "counts log lines for an alarm",
    "AWS::Logs::QueryDefinition": "a saved query for the console",
    "AWS::SES::ConfigurationSetEventDestination": "no mail leaves this machine, so nothing bounces or is delivered",
    "AWS::SNS::Subscription": "who hears of an alarm",
    "AWS::SNS::Topic": "carries alarms",
    "AWS::SNS::TopicPolicy": "who may raise an alarm",
    "AWS::Scheduler::ScheduleGroup": "a name for schedules",
}

FIRST_VERSION = "1"
"""A stack that was deployed once has one version of each function."""


@dataclass(frozen=True)
class Kind:
    """Identity of one resource type, as format strings over partition, region, account, stack, name, qualifier and id.

    `name_property` holds the physical name; without it the name comes from the logical id. `qualifier_property` holds
    what tells it from others of the same name. `attributes` are the
    answers of `Fn::GetAtt`; an attribute known only once the resource exists is bound later.
    """

    name_property: str | None = None
    qualifier_property: str | None = None
    ref: str = "{name}"
    attributes: dict[str, str] = field(default_factory=dict)


_EVENTS = "arn:{partition}:events:{region}:{account}"
_IAM = "arn:{partition}:iam::{account}"
_LAMBDA = "arn:{partition}:lambda:{region}:{account}"
_SCHEDULER = "arn:{partition}:scheduler:{region}:{account}"
_SES = "arn:{partition}:ses:{region}:{account}"
_SNS = "arn:{partition}:sns:{region}:{account}:{name}"
_SECRET = "arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{id:.6}"
_ISSUER = "cognito-idp.{region}.amazonaws.com/{region}_{id}"

KINDS = {
    "AWS::ApiGatewayV2::Api": Kind(
        ref="{id}",
        attributes={"ApiId": "{id}", "ApiEndpoint": "https://{id}.execute-api.{region}.amazonaws.com"},
    ),
    "AWS::ApiGatewayV2::Authorizer": Kind(ref="{id}", attributes={"AuthorizerId": "{id}"}),
    "AWS::ApiGatewayV2::Integration": Kind(ref="{id}", attributes={"IntegrationId": "{id}"}),
    "AWS::ApiGatewayV2::Route": Kind(ref="{id}", attributes={"RouteId": "{id}"}),
    "AWS::ApiGatewayV2::Stage": Kind("StageName"),
    "AWS::CloudWatch::Alarm": Kind(
        "AlarmName", attributes={"Arn": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}"}
    ),
    "AWS::CloudWatch::CompositeAlarm": Kind(
        "AlarmName", attributes={"Arn": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}"}
    ),
    "AWS::CloudWatch::Dashboard": Kind("DashboardName"),
    "AWS::CodeDeploy::Application": Kind("ApplicationName"),
    "AWS::CodeDeploy::DeploymentGroup": Kind("DeploymentGroupName"),
    "AWS::Cognito::UserPool": Kind(
        ref="{region}_{id}",
        attributes={
            "Arn": "arn:{partition}:cognito-idp:{region}:{account}:userpool/{region}_{id}",
            "ProviderName": _ISSUER,
            "ProviderURL": "https://" + _ISSUER,
            "UserPoolId": "{region}_{id}",
        },
    ),
    "AWS::Cognito::UserPoolClient": Kind(ref="{id}", attributes={"ClientId": "{id}"}),
    "AWS::Cognito::UserPoolDomain": Kind("Domain"),
    "AWS::Cognito::UserPoolResourceServer": Kind("Identifier"),
    "AWS::DynamoDB::Table": Kind(
        "TableName", attributes={"Arn": "arn:{partition}:dynamodb:{region}:{account}:table/{name}"}
    ),
    "AWS::Events::Archive": Kind("ArchiveName", attributes={"Arn": _EVENTS + ":archive/{name}"}),
    "AWS::Events::EventBus": Kind("Name", attributes={"Arn": _EVENTS + ":event-bus/{name}", "Name": "{name}"}),
    "AWS::Events::Rule": Kind("Name"),
    "AWS::IAM::ManagedPolicy": Kind("ManagedPolicyName", ref=_IAM + ":policy/{name}"),
    "AWS::IAM::Role": Kind("RoleName", attributes={"Arn": _IAM + ":role/{name}", "RoleId": "AROA{id}"}),
    "AWS::Lambda::Alias": Kind("FunctionName", "Name", ref=_LAMBDA + ":function:{name}:{qualifier}"),
    "AWS::Lambda::EventSourceMapping": Kind(),
    "AWS::Lambda::Function": Kind("FunctionName", attributes={"Arn": _LAMBDA + ":function:{name}"}),
    "AWS::Lambda::Version": Kind(
        "FunctionName", ref=_LAMBDA + ":function:{name}:" + FIRST_VERSION, attributes={"Version": FIRST_VERSION}
    ),
    "AWS::Logs::LogGroup": Kind(
        "LogGroupName", attributes={"Arn": "arn:{partition}:logs:{region}:{account}:log-group:{name}:*"}
    ),
    "AWS::SES::ConfigurationSet": Kind("Name"),
    "AWS::SES::EmailIdentity": Kind(
        "EmailIdentity",
        attributes={
            "EmailIdentityArn": _SES + ":identity/{name}",
            **{f"DkimDNSToken{part}{n}": f"dkim{n}.{{name}}" for part in ("Name", "Value") for n in (1, 2, 3)},
        },
    ),
    "AWS::SNS::Topic": Kind("TopicName", ref=_SNS, attributes={"TopicArn": _SNS, "TopicName": "{name}"}),
    "AWS::SQS::Queue": Kind(
        "QueueName",
        ref="https://sqs.{region}.amazonaws.com/{account}/{name}",
        attributes={
            "Arn": "arn:{partition}:sqs:{region}:{account}:{name}",
            "QueueName": "{name}",
            "QueueUrl": "https://sqs.{region}.amazonaws.com/{account}/{name}",
        },
    ),
    "AWS::Scheduler::Schedule": Kind("Name"),
    "AWS::Scheduler::ScheduleGroup": Kind("Name", attributes={"Arn": _SCHEDULER + ":schedule-group/{name}"}),
    "AWS::SecretsManager::Secret": Kind("Name", ref=_SECRET, attributes={"Id": _SECRET}),
}
