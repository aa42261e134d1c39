"""OTP's gen_server, gen_statem and gen_event: classes to extend. Their callbacks are ordinary functions, never async."""

import logging
from dataclasses import dataclass
from typing import Any

from .context import Context
from .event import Event, Start
from .failure import Crash, Refusal, UnknownSchema

NO_REPLY = object()
"""Returned by `handle_call`: the answer comes in a later step. Keep `context.caller` for it."""


@dataclass
class Http:
    """An answer with a status and headers. A body that is a str is its letters, else JSON."""

    status: int
    headers: dict[str, Any] | None = None
    body: Any = None


class Behaviour:
    """What all behaviours have; every callback but `init` may be left out. `self.state` is what is saved."""

    schema: str
    """The schema its state is saved in, for example "orders/2"."""
    state: Any = None

    def init(self, start: Start, context: Context) -> Any:
        """The state of a fresh start."""
        raise Crash(f"{type(self).__name__} has no init")

    def handle_call(self, input: Any, context: Context) -> Any:
        """A request whose caller waits. What it returns is the answer; `NO_REPLY` if that comes later."""
        raise Refusal(f"{type(self).__name__} answers no calls")

    def handle_http(self, request: Event, context: Context) -> Any:
        """A call that came by HTTP to a listener with `raw = true`: `method`, `path`, `query`, `headers` (a dict, names
        in small letters), `body`, and `input`, the body as JSON. Unless written, `input` is a call like any other."""
        return self.handle_call(request.input, context)

    def handle_info(self, event: Event, context: Context) -> Any:
        """Anything that is neither a call nor a cast."""
        logging.warning("nothing here handles %r", event)

    def config_change(self, config: Any, context: Context) -> Any:
        """Its configuration is this from now on."""

    def start_phase(self, phase: str, context: Context) -> Any:
        """For the callback of an application: a phase of its start."""

    def prep_stop(self, context: Context) -> Any:
        """For the callback of an application: it is about to stop."""

    def terminate(self, reason: str, context: Context) -> None:
        """It ends in an orderly way: "normal", "shutdown", "upgrade" or the words of a bad end."""

    def migrate(self, schema: str, saved: Any) -> Any:
        """The state, from what was saved in another schema: OTP's code_change. Bytes, if that is no JSON."""
        raise UnknownSchema(schema)

    def save_as(self, schema: str) -> Any:
        """The state in another schema, for a downgrade."""
        raise Refusal(f"a state of schema {self.schema} cannot be written as {schema}")

    # What the component calls.

    def begin(self, start: Start, context: Context) -> None:
        self.state = self.init(start, context)

    def resume(self, saved: Any, start: Start, context: Context) -> None:
        self.state = saved

    def saved(self) -> Any:
        return self.state

    def step(self, event: Event, context: Context) -> Any:
        match event.type:
            case "call":
                http = event.http
                output = self.handle_http(http, context) if http else self.handle_call(event.input, context)
                return answer(output, context)
            case "config-changed":
                return self.config_change(event.message, context)
            case "start-phase":
                return self.start_phase(event.phase, context)
            case "prep-stop":
                return self.prep_stop(context)
        return self.handle_info(event, context)


class Server(Behaviour):
    """A server: OTP's gen_server."""

    def handle_cast(self, input: Any, context: Context) -> Any:
        """A message nobody waits for. Unless written, it is a call whose answer is thrown away."""
        return self.handle_call(input, context)

    def step(self, event: Event, context: Context) -> Any:
        return self.handle_cast(event.input, context) if event.type == "cast" else super().step(event, context)


class EventHandler(Behaviour):
    """A handler of an event manager: OTP's gen_event. To leave, it calls `context.stop()`. `handle_call` is a question to
    this handler alone, by its address MANAGER/HANDLER."""

    def handle_event(self, event: Any, context: Context) -> Any:
        """An event; every handler of the manager is given it."""

    def carried(self, state: Any, start: Start, context: Context) -> Any:
        """The state, saved by the version before or by the handler whose place it takes."""
        return state

    def resume(self, saved: Any, start: Start, context: Context) -> None:
        self.state = self.carried(saved, start, context)

    def step(self, event: Event, context: Context) -> Any:
        return self.handle_event(event.input, context) if event.type == "cast" else super().step(event, context)


@dataclass
class Next:
    """Returned by a state machine: it enters this state. If it is the present one, nothing happens."""

    state: str


REPEAT = object()
"""Returned by a state machine: it enters the present state again."""


class StateMachine(Behaviour):
    """A state machine: OTP's gen_statem. `init` returns `(state, data)`; a state is a str, the data is `self.data`.

    Write one method for each state, called as the state is, or `handle_event` for all. It is given an event and returns
    `Next(state)`, `REPEAT` or None. Calls are answered with `context.reply(event.caller, it)`. The host keeps the
    queue: `context.postpone()`, `context.state_timeout(...)`, `context.next_event(...)`.
    """

    enter = False
    """Whether it is told of each state it enters, by an event of type "entered"."""
    data: Any = None

    def handle_event(self, event: Event, context: Context) -> Any:
        function = getattr(self, self.state, None)
        if not callable(function):
            raise Crash(f"no method for the state {self.state}")
        return function(event, context)

    def begin(self, start: Start, context: Context) -> None:
        self._starts(*self.init(start, context), context)

    def resume(self, saved: Any, start: Start, context: Context) -> None:
        self._starts(*saved, context)

    def _starts(self, state: str, data: Any, context: Context) -> None:
        self.state, self.data = state, data
        context.effect("next-state", state)
        if self.enter:
            context.effect("enter-calls")

    def saved(self) -> Any:
        return [self.state, self.data]

    def step(self, event: Event, context: Context) -> Any:
        own = event.type in ("config-changed", "start-phase", "prep-stop")
        to = super().step(event, context) if own else self.handle_event(event, context)
        if to is REPEAT:
            context.effect("repeat-state")
        elif isinstance(to, Next):
            self.state = to.state
            context.effect("next-state", to.state)
        elif to is not None:
            raise Crash(f"a state machine returns Next(state), REPEAT or None, and not {to!r}")


def answer(output: Any, context: Context) -> Any:
    if output is NO_REPLY or hasattr(output, "__await__"):
        return output
    if output is None:
        raise Crash("a call was given no answer: return one, or NO_REPLY")
    if isinstance(output, Http):
        return context.http_reply(context.caller, output.status, output.headers, output.body)
    return context.reply(context.caller, output)
