"""Differences that are told by the whole answer, not by what is said of a refusal."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.engines.comparison import Difference, only_removes
from tests.engines.essence import essence, plain, shortest
from tests.engines.gaps import told
from tests.engines.hostile_values import MANY
from tests.engines.large_steps import PARTITION
from tests.engines.trace import Params, actions_of, key_of

_TWO_PATHS = re.compile(r"(?<![:\w])[#\w.\[\]]+ (=|<>|<=|>=) (?!:)[#\w]")
_ORDERED_PATHS = re.compile(r"(?<![:\w])[#\w.\[\]]+ [<>] (?!:)[#\w]")
_ELEMENT = re.compile(r"([#\w.]+)\[\d+\]")
_ALIASED = re.compile(r"#\w+\[\d+\]")
_LARGE = ({"S": PARTITION}, {"S": MANY})
_REMOVED = re.compile(r"(REMOVE|DELETE) [^=]*\[\d+\]")
_INDEX = re.compile(r"\[\d+\]")
_IN_BRACKETS = re.compile(r"[=+-] \(")


def both(found: Difference) -> bool:
    """Whether both answered."""
    return found.where == "answer" and bool(found.ours.answered and found.theirs.answered)


def compared(found: Difference) -> str:
    """The conditions and filters of a request, as text."""
    texts = [str(found.step.params.get(kind, "")) for kind in ("ConditionExpression", "FilterExpression")]
    texts += [str(action.get("ConditionExpression", "")) for _, action in actions_of(found.step)]
    return " | ".join(texts)


def two_absent_attributes(found: Difference) -> bool:
    """A comparison of two paths decides otherwise: ours does not find two attributes equal that are not there."""
    return found.where == "answer" and _condition_decided(found) and bool(_TWO_PATHS.search(compared(found)))


def null_is_absent(found: Difference) -> bool:
    """A comparison with NULL decides otherwise."""
    return found.where == "answer" and _condition_decided(found) and {"NULL": True} in _compared_values(found)


def ordered_documents(found: Difference) -> bool:
    """An order of two paths decides otherwise, as lists have one there."""
    return found.where == "answer" and _condition_decided(found) and bool(_ORDERED_PATHS.search(compared(found)))


def boolean_is_number(found: Difference) -> bool:
    """A comparison with a boolean decides otherwise."""
    booleans = any("BOOL" in value for value in _compared_values(found))
    return found.where == "answer" and booleans and _condition_decided(found)


def size_of_what_has_none(found: Difference) -> bool:
    """A condition on a size decides otherwise, as numbers and booleans have one there."""
    return found.where == "answer" and _condition_decided(found) and "size(" in compared(found)


def beyond_the_index(found: Difference) -> bool:
    """A filter of an index decides otherwise, as it sees what the index does not hold."""
    return both(found) and "IndexName" in found.step.params and "FilterExpression" in found.step.params


def only_the_size(found: Difference) -> bool:
    """The one action that makes its item too large is the only reason told."""
    reasons = found.theirs.body.get("CancellationReasons") if found.where == "answer" else None
    told_of = [reason for reason in reasons or () if reason["Code"] != "None"]
    return bool(told_of) and all("Item size" in reason.get("Message", "") for reason in told_of)


def key_left_behind(found: Difference) -> bool:
    """A refused update leaves the key of its item as an item, in a table that is otherwise the same."""
    if found.where != "refused" or found.ours:
        return False
    return all(item.keys() == {"pk", "sk"} for item in found.theirs.values())


def made_by_removal(found: Difference) -> bool:
    """An update that only removes has made an item of its key, in a table that is otherwise the same."""
    if not any(only_removes(str(action.get("UpdateExpression"))) for _, action in actions_of(found.step)):
        return False
    if found.where == "answer":
        shown = found.theirs.body.get("Attributes", {})
        return both(found) and not found.ours.body.get("Attributes") and shown == found.step.params.get("Key")
    made = found.where in ("written", "repeated") and not found.ours
    return made and all(item.keys() == {"pk", "sk"} for item in found.theirs.values())


def half_done(found: Difference) -> bool:
    """A refused update has changed its own item, and nothing else."""
    if found.where != "refused" or found.step.operation != "UpdateItem":
        return False
    return bool(found.ours.keys() | found.theirs.keys() == {key_of(found.step.params["Key"])})


def one_value_in_two_places(found: Difference) -> bool:
    """What was set to what another place holds is not a copy."""
    return found.where == "entangled"


def one_after_the_other(found: Difference) -> bool:
    """An update removes an element of a list beside another that it writes, and is over with another item or view."""
    updates = [str(action.get("UpdateExpression")) for _, action in actions_of(found.step)]
    removes = any(_REMOVED.search(text) and len(_INDEX.findall(text)) > 1 for text in updates)
    shown = both(found) and found.ours.body.keys() == found.theirs.body.keys() - {"ConsumedCapacity"} == {"Attributes"}
    return removes and (found.where == "written" or shown or key_beside_what_was_updated(found))


def order_of_a_set(found: Difference) -> bool:
    """The stream tells of writes that have changed nothing."""
    if found.where != "stream":
        return False
    theirs = {key: [c for c in told if c[1] != c[2]] for key, told in found.theirs.items()}
    return {key: told for key, told in theirs.items() if told} == found.ours


def brackets_in_set(found: Difference) -> bool:
    """An update that sets something in brackets."""
    return (
        found.where == "answer" and found.theirs.code == "AssertionError" and bool(_IN_BRACKETS.search(str(found.step)))
    )


def _compared_values(found: Difference) -> list[Params]:
    params = [found.step.params, *(action for _, action in actions_of(found.step))]
    return [value for one in params for value in one.get("ExpressionAttributeValues", {}).values()]


def _condition_decided(found: Difference) -> bool:
    if both(found):
        return found.step.operation in ("Query", "Scan")
    failed = ("ConditionalCheckFailed", "conditional request failed")
    return any(text in f"{outcome.code} {told(outcome)}" for text in failed for outcome in (found.ours, found.theirs))


def no_last_key(found: Difference) -> bool:
    """The same page, but without LastEvaluatedKey, though it ended with its limit."""
    member = "LastEvaluatedKey"
    return both(found) and member in found.ours.body and member not in found.theirs.body and _without(found, member)


def shorter_page(found: Difference) -> bool:
    """A page that ended with its size has one item less, or says less of where it ended."""
    if not both(found) or found.step.operation not in ("Query", "Scan"):
        return False
    ours, theirs = found.ours.body, found.theirs.body
    one_less = bool(ours["ScannedCount"] == theirs["ScannedCount"] + 1)
    return one_less and "LastEvaluatedKey" in theirs and theirs["ScannedCount"] != found.step.params.get("Limit")


def early_page(found: Difference) -> bool:
    """A page of what is large ends some items before ours."""
    if not both(found) or found.step.operation not in ("Query", "Scan"):
        return False
    ours, theirs = found.ours.body, found.theirs.body
    fewer = bool(
        theirs["ScannedCount"] < ours["ScannedCount"] and theirs["ScannedCount"] != found.step.params.get("Limit")
    )
    large = theirs.get("LastEvaluatedKey", {}).get("pk") in _LARGE
    return fewer and large and all(item in ours.get("Items", ()) for item in theirs.get("Items", ()))


def numbers_as_written(found: Difference) -> bool:
    """The same but for the notation of numbers."""
    if found.where == "answer":
        if found.ours.code != found.theirs.code:
            return False
        body = shortest(found.theirs.body)
        return essence(found.step, found.ours) == essence(found.step, replace(found.theirs, body=body))
    if found.where == "entangled" or not isinstance(found.theirs, dict):
        return False
    return bool(plain(found.ours) == plain(shortest(found.theirs)))


def nothing_projected(found: Difference) -> bool:
    """An item of which nothing was asked for that it has is answered like one that is not there."""
    if not both(found) or found.step.operation != "TransactGetItems":
        return False
    pairs = zip(found.ours.body["Responses"], found.theirs.body["Responses"], strict=True)
    return all(plain(one) == plain(other) or (one == {"Item": {}} and not other) for one, other in pairs)


def projections(found: Difference) -> str:
    """The projections of a read, as text."""
    params = found.step.params
    asked = params["RequestItems"].values() if found.step.operation == "BatchGetItem" else [params]
    return " | ".join(str(one.get("ProjectionExpression", "")) for one in asked)


def last_element_only(found: Difference) -> bool:
    """Of several elements of one list that a projection asks for, it answers the last one."""
    lists = _ELEMENT.findall(projections(found))
    if not both(found) or len(lists) == len(set(lists)):
        return False
    return _ends(found.ours.body, found.theirs.body)


def _ends(ours: object, theirs: object) -> bool:
    """Whether lists of values are the last of ours, and all else is the same."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if ours.keys() == theirs.keys() == {"L"}:
            return bool(theirs["L"]) and ours["L"][-len(theirs["L"]) :] == theirs["L"]
        names = ours.keys() | theirs.keys() - {"ConsumedCapacity"}
        return all(name in ours and name in theirs and _ends(ours[name], theirs[name]) for name in names)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(_ends(one, other) for one, other in zip(ours, theirs, strict=True))
    return ours == theirs


