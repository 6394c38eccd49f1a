"""Which route of an HTTP API a request takes."""

from __future__ import annotations

from dataclasses import dataclass

from infra.local.template import TemplateError

DEFAULT_ROUTE = "$default"
_STATIC, _VARIABLE, _GREEDY = 0, 1, 2


@dataclass(frozen=True)
class RouteKey:
    """`METHOD /path/{variable}/{rest+}`, or `$default`."""

    text: str
    method: str
    segments: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> RouteKey:
        """Raises TemplateError for what is not a route key."""
        if text == DEFAULT_ROUTE:
            return cls(text, "ANY", ())
        method, _, path = text.partition(" ")
        if not path.startswith("/"):
            raise TemplateError(f"not a route key: {text}")
        return cls(text, method, tuple(path[1:].split("/")))

    def match(self, method: str, segments: list[str]) -> dict[str, str] | None:
        """The path parameters if the request fits, else None. A variable needs at least one character."""
        if self.method not in ("ANY", method):
            return None
        if self.text == DEFAULT_ROUTE:
            return {}
        parameters: dict[str, str] = {}
        for position, pattern in enumerate(self.segments):
            if pattern.endswith("+}"):
                rest = "/".join(segments[position:])
                return {**parameters, pattern[1:-2]: rest} if rest else None
            if position >= len(segments):
                return None
            if pattern.startswith("{"):
                if not segments[position]:
                    return None
                parameters[pattern[1:-1]] = segments[position]
            elif pattern != segments[position]:
                return None
        return parameters if len(segments) == len(self.segments) else None

    @property
    def rank(self) -> tuple[int, tuple[int, ...], int]:
        """Sorts the more specific route first: by segments from the left, a named method before ANY."""
        kinds = tuple(
            _GREEDY if s.endswith("+}") else _VARIABLE if s.startswith("{") else _STATIC for s in self.segments
        )
        return (int(self.text == DEFAULT_ROUTE), kinds, int(self.method == "ANY"))
