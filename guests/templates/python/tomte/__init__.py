"""The SDK: OTP's gen_server, gen_statem and gen_event for tomte, in plain Python. It came with the template and is
yours to read and to change.

A behaviour is a class that extends `Server`, `StateMachine` or `EventHandler`. There are two ways to fail:
`Refusal` (the caller is told, nothing has changed and nothing is done: raise it before you change `self.state`), and
`Crash` (the instance ends, its callers are told, its supervisor acts), for which any other exception does as well.

Bodies are JSON. The log is `logging`. `random` is seeded by the host when an instance starts.
"""

from .behaviours import NO_REPLY, REPEAT, EventHandler, Http, Next, Server, StateMachine
from .context import NEVER, Context
from .event import Event, Start
from .failure import Crash, GiveUp, Ignore, Refusal, StartFailure, UnknownSchema

__all__ = [
    "NEVER", "NO_REPLY", "REPEAT", "Context", "Crash", "Event", "EventHandler", "GiveUp", "Http", "Ignore", "Next",
    "Refusal", "Server", "Start", "StartFailure", "StateMachine", "UnknownSchema",
]  # fmt: skip
