"""What the parsers of all expressions share: tokens, document paths, placeholders and complaints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple, NoReturn

from infra.local.engine.dynamodb.errors import ValidationError
from infra.local.engine.dynamodb.expressions.tree import Part, Path, Placeholder
from infra.local.engine.dynamodb.reserved import RESERVED_WORDS

_TOKEN = re.compile(
    r"\s*(?:(?P<alias>#[A-Za-z0-9_]+)|(?P<value>:[A-Za-z0-9_]+)|(?P<name>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<index>[0-9]+)|(?P<sign><>|<=|>=|[=<>(),.\[\]+-])|(?P<end>$))"
)
_MAX_BYTES = 4096


class Token(NamedTuple):
    """A piece of an expression and its place there; kind is alias, value, name, index, sign or end."""

    kind: str
    text: str
    start: int
    end: int


class Parser:
    """Reads one expression of the given kind (`ConditionExpression` and so on, named in errors)."""

    def __init__(self, kind: str, text: str, names: Mapping[str, str]) -> None:
        self.kind = kind
        self._names = names
        self._text = text
        self._tokens = self._tokenize(text)
        self._next = 0
        self.used_names: set[str] = set()
        self.used_values: set[str] = set()

    def fail(self, problem: str) -> NoReturn:
        """Refuse the expression."""
        raise ValidationError(f"Invalid {self.kind}: {problem}")

    def unexpected(self) -> NoReturn:
        """Refuse the expression because of the token ahead."""
        around = self._tokens[max(self._next - 1, 0) : self._next + 2]
        near = self._text[around[0].start : around[-1].end].strip()
        self.fail(f'Syntax error; token: "{self.peek().text or "<EOF>"}", near: "{near}"')

    def peek(self) -> Token:
        """The token ahead."""
        return self._tokens[self._next]

    def take(self) -> Token:
        """The token ahead, moving past it."""
        token = self._tokens[self._next]
        self._next += token.kind != "end"
        return token

    def at(self, text: str) -> bool:
        """Whether the sign or keyword is ahead; keywords in any case."""
        token = self.peek()
        return token.kind in ("sign", "name") and token.text.upper() == text

    def at_call(self) -> bool:
        """Whether a function call is ahead."""
        return self.peek().kind == "name" and self._tokens[self._next + 1].text == "("

    def accept(self, text: str) -> bool:
        """Move past the sign or keyword if it is ahead."""
        if self.at(text):
            self._next += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Move past the sign or keyword, or refuse."""
        if not self.accept(text):
            self.unexpected()

    def end(self) -> None:
        """Refuse anything more."""
        if self.peek().kind != "end":
            self.unexpected()

    def placeholder(self) -> Placeholder:
        """A `:value`."""
        if self.peek().kind != "value":
            self.unexpected()
        name = self.take().text
        self.used_values.add(name)
        return Placeholder(name)

    def path(self) -> Path:
        """A document path."""
        parts: list[Part] = [self._attribute()]
        while True:
            if self.accept("."):
                parts.append(self._attribute())
            elif self.accept("["):
                if self.peek().kind != "index":
                    self.unexpected()
                parts.append(int(self.take().text))
                self.expect("]")
            else:
                return Path(tuple(parts))

    def _attribute(self) -> str:
        token = self.peek()
        if token.kind == "alias":
            self._next += 1
            if token.text not in self._names:
                self.fail(
                    "An expression attribute name used in the document path is not defined; "
                    f"attribute name: {token.text}"
                )
            self.used_names.add(token.text)
            return self._names[token.text]
        if token.kind != "name":
            self.unexpected()
        if token.text.upper() in RESERVED_WORDS:
            self.fail(f"Attribute name is a reserved keyword; reserved keyword: {token.text}")
        self._next += 1
        return token.text

    def _tokenize(self, text: str) -> list[Token]:
        if not text.strip():
            self.fail("The expression can not be empty;")
        if len(text.encode()) > _MAX_BYTES:
            self.fail("Expression size has exceeded the maximum allowed size;")
        tokens: list[Token] = []
        position = 0
        while not tokens or tokens[-1].kind != "end":
            match = _TOKEN.match(text, position)
            if match is None:
                rest = text[position:].lstrip()
                self.fail(f'Syntax error; token: "{rest[0]}", near: "{rest[:10]}"')
            assert match.lastgroup is not None
            tokens.append(Token(match.lastgroup, match[match.lastgroup], *match.span(match.lastgroup)))
            position = match.end()
        return tokens
