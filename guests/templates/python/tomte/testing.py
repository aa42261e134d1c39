"""A behaviour without a host, for tests."""

from typing import Any

from .behaviours import Behaviour
from .codec import encode, parse
from .event import Event, Start
from .failure import Crash, Refusal, StartFailure, words
from .instance import Instance


def start(
    behaviour: type[Behaviour], state: Any = None, saved: tuple[str, bytes] | None = None, **told: Any
) -> "Worker":
    """A worker of this class. `state` is in place of what `init` returns; `saved` is a schema and bytes. It may be told
    `config`, `seed`, `now_ms`, `worker`."""
    return Worker(behaviour, state, saved, **told)


class Worker:
    """Its steps raise `Refusal`, or `Crash` for anything else that a callback raised."""

    effects: list[tuple[str, Any]]
    """What the last step wants done, named as in the contract, with bodies as values."""

    def __init__(
        self, behaviour: type[Behaviour], state: Any, saved: tuple[str, bytes] | None, config: Any = None,
        seed: int = 1, now_ms: int = 0, worker: str = "test",
    ):  # fmt: skip
        self.now_ms, self.seq, self.effects = now_ms, 0, []
        self.instance = Instance(behaviour)
        if saved is None and state is not None:
            saved = (behaviour.schema, encode(state))
        told = Start(worker, 0, now_ms, seed, {} if config is None else config)
        self._run(self.instance.init, told, saved)

    def call(self, input: Any) -> Any:
        """Asks, and returns the answer; None if it comes later."""
        caller = self.seq + 1
        self.step(Event("call", encode(input), caller=caller))
        answers = (value["body"] for name, value in self.effects if name == "reply" and value["token"] == caller)
        return next(answers, None)

    def cast(self, input: Any) -> None:
        """Tells."""
        self.step(Event("cast", encode(input)))

    def timer(self, name: str, message: Any = None) -> None:
        """Lets a timer go off."""
        self.step(Event("timer", encode(message), name=name))

    def step(self, event: Event) -> None:
        """Any event."""
        self.seq += 1
        self._run(self.instance.step, self.now_ms, self.seq, event)

    def save(self) -> tuple[str, bytes]:
        """The schema and the bytes of what it saves."""
        return self.instance.save()

    def _run(self, function: Any, *given: Any) -> None:
        self.effects = []
        try:
            self.effects = [(name, readable(value)) for name, value in function(*given)]
        except (Refusal, StartFailure, Crash):
            raise
        except Exception as error:
            raise Crash(words(error)) from error


def readable(value: Any) -> Any:
    match value:
        case bytes():
            try:
                return parse(value)
            except ValueError:
                return value.decode(errors="replace")
        case dict():
            return {key: readable(part) for key, part in value.items()}
        case list():
            return [readable(part) for part in value]
    return value
