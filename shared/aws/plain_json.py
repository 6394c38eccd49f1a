"""Answers of JSON services as they stand in the body.

botocore walks every answer by the service's model to turn times and blobs into objects. Nothing here reads either, and
DynamoDB's wire form is what `marshal` decodes itself; the walk was half of the CPU of an allocation. Where a newer
botocore names the step differently, its own walk takes place again: slower, and the same for what is read here.
"""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import HTTPClientError
from botocore.parsers import JSONParser, ResponseParserFactory


class PlainJsonParser(JSONParser):
    """The parser of the `json` protocol without the walk. Errors keep their code, message and reasons."""

    def _handle_json_body(self, raw_body: bytes, shape: Any) -> Any:
        del shape
        try:
            return json.loads(raw_body) if raw_body else {}
        except ValueError as error:
            raise HTTPClientError(error=error) from error  # never an empty answer: that would mean "there is none"


class PlainJsonParsers(ResponseParserFactory):
    """botocore's parsers, but for the `json` protocol."""

    def create_parser(self, protocol_name: str) -> Any:
        return PlainJsonParser() if protocol_name == "json" else super().create_parser(protocol_name)
