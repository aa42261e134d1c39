"""An input of the contract as a behaviour sees it."""

from dataclasses import dataclass
from typing import Any

from .codec import decode


@dataclass
class Start:
    """What an instance is told when it starts."""

    worker: str
    """Its address, at which others send to it."""
    generation: int
    """How many instances this worker had before this one."""
    now_ms: int
    """The host's clock, in milliseconds since the Unix epoch."""
    seed: int
    """`random` is seeded with it already."""
    config: Any
    """The child's configuration."""


class Event:
    """`type` says what it is; what else it has:

    call            caller, input, http   somebody asks and waits; `http` is the request if it came by HTTP as it is,
                                          with `method`, `path`, `query`, `headers` (a dict), else None
    cast            input                 somebody tells
    timer           name, message
    response        tag, message          an own call was answered,
                    tag, error, reason    or not: "no-worker", "crashed", "stopped", "overloaded", "timed-out", "refused"
    published       topic, message
    internal        message               of `context.next_event`
    entered         from_state            a state was entered, from this one
    down            tag, worker, why, reason            the end of a monitored worker
    handler-ended   manager, handler, why, reason       the end of a supervised handler
    start-phase     phase
    prep-stop
    config-changed  message
    other           name, body            an input that this contract has no case for

    `body` has the bytes of all that have an `input` or a `message`; those two are its JSON, or a refusal. What an
    event does not have is None.
    """

    def __init__(self, type: str, body: bytes | None = None, **fields: Any):
        self.type = type
        self.body = body
        self.__dict__.update(fields)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None

    def __repr__(self) -> str:
        fields = ", ".join(f"{key}={value!r}" for key, value in self.__dict__.items() if value is not None)
        return f"Event({fields})"

    @property
    def input(self) -> Any:
        return None if self.body is None else decode(self.body)

    @property
    def message(self) -> Any:
        return decode(self.body) if self.body else None
