"""What a step knows beside its input, and what it wants done."""

from typing import Any

from .codec import encode

NEVER = 2**64 - 1
"""The time of a timer that only ends a running one."""


class Context:
    """Given to every callback. Nothing is done before the step returns, and nothing at all if it refuses or crashes."""

    def __init__(self, now_ms: int, seq: int, caller: int | None = None):
        self.now_ms = now_ms
        """The host's clock, in milliseconds since the Unix epoch."""
        self.seq = seq
        """How many inputs this worker was given before."""
        self.caller = caller
        """Who waits for an answer to this input. May be kept in the state."""
        self.effects: list[tuple[str, Any]] = []

    def effect(self, name: str, value: Any = None) -> None:
        """Any effect of the contract: its name there, and what it holds; a record as a dict."""
        self.effects.append((name, value))

    def reply(self, caller: int, output: Any) -> None:
        """Answers a caller of this or an earlier step."""
        self.effect("reply", {"token": caller, "body": encode(output)})

    def http_reply(self, caller: int, status: int, headers: dict[str, Any] | None = None, body: Any = None) -> None:
        """The same with a status and headers, for a caller of HTTP. A body that is a str is its letters, else JSON."""
        text = isinstance(body, str)
        every = {"content-type": "text/plain; charset=utf-8" if text else "application/json"}
        every |= {name.lower(): str(value) for name, value in (headers or {}).items()}
        listed = [{"name": name, "value": value} for name, value in every.items()]
        data = body.encode() if text else encode(body)
        self.effect("http-reply", {"token": caller, "status": status, "headers": listed, "body": data})

    def forward(self, caller: int, to: str, request: Any) -> None:
        """Has another worker answer a caller."""
        self.effect("forward", {"token": caller, "to": to, "body": encode(request)})

    def cast(self, to: str, message: Any) -> None:
        """Sends a message to a worker."""
        self.effect("cast", {"to": to, "body": encode(message)})

    def call(self, to: str, request: Any, tag: int, timeout_ms: int = 5000) -> None:
        """Calls a worker. The outcome comes as an event of type "response" with this tag, a number of yours."""
        body = encode(request)
        self.effect("call", {"to": to, "body": body, "tag": number(tag), "timeout_ms": number(timeout_ms)})

    def publish(self, topic: str, message: Any) -> None:
        """Sends a message to every subscriber of a topic."""
        self.effect("publish", {"topic": topic, "body": encode(message)})

    def subscribe(self, topic: str) -> None:
        """Receives the messages of a topic from now on."""
        self.effect("subscribe", topic)

    def unsubscribe(self, topic: str) -> None:
        """Receives them no longer."""
        self.effect("unsubscribe", topic)

    def start_timer(self, name: str, after_ms: int, message: Any = None) -> None:
        """Starts a timer, in place of a running one of this name."""
        self._timer("start-timer", "named", name, after_ms, message)

    def state_timeout(self, after_ms: int, message: Any = None) -> None:
        """Starts a timer that a change of state ends. Its event has the name "state_timeout"."""
        self._timer("start-timer", "state", "state_timeout", after_ms, message)

    def event_timeout(self, after_ms: int, message: Any = None) -> None:
        """Starts a timer that any input ends. Its event has the name "event_timeout"."""
        self._timer("start-timer", "event", "event_timeout", after_ms, message)

    def update_timer(self, kind: str, name: str, message: Any) -> None:
        """Gives a running timer another message. `kind` is "named", "state" or "event"."""
        self._timer("update-timer", kind, name, 0, message)

    def cancel_timer(self, name: str) -> None:
        """Cancels every timer of this name."""
        self.effect("cancel-timer", name)

    def _timer(self, effect: str, kind: str, name: str, after_ms: int, message: Any) -> None:
        body = encode(message)
        self.effect(effect, {"kind": kind, "name": name, "after_ms": number(after_ms), "body": body})

    def postpone(self) -> None:
        """Gives this input again after the next change of state. For a state machine."""
        self.effect("postpone")

    def next_event(self, message: Any) -> None:
        """Gives this message back, as an event of type "internal", before anything that is queued."""
        self.effect("next-event", encode(message))

    def start_child(self, supervisor: str, key: str, config: Any = None, tag: int | None = None) -> None:
        """Starts the child SUPERVISOR/KEY. With a tag the outcome comes as a response; so below."""
        self._child("start-child", supervisor, key, config, tag)

    def ensure_child(self, supervisor: str, key: str, config: Any = None, tag: int | None = None) -> None:
        """The same unless it is there."""
        self._child("ensure-child", supervisor, key, config, tag)

    def _child(self, effect: str, supervisor: str, key: str, config: Any, tag: int | None) -> None:
        data = encode({} if config is None else config)
        self.effect(effect, {"supervisor": supervisor, "key": key, "config": data, "tag": number(tag)})

    def stop_child(self, supervisor: str, child: str, tag: int | None = None) -> None:
        """Stops a child, by its name or its key."""
        self.effect("stop-child", {"supervisor": supervisor, "child": child, "tag": number(tag)})

    def restart_child(self, supervisor: str, child: str, tag: int | None = None) -> None:
        """Starts a child that was stopped."""
        self.effect("restart-child", {"supervisor": supervisor, "child": child, "tag": number(tag)})

    def delete_child(self, supervisor: str, child: str, tag: int | None = None) -> None:
        """Forgets the specification of a child that was stopped."""
        self.effect("delete-child", {"supervisor": supervisor, "child": child, "tag": number(tag)})

    def which_children(self, supervisor: str, tag: int) -> None:
        """Asks for the children: a list of dicts with "child", "state", "type" and "behaviour"."""
        self.effect("which-children", {"supervisor": supervisor, "tag": number(tag)})

    def count_children(self, supervisor: str, tag: int) -> None:
        """Asks how many there are: a dict with "specs", "active", "supervisors" and "workers"."""
        self.effect("count-children", {"supervisor": supervisor, "tag": number(tag)})

    def add_handler(self, manager: str, handler: str, behaviour: str, **more: Any) -> None:
        """Adds a handler to an event manager. More: `config`, `supervised`, `tag`."""
        self.effect("add-handler", handler_start(manager, handler, behaviour, **more))

    def delete_handler(self, manager: str, handler: str, tag: int | None = None) -> None:
        """Has a handler leave its manager."""
        self.effect("delete-handler", {"manager": manager, "handler": handler, "tag": number(tag)})

    def swap_handler(self, old: str, manager: str, handler: str, behaviour: str, **more: Any) -> None:
        """Has a handler take the place of `old`, and what it saves."""
        self.effect("swap-handler", {"old": old, "successor": handler_start(manager, handler, behaviour, **more)})

    def monitor(self, worker: str, tag: int) -> None:
        """Watches a worker: its end comes as an event of type "down" with this tag."""
        self.effect("monitor", {"worker": worker, "tag": number(tag)})

    def demonitor(self, tag: int) -> None:
        """Watches it no longer."""
        self.effect("demonitor", number(tag))

    def unchanged(self) -> None:
        """Promises that this input left the state as it was."""
        self.effect("unchanged")

    def hibernate(self) -> None:
        """Has the state saved and the instance dropped until the next input."""
        self.effect("hibernate")

    def stop(self, reason: str = "normal") -> None:
        """Ends this worker: "normal", "shutdown", or with the words of a bad end."""
        self.effect("stop", reason)


def handler_start(
    manager: str, handler: str, behaviour: str, config: Any = None, supervised: bool = False, tag: int | None = None
) -> dict[str, Any]:
    data = encode({} if config is None else config)
    start = {"manager": manager, "handler": handler, "behaviour": behaviour}
    return start | {"config": data, "supervised": supervised, "tag": number(tag)}


def number(value: int | None) -> int | None:
    """A number of 64 bits, or None."""
    if value is not None and not (isinstance(value, int) and 0 <= value <= NEVER):
        raise ValueError(f"{value!r} is no number the host takes: a whole one from 0 to 2**64 - 1")
    return value
