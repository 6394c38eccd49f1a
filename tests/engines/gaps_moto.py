"""moto 5.2.5. It falls over much of what AWS refuses; in a process with it that is an exception of any kind."""

from __future__ import annotations

from tests.engines import gap_tests as differs
from tests.engines.gaps import Gap


def _gap(name: str, aws: str, instead: str, **how: object) -> Gap:
    return Gap("moto", name, aws, instead, **how)  # type: ignore[arg-type]


MOTO: tuple[Gap, ...] = (
    _gap(
        "last page",
        "a page that ended with its limit has a LastEvaluatedKey, also if nothing follows",
        "looks ahead",
        differs=differs.no_last_key,
    ),
    _gap(
        "one megabyte",
        "a page ends with the item that reaches 1 MB",
        "ends it before it has a million bytes",
        differs=differs.early_page,
    ),
    _gap(
        "tokens",
        "a repeated ClientRequestToken repeats the answer and does nothing, with other content it is refused",
        "ignores it",
        differs=differs.ignored_token,
    ),
    _gap(
        "notation of numbers",
        "a number reads back in its shortest form",
        "keeps it as it was written",
        differs=differs.numbers_as_written,
    ),
    _gap(
        "elements in projections",
        "a projection that names several elements of a list answers all of them",
        "answers the last one only",
        differs=differs.last_element_only,
    ),
    _gap(
        "projection in transactions",
        "TransactGetItems answers the attributes asked for",
        "answers the whole item",
        differs=differs.whole_in_transaction,
    ),
    _gap(
        "UPDATED_NEW",
        "UPDATED_OLD and UPDATED_NEW show what was updated and nothing else",
        "shows keys, and whole maps and lists",
        differs=differs.key_beside_what_was_updated,
    ),
    _gap(
        "UPDATED_NEW of the same",
        "UPDATED_OLD and UPDATED_NEW show also what was set to the value that it had",
        "show only what has changed",
        differs=differs.unchanged_left_out,
    ),
    _gap(
        "elements by alias",
        "a projection may name the element of a list by an alias and its number",
        "finds nothing there, or holds the name to be unused",
        differs=differs.element_by_alias,
    ),
    _gap(
        "items made by REMOVE",
        "an update that only removes makes no item where none is",
        "it makes one of its key",
        differs=differs.made_by_removal,
    ),
    _gap(
        "two absent attributes",
        "a comparison with an attribute that is not there is false",
        "holds two absent attributes to be equal",
        differs=differs.two_absent_attributes,
    ),
    _gap("NULL", "NULL is a value, and not equal to none", "holds them to be equal", differs=differs.null_is_absent),
    _gap(
        "order of lists",
        "only texts, numbers and bytes have an order",
        "lists have one, too",
        differs=differs.ordered_documents,
    ),
    _gap(
        "booleans",
        "a boolean is not equal to any number",
        "holds true to be equal to 1, and false to 0",
        differs=differs.boolean_is_number,
    ),
    _gap(
        "keys left behind",
        "a refused update changes nothing",
        "it leaves the key of an item that was not there",
        differs=differs.key_left_behind,
    ),
    _gap(
        "half an update",
        "a refused update changes nothing",
        "it has done what it came to before it failed",
        differs=differs.half_done,
    ),
    _gap(
        "copies",
        "SET a = b copies what b was before the update",
        "makes both one value: what changes in one changes in the other, and SET a.b = a makes a document without end",
        refuses="maximum recursion depth",
        differs=differs.one_value_in_two_places,
    ),
    _gap(
        "list_append of nothing",
        "list_append of an attribute that is not there is refused",
        "falls over it",
        refused="refers to an attribute that does not exist in the item",
        asked="list_append",
    ),
    _gap(
        "sets in lists",
        "DELETE takes from a set in a list, and removes it where nothing is left",
        "falls over it",
        refuses="does not support deleting",
    ),
    _gap("brackets", "SET a = (b + :v)", "falls over brackets", differs=differs.brackets_in_set),
    _gap(
        "reasons",
        "an action that does not fit its item is a reason for the cancellation of its transaction",
        "a ValidationException",
        refused=r"\[(None, |ValidationError, |ConditionalCheckFailed, )*ValidationError.*\]",
    ),
    _gap(
        "members of what has none",
        "a member of what is no map cannot be set",
        "SET and ADD do nothing",
        refused="document path provided in the update expression is invalid",
        asked=r'(SET|ADD) [^"]*\.',
    ),
    _gap(
        "unused names",
        "a name is used if an expression has it",
        "only if it was come across while reading an item",
        refuses="ExpressionAttributeNames unused in expressions",
    ),
    _gap(
        "size",
        "an item has at most 400 KB, 409,600 bytes",
        "at most 405,000 bytes",
        refuses="Item size (to update )?has exceeded",
    ),
    _gap(
        "nothing to remove",
        "of an item that is not there nothing is removed, wherever the path leads",
        "refuses paths that lead nowhere",
        refuses="document path provided in the update expression is invalid",
    ),
    _gap(
        "paths in conditions",
        "any document path can be compared, measured and negated, whether it is there or not",
        "falls over elements of lists, sizes of what is not there, members of what is no map, and two NOTs",
        refuses="sequence item|Bad NOT expression NOT|Invalid attribute name|Cannot parse condition|Invalid filter"
        "|is not iterable|list indices must|pop (not supported|expected at most)|object has no attribute|not supported between|not subscriptable",
    ),
    _gap(
        "syntax",
        "an expression must be of the grammar",
        "takes some of it, falls over the rest",
        refused="Syntax error|Invalid function name|not allowed to be used this way|can not be empty|redundant parentheses|Incorrect number of operands"
        "|requires a document path|only be used once",
    ),
    _gap(
        "operand types",
        "a value of a type that an operator can never have is refused before any item is looked at",
        "finds the condition false, or falls over it",
        refused="Incorrect operand type|attribute type name found|requires same data type|second operand of attribute_type",
    ),
    _gap(
        "limits of expressions",
        "at most 4 KB an expression, 100 operands of IN; bounds in order; operands distinct",
        "any number, in any order",
        refused="Expression size|Too many operands for IN|upper bound to be greater|first operand must be distinct",
    ),
    _gap(
        "overlap",
        "paths that overlap or conflict are refused",
        "in projections it takes them, in updates it may fall over them",
        refused="Two document paths (overlap|conflict)",
    ),
    _gap("reserved words", "reserved words need an alias everywhere", "only in updates", refused="reserved keyword"),
    _gap(
        "placeholders",
        "placeholders are defined and used",
        "falls over an undefined one, takes unused ones",
        refused="is not defined|unused in expressions|can only be specified when|Values must not be empty",
    ),
    _gap(
        "forms of values",
        "JSON of another type than the protocol's is a SerializationException, a value that is none a ValidationException",
        "takes it or falls over it",
        refused="cannot be converted to (what|a Blob)|Supplied AttributeValue|must have the value of true|set may not"
        "|contains duplicates|converted to a numeric|Empty attribute name",
    ),
    _gap(
        "numbers",
        "38 digits, from 1E-130 to 9.9E+125",
        "any number",
        refused="38 significant|Number (over|under)flow",
    ),
    _gap("nesting", "32 levels", "any number of levels", refused="Nesting Levels"),
    _gap(
        "keys",
        "a key has exactly the key attributes, of their types, and is of 1 to 2,048 and 1,024 bytes",
        "takes, or falls over, most others",
        refused="provided key element does not match|Missing the key|Type mismatch for key|Size of key attribute"
        "|for a key attribute cannot|gsi1[ps]k has exceeded",
    ),
    _gap(
        "index keys",
        "an attribute that is a key of an index is of its type and not empty",
        "takes any",
        refused="Index Key|IndexKey",
    ),
    _gap(
        "queries",
        "key conditions, start keys, limits, selections and projections are checked",
        "takes what it can",
        refused="Query key condition not supported|KeyCondition|starting key|'limit'|'select'|SPECIFIC_ATTRIBUTES"
        "|Select type|does not project|only contain non-primary|Condition parameter type|missed key schema element"
        "|specified index|Consistent reads|choosing to get",
    ),
    _gap(
        "amounts",
        "1 to 25 writes and 1 to 100 reads in a batch, 1 to 100 actions and 4 MB in a transaction, no item twice",
        "does not count, or wrongly",
        refused="Too many items requested|'transactItems'|'clientRequestToken'|aggregated size|contains duplicates|multiple operations",
    ),
    _gap(
        "check without condition",
        "a ConditionCheck has a ConditionExpression",
        "finds it true",
        refused="ConditionExpression of a ConditionCheck",
    ),
    _gap(
        "hundred reads",
        "up to 100 items in TransactGetItems",
        "fewer",
        refuses="TransactGetItem@",
    ),
    _gap(
        "value first",
        "a key condition may name the value first",
        "refuses it",
        refuses="Multiple attribute names used",
    ),
    _gap("unknown tables", "ResourceNotFoundException", "falls over some", refused="Requested resource not found"),
)
