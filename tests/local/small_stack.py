"""A small stack with one of everything the runner brings to life, as a CloudFormation document to be altered."""

from __future__ import annotations

import json
from typing import Any

Document = dict[str, Any]

_LAMBDA_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def get(logical_id: str, attribute: str = "Arn") -> dict[str, Any]:
    return {"Fn::GetAtt": [logical_id, attribute]}


def ref(logical_id: str) -> dict[str, str]:
    return {"Ref": logical_id}


def allow(actions: str | list[str], resource: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


def function(name: str, *statements: dict[str, Any], timeout: int = 30, **environment: Any) -> Document:
    """A function called `name` with its role; the logical ids are the name in CamelCase."""
    logical = camel(name)
    return {
        f"{logical}Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": _LAMBDA_TRUST,
                "Policies": [{"PolicyName": "permissions", "PolicyDocument": {"Statement": list(statements)}}],
            },
        },
        logical: {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": name,
                "Code": {"ZipFile": "from the checkout"},
                "Handler": "tests.local.handlers.handler",
                "Role": get(f"{logical}Role"),
                "Runtime": "python3.13",
                "Timeout": timeout,
                "MemorySize": 256,
                "Environment": {"Variables": environment},
            },
        },
    }


def queue(name: str, *, visibility: int = 60, attempts: int = 3, **properties: Any) -> Document:
    """A queue called `name` with its dead-letter queue."""
    fifo = {"FifoQueue": True} if name.endswith(".fifo") else {}
    dead = name.replace(".fifo", "") + "-dead" + (".fifo" if fifo else "")
    logical = camel(name.replace(".fifo", ""))
    return {
        f"{logical}Dead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": dead, **fifo}},
        f"{logical}Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": name,
                "VisibilityTimeout": visibility,
                "RedrivePolicy": {"deadLetterTargetArn": get(f"{logical}Dead"), "maxReceiveCount": attempts},
                **fifo,
                **properties,
            },
        },
    }


def mapping(logical_id: str, source: Any, target: str, **properties: Any) -> Document:
    return {
        logical_id: {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": source,
                "FunctionName": ref(target),
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
                **properties,
            },
        }
    }


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


_READS_QUEUE = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
_READS_STREAM = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]


def document() -> Document:
    """The whole small stack, made anew."""
    resources: Document = {
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": "things",
                "KeySchema": [
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                "AttributeDefinitions": [
                    {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "gsi1pk", "gsi1sk")
                ],
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": "gsi1",
                        "KeySchema": [
                            {"AttributeName": "gsi1pk", "KeyType": "HASH"},
                            {"AttributeName": "gsi1sk", "KeyType": "RANGE"},
                        ],
                        "Projection": {"ProjectionType": "KEYS_ONLY"},
                    }
                ],
                "BillingMode": "PAY_PER_REQUEST",
                "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
                "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
            },
        },
        "StreamDead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "stream-dead"}},
        "RunsDead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "runs-dead"}},
        **queue("work"),
        **queue("ordered.fifo", ContentBasedDeduplication=True),
        **function("worker", allow(_READS_QUEUE, get("WorkQueue"))),
        **function("ordered-worker", allow(_READS_QUEUE, get("OrderedQueue"))),
        **function(
            "first-reader",
            allow(_READS_STREAM, get("Table", "StreamArn")),
            allow("sqs:SendMessage", [get("StreamDead"), get("WorkQueue")]),
            WORK_QUEUE_URL=ref("WorkQueue"),
        ),
        **function("second-reader", allow(_READS_STREAM, get("Table", "StreamArn"))),
        **function("hourly", allow("sqs:SendMessage", get("RunsDead"))),
        **function(
            "front",
            allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:ConditionCheckItem"], get("Table")),
            allow("secretsmanager:GetSecretValue", ref("Secret")),
            TABLE_NAME=ref("Table"),
        ),
        **mapping("WorkMapping", get("WorkQueue"), "Worker", BatchSize=10),
        **mapping("OrderedMapping", get("OrderedQueue"), "OrderedWorker", BatchSize=10),
        **mapping(
            "FirstMapping",
            get("Table", "StreamArn"),
            "FirstReader",
            BatchSize=10,
            StartingPosition="TRIM_HORIZON",
            BisectBatchOnFunctionError=True,
            MaximumRetryAttempts=2,
            DestinationConfig={"OnFailure": {"Destination": get("StreamDead")}},
        ),
        **mapping("SecondMapping", get("Table", "StreamArn"), "SecondReader", StartingPosition="TRIM_HORIZON"),
        "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": {}}},
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "shop"}},
        "LogGroup": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/lambda/worker"}},
        **_schedule(),
        **_api(),
    }
    return {"Resources": resources}


