"""One instance of a behaviour: what the contract's functions do, without the contract's types."""

import random
from typing import Any

from .behaviours import Behaviour
from .codec import encode, parse
from .context import Context
from .event import Event, Start
from .failure import Crash, GiveUp, Refusal

Effects = list[tuple[str, Any]]


class Instance:
    def __init__(self, behaviour: type[Behaviour]):
        self.behaviour = behaviour
        self.it = behaviour()

    def init(self, start: Start, saved: tuple[str, bytes] | None) -> Effects:
        random.seed(start.seed)
        self.it = self.behaviour()
        context = Context(start.now_ms, 0)
        try:
            if saved is None:
                self.it.begin(start, context)
            else:
                self.it.resume(self._read(*saved), start, context)
        except Refusal as error:
            # A refusal has no meaning here.
            raise GiveUp(str(error)) from None
        return context.effects

    def step(self, now_ms: int, seq: int, event: Event) -> Effects:
        context = Context(now_ms, seq, event.caller)
        if hasattr(self.it.step(event, context), "__await__"):
            raise Crash("a callback was async: nobody waits for it")
        return context.effects

    def terminate(self, now_ms: int, seq: int, reason: str) -> Effects:
        context = Context(now_ms, seq)
        self.it.terminate(reason, context)
        return context.effects

    def save(self) -> tuple[str, bytes]:
        return self.it.schema, encode(self.it.saved())

    def save_as(self, schema: str) -> bytes:
        return encode(self.it.saved() if schema == self.it.schema else self.it.save_as(schema))

    def _read(self, schema: str, data: bytes) -> Any:
        own = schema == self.it.schema
        saved: Any = data
        try:
            saved = parse(data)
        except ValueError as error:
            if own:
                raise GiveUp(f"the saved state of schema {schema} is damaged: {error}") from None
        return saved if own else self.it.migrate(schema, saved)
