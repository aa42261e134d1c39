"""Asks for every effect that the contract has, each once: what the host is given must be the same from every language."""

from tomte import NEVER, Context, Server, Start


class Every(Server):
    schema = "every/1"

    def init(self, start: Start, context: Context) -> int:
        return 0

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
