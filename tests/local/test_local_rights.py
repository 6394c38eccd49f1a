"""Every function acts under its own role of the template."""

from __future__ import annotations

import threading

import botocore.config
import botocore.exceptions
import botocore.session
import pytest

from infra.local.needed_actions import Need, NeededActions
from infra.local.policies import allows, parse_document
from infra.local.template import TemplateError
from tests.local import handlers
from tests.local.small_stack import allow, function, get, mapping, queue, ref

ITEM = {"pk": {"S": "a"}, "sk": {"S": "-"}}
TABLE = "arn:aws:dynamodb:eu-west-1:111122223333:table/things"


@pytest.fixture
def as_front(world):
    """Runs one AWS call inside the front function and returns the error code, or None."""

    def call(service, operation, **params):
        return _call(world, service, operation, params)

    return call


def _call(world, service, operation, params):
    seen = []

    def script(event, context):
        config = botocore.config.Config(parameter_validation=False, retries={"total_max_attempts": 1})
        client = botocore.session.get_session().create_client(service, config=config)
        try:
            getattr(client, operation)(**params)
        except botocore.exceptions.ClientError as error:
            seen.append(error.response["Error"])
        else:
            seen.append(None)

    handlers.scripts["front"] = script
    assert world.http("GET", "/anything").status == 200
    (answer,) = seen
    return answer and answer["Code"]


def test_a_granted_call_goes_through(as_front, world):
    assert as_front("dynamodb", "put_item", TableName="things", Item=ITEM) is None
    assert list(world.engine.dynamodb.table("things").items()) == [ITEM]


def test_a_call_without_a_grant_is_refused_and_does_nothing(as_front, world):
    assert as_front("dynamodb", "delete_item", TableName="things", Key=ITEM) == "AccessDeniedException"
    assert as_front("sqs", "send_message", QueueUrl=world.engine.sqs.url("work"), MessageBody="x") == "AccessDenied"
    entry = {"Source": "s", "DetailType": "t", "Detail": "{}"}
    assert as_front("events", "put_events", Entries=[entry]) == "AccessDeniedException"
    assert world.engine.sqs.queue("work").counts().visible == 0
    assert world.engine.events.published == []


def test_a_thread_of_a_handler_has_no_more_rights_than_the_handler(world):
    refused = []

    def scan():
        client = botocore.session.get_session().create_client("dynamodb")
        try:
            client.scan(TableName="things")
        except client.exceptions.ClientError as error:
            refused.append(error.response["Error"]["Code"])

    def script(event, context):
        thread = threading.Thread(target=scan)
        thread.start()
        thread.join()

    handlers.scripts["front"] = script
    world.http("GET", "/anything")
    assert refused == ["AccessDeniedException"]


def test_the_refusal_says_who_may_not_do_what(world):
    messages = []

    def script(event, context):
        client = botocore.session.get_session().create_client("dynamodb")
        try:
            client.scan(TableName="things")
        except client.exceptions.ClientError as error:
            messages.append(error.response["Error"]["Message"])

    handlers.scripts["front"] = script
    world.http("GET", "/anything")
    assert messages == [
        "User: arn:aws:sts::111122223333:assumed-role/Small-FrontRole/front is not authorized to perform: "
        f"dynamodb:Scan on resource: {TABLE} because no identity-based policy allows the dynamodb:Scan action"
    ]


def test_an_index_needs_a_grant_of_its_own(stack, make_world):
    stack["Resources"] |= function("front", allow("dynamodb:Query", get("Table")), TABLE_NAME=ref("Table"))
    world = make_world(stack)
    query = {
        "TableName": "things",
        "KeyConditionExpression": "gsi1pk = :k",
        "ExpressionAttributeValues": {":k": {"S": "x"}},
    }
    table_query = {**query, "KeyConditionExpression": "pk = :k"}
    assert _call(world, "dynamodb", "query", table_query) is None
    assert _call(world, "dynamodb", "query", {**query, "IndexName": "gsi1"}) == "AccessDeniedException"


