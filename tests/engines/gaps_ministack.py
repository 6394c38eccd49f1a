"""ministack 1.5.33. It reads expressions with care for single writes, but late: when it meets an item."""

from __future__ import annotations

from tests.engines import gap_tests as differs
from tests.engines.gaps import Gap


def _gap(name: str, aws: str, instead: str, **how: object) -> Gap:
    return Gap("ministack", name, aws, instead, **how)  # type: ignore[arg-type]


MINISTACK: tuple[Gap, ...] = (
    _gap(
        "overlap",
        "paths that overlap or conflict are refused",
        "takes them, the last one wins",
        refused="Two document paths (overlap|conflict)",
    ),
    _gap(
        "operand types",
        "a value of a type that an operator can never have is refused before any item is looked at",
        "finds the condition false",
        refused="Incorrect operand type|attribute type name found|requires same data type",
    ),
    _gap(
        "syntax",
        "an expression must be of the grammar",
        "reads on past what it does not understand",
        refused="Syntax error|Invalid function name|not allowed to be used this way|can not be empty|only be used once|redundant parentheses",
    ),
    _gap(
        "reserved words",
        "reserved words need an alias everywhere",
        "takes them in filters of empty results and projections; in a transaction they are a reason for its cancellation",
        refused="reserved keyword",
    ),
    _gap(
        "paths that lead nowhere",
        "a path whose map or list is not there is refused",
        "REMOVE, DELETE and SET of an element do nothing, ADD makes the map; a transaction takes SET of a member, too",
        refused="document path provided in the update expression is invalid",
        asked=r'REMOVE|ADD|DELETE|SET [^"]*\[|^TransactWriteItems',
    ),
    _gap(
        "list_append of what is no list",
        "the operands of list_append are lists",
        "takes anything else for an empty list",
        refused="operand in the update expression has an incorrect data type",
        asked="list_append",
    ),
    _gap(
        "elements removed together",
        "REMOVE a[0], a[1] removes what was there before, both of them and nothing that SET a[5] appends; so does DELETE where it leaves an empty set",
        "removes one after the other, after what is set, by then at other places",
        differs=differs.one_after_the_other,
    ),
    _gap(
        "order of a set",
        "a set has no order, and a write that changes nothing is not in the stream",
        "a set in another order is another set",
        differs=differs.order_of_a_set,
    ),
    _gap(
        "items made by REMOVE",
        "an update that only removes makes no item where none is",
        "it makes one of its key",
        differs=differs.made_by_removal,
    ),
    _gap(
        "UPDATED_NEW",
        "UPDATED_OLD and UPDATED_NEW show the elements of lists that were updated",
        "shows whole lists",
        differs=differs.list_beside_what_was_updated,
    ),
    _gap(
        "key conditions",
        "a query's key condition compares keys with values, by =, <, <=, >, >=, BETWEEN and begins_with",
        "takes any condition",
        refused="Query key condition not supported|Invalid operator used in KeyConditionExpression|only contain one condition",
    ),
    _gap(
        "keys in filters",
        "a query's filter must not name the keys queried by",
        "filters by them",
        refused="Filter Expression can only contain non-primary key attributes",
    ),
    _gap(
        "index projection",
        "an index of keys can answer keys only",
        "answers what it has",
        refused="Select type ALL_ATTRIBUTES is not supported|does not project",
    ),
    _gap(
        "start keys",
        "ExclusiveStartKey has exactly the keys of table and index, of their types",
        "takes others, too",
        refused="provided starting key is invalid",
    ),
    _gap(
        "keys in transactions and batches",
        "a key has exactly the key attributes, of their types, and is of 1 to 2,048 and 1,024 bytes",
        "takes any item or key in a transaction, and any length",
        refused="provided key element does not match|Missing the key|Type mismatch for key|Size of key attribute"
        "|gsi1[ps]k has exceeded|for a key attribute cannot|Cannot update attribute",
    ),
    _gap(
        "one write an action",
        "an element of TransactItems is one of Put, Update, Delete and ConditionCheck",
        "does the first it finds",
        refused="can only contain one of Check",
    ),
    _gap(
        "check without condition",
        "a ConditionCheck has a ConditionExpression",
        "finds it true",
        refused="ConditionExpression of a ConditionCheck",
    ),
    _gap(
        "empty values",
        "ExpressionAttributeValues has a value if it is there",
        "takes an empty one in transactions and scans",
        refused="ExpressionAttributeValues must not be empty",
        asked="^(TransactWriteItems|Scan)",
    ),
    _gap(
        "length of tokens",
        "ClientRequestToken has 1 to 36 characters",
        "takes an empty one",
        refused="'clientRequestToken'",
    ),
    _gap(
        "forms of values",
        "JSON of another type than the protocol's is a SerializationException, a value that is none a ValidationException",
        "another code, or takes it",
        refused="cannot be converted to (what|a Blob)|Supplied AttributeValue|must have the value of true|set may not"
        "|Empty attribute name",
    ),
    _gap(
        "size of an update",
        "an item has at most 400 KB",
        "counts some bytes for the expression of an update as well (which AWS does not document)",
        refuses="Item size to update",
    ),
    _gap(
        "two absent attributes",
        "a comparison with an attribute that is not there is false",
        "holds two absent attributes to be equal",
        differs=differs.two_absent_attributes,
    ),
    _gap(
        "limits of expressions",
        "at most 100 operands of IN, and the first operand distinct from the others",
        "any",
        refused="Too many operands for IN|first operand must be distinct",
    ),
    _gap(
        "functions of values",
        "the first operand of contains, begins_with and attribute_type may be a value",
        "refuses it",
        refuses=r"Expected COMMA, got \('VALUE_REF'",
    ),
    _gap(
        "begins_with",
        "begins_with an attribute that is no text is false",
        "refuses it",
        refuses="operator or function: begins_with, operand type: S",
    ),
    _gap(
        "sizes",
        "only texts, bytes, sets, lists and maps have a size",
        "numbers, booleans and NULL have one too",
        differs=differs.size_of_what_has_none,
    ),
    _gap(
        "filters of an index",
        "a filter sees what the index holds",
        "it sees the whole item",
        differs=differs.beyond_the_index,
    ),
    _gap(
        "only the size",
        "every action of a cancelled transaction has its reason",
        "where one makes its item too large, the others have none",
        differs=differs.only_the_size,
    ),
    _gap(
        "nothing projected",
        "TransactGetItems tells an item without the attributes asked for (empty) from one that is not there (null)",
        "answers both alike",
        differs=differs.nothing_projected,
    ),
    _gap(
        "one megabyte",
        "a page ends with the item that reaches 1 MB",
        "ends it with the one before",
        differs=differs.shorter_page,
    ),
)
