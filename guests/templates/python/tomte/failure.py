"""The ways to fail."""


class Refusal(Exception):
    """The input is refused: its caller gets the text, nothing has changed."""


class Crash(Exception):
    """A crash on purpose, in these words."""


class StartFailure(Exception):
    """No worker comes of this start, and it is no crash either. Raise one of those below."""


class Ignore(StartFailure):
    """In `init`: not needed now; the child is kept without a worker."""


class GiveUp(StartFailure):
    """In `init`: gives up, with its reason."""


class UnknownSchema(StartFailure):
    """In `migrate`: a schema that nobody here can read."""


PLACES_MAX = 20
"""How many places a crash names: the innermost ones."""


def words(error: BaseException) -> str:
    """What a crash says: the type and the message, then where it was, the innermost place first."""
    if isinstance(error, Crash):
        return str(error)
    lines, place = [], error.__traceback__
    while place is not None:
        code = place.tb_frame.f_code
        lines.append(f"    at {code.co_name} ({code.co_filename}:{place.tb_lineno})")
        place = place.tb_next
    return "\n".join([f"{type(error).__name__}: {error}", *lines[: -PLACES_MAX - 1 : -1]])