def test_a_transaction_needs_the_action_of_each_of_its_items(as_front, world):
    put = {"Put": {"TableName": "things", "Item": ITEM}}
    check = {
        "ConditionCheck": {
            "TableName": "things",
            "Key": {"pk": {"S": "b"}, "sk": {"S": "-"}},
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }
    delete = {"Delete": {"TableName": "things", "Key": {"pk": {"S": "c"}, "sk": {"S": "-"}}}}
    assert as_front("dynamodb", "transact_write_items", TransactItems=[put, delete]) == "AccessDeniedException"
    assert list(world.engine.dynamodb.table("things").items()) == []
    assert as_front("dynamodb", "transact_write_items", TransactItems=[put, check]) is None


def test_a_secret_is_read_with_the_right_to_it(as_front, world):
    arn = world.template.resolve({"Ref": "Secret"})
    assert as_front("secretsmanager", "get_secret_value", SecretId=arn) is None
    assert as_front("secretsmanager", "get_secret_value", SecretId="other") == "AccessDeniedException"


def test_mail_needs_the_identity_and_the_configuration_set(stack, make_world):
    stack["Resources"] |= {
        "Domain": {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": "shop.example"}},
        "Set": {"Type": "AWS::SES::ConfigurationSet", "Properties": {"Name": "shop"}},
    }
    identity = "arn:aws:ses:eu-west-1:111122223333:identity/shop.example"
    mail = {
        "FromEmailAddress": "Shop <backorders@shop.example>",
        "Destination": {"ToAddresses": ["anna@example.com"]},
        "ConfigurationSetName": "shop",
        "Content": {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hi"}}}},
    }
    stack["Resources"] |= function("front", allow("ses:SendEmail", identity))
    assert _call(make_world(stack), "sesv2", "send_email", mail) == "AccessDeniedException"
    both = [identity, identity.replace("identity/shop.example", "configuration-set/shop")]
    stack["Resources"] |= function("front", allow("ses:SendEmail", both))
    world = make_world(stack)
    assert _call(world, "sesv2", "send_email", mail) is None
    assert world.engine.ses.mailbox[0]["subject"] == "Hello"


def test_removing_a_grant_from_the_template_shows_at_the_next_call(stack, make_world):
    stack["Resources"] |= function("front", allow("dynamodb:PutItem", get("Table")))
    granted = make_world(stack)
    assert _call(granted, "dynamodb", "put_item", {"TableName": "things", "Item": ITEM}) is None
    stack["Resources"] |= function("front")
    bare = make_world(stack)
    assert _call(bare, "dynamodb", "put_item", {"TableName": "things", "Item": ITEM}) == "AccessDeniedException"


def test_a_role_that_lambda_may_not_assume_is_refused(stack, make_world):
    trust = stack["Resources"]["WorkerRole"]["Properties"]
    trust["AssumeRolePolicyDocument"] = {
        "Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}
    }
    with pytest.raises(TemplateError, match=r"lambda\.amazonaws\.com may not assume"):
        make_world(stack)


def test_a_managed_policy_nobody_knows_is_refused(stack, make_world):
    stack["Resources"]["WorkerRole"]["Properties"]["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/PowerUserAccess"]
    with pytest.raises(TemplateError, match="PowerUserAccess"):
        make_world(stack)


def test_a_managed_policy_of_the_template_counts(stack, make_world):
    stack["Resources"] |= (
        queue("extra") | function("extra-worker") | mapping("ExtraMapping", get("ExtraQueue"), "ExtraWorker")
    )
    stack["Resources"]["Reads"] = {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {
            "PolicyDocument": {"Statement": allow("sqs:*", get("ExtraQueue"))},
            "Roles": [ref("ExtraWorkerRole")],
        },
    }
    world = make_world(stack)
    world.send("extra", "x")
    world.settle()
    assert handlers.bodies_of("extra-worker") == [["x"]]


def statements(*raw):
    return parse_document({"Statement": list(raw)})


def test_an_explicit_deny_wins():
    document = statements(allow("dynamodb:*", "*"), {**allow("dynamodb:DeleteItem", TABLE), "Effect": "Deny"})
    assert allows(document, "dynamodb:PutItem", TABLE, {})
    assert not allows(document, "dynamodb:DeleteItem", TABLE, {})


def test_wildcards_match_actions_without_case_and_resources_with_it():
    document = statements(allow("DynamoDB:get*", "arn:aws:dynamodb:*:table/th?ngs"))
    assert allows(document, "dynamodb:GetItem", TABLE, {})
    assert not allows(document, "dynamodb:PutItem", TABLE, {})
    assert not allows(document, "dynamodb:GetItem", TABLE.upper(), {})


def test_not_action_and_not_resource_turn_the_sense():
    document = statements({"Effect": "Allow", "NotAction": "dynamodb:DeleteItem", "NotResource": "*secret*"})
    assert allows(document, "dynamodb:GetItem", TABLE, {})
    assert not allows(document, "dynamodb:DeleteItem", TABLE, {})
    assert not allows(document, "dynamodb:GetItem", "arn:secret", {})


def test_conditions_hold_for_the_keys_of_the_call():
    document = statements(
        {**allow("ses:SendEmail", "*"), "Condition": {"StringLike": {"ses:FromAddress": "*@shop.example"}}}
    )
    assert allows(document, "ses:SendEmail", "x", {"ses:FromAddress": ("a@shop.example",)})
    assert not allows(document, "ses:SendEmail", "x", {"ses:FromAddress": ("a@other.example",)})
    assert not allows(document, "ses:SendEmail", "x", {})


@pytest.mark.parametrize(
    "condition",
    [{"StringEquals": {"dynamodb:LeadingKeys": "x"}}, {"NumericLessThan": {"ses:FromAddress": "1"}}],
)
def test_a_condition_that_cannot_be_evaluated_is_refused(condition):
    with pytest.raises(TemplateError, match="does not evaluate"):
        statements({**allow("dynamodb:GetItem", "*"), "Condition": condition})


def test_policy_variables_are_refused():
    with pytest.raises(TemplateError, match="variables"):
        statements(allow("dynamodb:GetItem", "arn:${aws:username}"))


def test_a_request_nobody_described_is_refused():
    needed = NeededActions("1", "r", [])
    with pytest.raises(TemplateError, match="no IAM actions known"):
        needed.of("dynamodb", "ExecuteStatement", {})
    with pytest.raises(TemplateError, match="no IAM actions known"):
        needed.of("s3", "GetObject", {})


@pytest.mark.parametrize(
    ("sender", "identity"),
    [
        ("a@shop.example", "shop.example"),
        ("Shop <a@mail.shop.example>", "shop.example"),
        ("boss@shop.example", "boss@shop.example"),
        ("a@other.example", "other.example"),
    ],
)
def test_mail_is_sent_in_the_name_of_the_closest_verified_identity(sender, identity):
    needed = NeededActions("1", "r", ["shop.example", "boss@shop.example"])
    (need,) = needed.of("sesv2", "SendEmail", {"FromEmailAddress": sender})
    assert need.resource == f"arn:aws:ses:r:1:identity/{identity}"


def test_batches_and_transactions_need_the_actions_iam_asks_for():
    needed = NeededActions("1", "r", [])
    table = "arn:aws:dynamodb:r:1:table/t"
    assert needed.of("dynamodb", "BatchWriteItem", {"RequestItems": {"t": []}}) == [
        Need("dynamodb:BatchWriteItem", table)
    ]
    items = [{"Put": {"TableName": "t"}}, {"Put": {"TableName": "t"}}, {"Update": {"TableName": "t"}}]
    assert needed.of("dynamodb", "TransactWriteItems", {"TransactItems": items}) == [
        Need("dynamodb:PutItem", table),
        Need("dynamodb:UpdateItem", table),
    ]
    reads = [{"Get": {"TableName": "t"}}]
    assert needed.of("dynamodb", "TransactGetItems", {"TransactItems": reads}) == [Need("dynamodb:GetItem", table)]
    assert needed.of("sqs", "SendMessageBatch", {"QueueUrl": "https://sqs/1/jobs"}) == [
        Need("sqs:SendMessage", "arn:aws:sqs:r:1:jobs")
    ]