def whole_in_transaction(found: Difference) -> bool:
    """More attributes than the projection of a TransactGetItems asks for."""
    if not both(found) or found.step.operation != "TransactGetItems":
        return False
    pairs = zip(found.ours.body["Responses"], found.theirs.body["Responses"], strict=True)
    return all(one.get("Item", {}).keys() <= other.get("Item", {}).keys() for one, other in pairs)


def key_beside_what_was_updated(found: Difference) -> bool:
    """UPDATED_NEW or UPDATED_OLD shows more than what was updated."""
    if not both(found) or not str(found.step.params.get("ReturnValues")).startswith("UPDATED"):
        return False
    ours, theirs = found.ours.body.get("Attributes", {}), found.theirs.body.get("Attributes", {})
    return ours.keys() <= theirs.keys()


def list_beside_what_was_updated(found: Difference) -> bool:
    """The same, where elements of lists were updated."""
    return key_beside_what_was_updated(found) and "[" in str(found.step.params.get("UpdateExpression"))


def unchanged_left_out(found: Difference) -> bool:
    """UPDATED_NEW or UPDATED_OLD shows less than what was updated, perhaps more of other things, and nothing else."""
    if not both(found) or not str(found.step.params.get("ReturnValues")).startswith("UPDATED"):
        return False
    return _agree(*(plain(outcome.body.get("Attributes", {})) for outcome in (found.theirs, found.ours)))


