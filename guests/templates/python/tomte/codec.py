"""JSON in bytes. Whole numbers of any size stay exact."""

import json
from typing import Any

from .failure import Refusal

# A nest deeper than this is refused before Python's own stack has to tell.
DEPTH_MAX = 200


def encode(value: Any) -> bytes:
    """A value as JSON. Bytes stay as they are."""
    if isinstance(value, bytes):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def parse(body: bytes) -> Any:
    """JSON as a value. Raises ValueError."""
    text = body.decode()
    if text.count("[") + text.count("{") > DEPTH_MAX:
        check_depth(text)
    return json.loads(text)


def decode(body: bytes) -> Any:
    """The same of an input: what is wrong with it is a refusal."""
    try:
        return parse(body)
    except ValueError as error:
        raise Refusal(f"not an input of this behaviour: {error}") from None


def check_depth(text: str) -> None:
    depth, quoted, escaped = 0, False, False
    for letter in text:
        if quoted:
            quoted, escaped = escaped or letter != '"', letter == "\\" and not escaped
        elif letter == '"':
            quoted = True
        elif letter in "[{":
            depth += 1
            if depth > DEPTH_MAX:
                raise ValueError(f"nested deeper than {DEPTH_MAX}")
        elif letter in "]}":
            depth -= 1