def _schedule() -> Document:
    return {
        "ScheduleRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": json.loads(
                    json.dumps(_LAMBDA_TRUST).replace("lambda.amazonaws", "scheduler.amazonaws")
                ),
            },
        },
        "SchedulePolicy": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "start",
                "PolicyDocument": {"Statement": allow("lambda:InvokeFunction", get("Hourly"))},
                "Roles": [ref("ScheduleRole")],
            },
        },
        "Schedule": {
            "Type": "AWS::Scheduler::Schedule",
            "Properties": {
                "ScheduleExpression": "cron(30 * * * ? *)",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": {
                    "Arn": get("Hourly"),
                    "RoleArn": get("ScheduleRole"),
                    "Input": '{"at": "<aws.scheduler.scheduled-time>"}',
                },
            },
        },
        "HourlyRetries": {
            "Type": "AWS::Lambda::EventInvokeConfig",
            "Properties": {
                "FunctionName": ref("Hourly"),
                "Qualifier": "$LATEST",
                "MaximumRetryAttempts": 2,
                "DestinationConfig": {"OnFailure": {"Destination": get("RunsDead")}},
            },
        },
    }


def route(key: str, *scopes: str) -> Document:
    """A route to the front function; with scopes it asks for a token."""
    guarded = {
        "AuthorizationType": "JWT",
        "AuthorizerId": ref("Authorizer"),
        "AuthorizationScopes": [f"shop/{scope}" for scope in scopes],
    }
    return {
        "Type": "AWS::ApiGatewayV2::Route",
        "Properties": {
            "ApiId": ref("Api"),
            "RouteKey": key,
            "Target": {"Fn::Join": ["/", ["integrations", ref("Integration")]]},
            **(guarded if scopes else {"AuthorizationType": "NONE"}),
        },
    }


def _api() -> Document:
    return {
        "Pool": {"Type": "AWS::Cognito::UserPool", "Properties": {}},
        "Client": {"Type": "AWS::Cognito::UserPoolClient", "Properties": {"UserPoolId": ref("Pool")}},
        "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "shop", "ProtocolType": "HTTP"}},
        "Stage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "Properties": {"ApiId": ref("Api"), "StageName": "$default", "AutoDeploy": True},
        },
        "Integration": {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {
                "ApiId": ref("Api"),
                "IntegrationType": "AWS_PROXY",
                "IntegrationUri": get("Front"),
                "PayloadFormatVersion": "2.0",
            },
        },
        "Authorizer": {
            "Type": "AWS::ApiGatewayV2::Authorizer",
            "Properties": {
                "ApiId": ref("Api"),
                "AuthorizerType": "JWT",
                "IdentitySource": ["$request.header.Authorization"],
                "JwtConfiguration": {"Issuer": get("Pool", "ProviderURL"), "Audience": [ref("Client")]},
            },
        },
        "FrontPermission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": get("Front"),
                "Principal": "apigateway.amazonaws.com",
                "SourceArn": {
                    "Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/*"
                },
            },
        },
        "ThingsRoute": route("GET /things", "storefront", "operations"),
        "ThingRoute": route("GET /things/{id}", "storefront"),
        "NewestRoute": route("GET /things/newest", "storefront"),
        "OperateRoute": route("POST /things/{id}/operate", "operations"),
        "FilesRoute": route("GET /files/{path+}"),
        "AnyRoute": route("ANY /any"),
        "PostAnyRoute": route("POST /any"),
        "DefaultRoute": route("$default"),
    }
