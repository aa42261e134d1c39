"""Asks for every effect that the contract has, each once, and says back every input: both must be the same in every
language. Built in place of the template's counter.py."""

import logging
from typing import Any

from tomte import NEVER, Context, Event, Server, Start

KINDS = [
    "call", "http", "cast", "published", "timer", "response", "internal", "entered", "handler-ended", "down",
    "start-phase", "prep-stop", "config-changed", "other",
]  # fmt: skip
ERRORS = ["no-worker", "crashed", "stopped", "overloaded", "timed-out", "refused"]
DOWN = ["no-worker", "normal", "shutdown", "killed", "crashed", "unreachable"]
HANDLER = ["normal", "shutdown", "swapped", "crashed"]
EXIT = ["normal", "shutdown", "upgrade"]


def parts(event: Event) -> list[Any]:
    """What an event holds, in the order of the contract."""
    body = None if event.body is None else event.body.decode()
    if event.http:
        headers = [part for header in event.http.headers.items() for part in header]
        return [event.caller, event.http.method, event.http.path, event.http.query, *headers, body]
    match event.type:
        case "response":
            return [event.tag, body] if event.error is None else [event.tag, ERRORS.index(event.error), event.reason]
        case "handler-ended":
            return [event.manager, event.handler, HANDLER.index(event.why), event.reason]
        case "down":
            return [event.tag, event.worker, DOWN.index(event.why), event.reason]
    return [event.topic, event.name, event.from_state, event.phase, body]


class Counter(Server):
    schema = "every/1"

    def init(self, start: Start, context: Context) -> int:
        return 0

    def step(self, event: Event, context: Context) -> Any:
        if event.type == "call" and not event.http:
            return super().step(event, context)
        kind = KINDS.index("http" if event.http else event.type)
        logging.info(" ".join(str(part) for part in [kind, *parts(event)] if part is not None))

    def terminate(self, reason: str, context: Context) -> None:
        logging.info(EXIT.index(reason) if reason in EXIT else f"3 {reason}")

    def handle_call(self, input: str, context: Context) -> str:
        context.http_reply(7, 201, {"x-one": 1}, "made")
        context.forward(7, "b", "Read")
        context.cast("b", "Read")
        context.call("b", "Read", 3, 1000)
        context.publish("t", [1])
        context.subscribe("t")
        context.unsubscribe("t")
        context.effect("next-state", "s")
        context.effect("repeat-state")
        context.effect("enter-calls")
        context.postpone()
        context.next_event("n")
        context.start_timer("n", NEVER)
        context.state_timeout(5)
        context.event_timeout(6)
        context.update_timer("named", "n", 1)
        context.cancel_timer("n")
        context.start_child("s", "k", {}, 1)
        context.ensure_child("s", "k")
        context.stop_child("s", "k")
        context.restart_child("s", "k", 2)
        context.delete_child("s", "k")
        context.which_children("s", 4)
        context.count_children("s", 5)
        context.add_handler("m", "h", "b", supervised=True, tag=6)
        context.delete_handler("m", "h")
        context.swap_handler("h", "m", "i", "b")
        context.monitor("w", 8)
        context.demonitor(8)
        context.unchanged()
        context.hibernate()
        context.stop("shutdown")
        context.stop("why")
        context.effect("other", ("name", b"1"))
        return "Ack"
