#!/usr/bin/env python3
"""As much of curl as the README uses: a new machine need not have the real one."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request


def main(arguments: list[str]) -> int:
    method, url, data, headers = None, None, None, {}
    rest = iter(arguments)
    for word in rest:
        if word == "-X":
            method = next(rest)
        elif word == "-H":
            name, _, value = next(rest).partition(":")
            headers[name] = value.strip()
        elif word == "-d":
            data = next(rest).encode()
        elif word != "-s":
            url = word
    request = urllib.request.Request(url or "", data, headers, method=method)  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            body = answer.read()
    except urllib.error.HTTPError as error:
        body = error.read()
    sys.stdout.buffer.write(body)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