def _agree(one: object, other: object) -> bool:
    """Whether what both have is the same, as far as elements of lists tell their places."""
    if isinstance(one, dict) and isinstance(other, dict):
        return all(_agree(one[name], other[name]) for name in one.keys() & other.keys())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) != len(other) or all(_agree(*pair) for pair in zip(one, other, strict=True))
    return one == other


def element_by_alias(found: Difference) -> bool:
    """A projection lacks elements that it names by an alias and their number."""
    if not both(found) or not _ALIASED.search(projections(found)):
        return False
    return _part_of(plain(found.theirs.body), plain(found.ours.body))


def _part_of(theirs: object, ours: object) -> bool:
    """Whether members are missing, and all else is the same."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        names = theirs.keys() - {"ConsumedCapacity"}
        return all(name in ours and _part_of(theirs[name], ours[name]) for name in names)
    if isinstance(theirs, list) and isinstance(ours, list):
        return len(theirs) == len(ours) and all(_part_of(*pair) for pair in zip(theirs, ours, strict=True))
    return theirs == ours


def _without(found: Difference, name: str) -> bool:
    ours = {key: value for key, value in found.ours.body.items() if key != name}
    theirs = {key: value for key, value in found.theirs.body.items() if key not in (name, "ConsumedCapacity")}
    return bool(plain(shortest(ours)) == plain(shortest(theirs)))


def ignored_token(found: Difference) -> bool:
    """A repetition with a token is done again: it is refused now, or has changed something."""
    if "ClientRequestToken" not in found.step.params:
        return False
    if found.where != "answer":
        return found.where == "repeated"
    return bool(found.ours.answered) or found.ours.code == "IdempotentParameterMismatchException"
