"""Reading XML that somebody else wrote. No document type is allowed, and with it no entity of any kind: neither one
that multiplies itself (billion laughs) nor one that names a file or an address. The rest is bounded by the body's size.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET
from xml.parsers import expat

from shared.kernel.errors import Malformed

MOST_LEVELS = 40
XML = "application/xml"


def parse_xml(text: str) -> ET.Element:
    """The root of the document, names as `{namespace}name`. Raises Malformed."""
    builder = ET.TreeBuilder()
    parser = expat.ParserCreate("utf-8", "}")
    parser.buffer_text = True
    levels = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal levels
        levels += 1
        if levels > MOST_LEVELS:
            raise Malformed(f"the document is nested more than {MOST_LEVELS} levels deep")
        builder.start(_name(name), {_name(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal levels
        levels -= 1
        builder.end(_name(name))

    def refuse(*_: object) -> None:
        raise Malformed("a document with a DOCTYPE is not read: it could hold entities")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(text.removeprefix("\ufeff").encode("utf-8", "surrogatepass"), True)
    except expat.ExpatError as error:
        raise Malformed(f"the document is not XML: line {error.lineno}, column {error.offset + 1}") from None
    return builder.close()


def _name(name: str) -> str:
    return f"{{{name}" if "}" in name else name
