"""The Python SDK on its own: `python3 -m unittest discover guests/sdk-tests/python`."""

import random
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "templates" / "python"))

from tomte import (  # noqa: E402
    NO_REPLY, REPEAT, Crash, Event, EventHandler, GiveUp, Http, Ignore, Next, Refusal, Server, StateMachine,
    UnknownSchema,
)  # fmt: skip
from tomte.codec import decode, encode  # noqa: E402
from tomte.testing import start  # noqa: E402


class Lock(StateMachine):
    schema = "lock/1"
    enter = True

    def init(self, start, context):
        return "locked", {"code": "1234", "entered": 0}

    def locked(self, event, context):
        match event.type:
            case "entered":
                self.data["entered"] += 1
            case "call" if event.input == "Push":
                context.postpone()
            case "call" if event.input != self.data["code"]:
                raise Refusal("wrong")
            case "call":
                context.reply(event.caller, "open")
                context.state_timeout(10_000, "lock")
                return Next("open")

    def open(self, event, context):
        if event.type == "timer":
            return Next("locked")
        context.reply(event.caller, "come in")
        return REPEAT


class Tally(EventHandler):
    schema = "tally/1"

    def init(self, start, context):
        return 0

    def handle_event(self, event, context):
        if event == "Leave":
            context.stop()
        else:
            self.state += 1

    def handle_call(self, input, context):
        return self.state

    def carried(self, state, start, context):
        return state + 100


class Odd(Server):
    schema = "odd/2"

    def init(self, start, context):
        if start.config.get("ignore"):
            raise Ignore
        return {"draws": [random.random()], "kept": []}

    def handle_call(self, input, context):
        match input:
            case "later":
                self.state["kept"].append(context.caller)
                return NO_REPLY
            case "raise":
                raise TypeError("it broke")
            case "deep":
                return self.handle_call("deep", context)
            case "async":
                return self.coroutine()
            case "who":
                return self.state["draws"]
            case int():
                context.call("b", "x", input)
                return "Ack"

    async def coroutine(self):
        pass

    def handle_info(self, event, context):
        for caller in self.state["kept"]:
            context.reply(caller, event.message)

    def handle_http(self, request, context):
        return Http(404, {"X-Path": request.path}, f"no {request.query}")

    def migrate(self, schema, saved):
        if schema == "odd/1":
            return {"kept": [saved]}
        return super().migrate(schema, saved)


def names(worker):
    return [name for name, _ in worker.effects]


class SdkTest(unittest.TestCase):
    def test_a_state_machine_has_a_function_per_state(self):
        lock = start(Lock)
        self.assertEqual(lock.effects, [("next-state", "locked"), ("enter-calls", None)])
        lock.step(Event("entered", from_state="locked"))
        lock.call("Push")
        self.assertEqual(names(lock), ["postpone"])
        with self.assertRaisesRegex(Refusal, "^wrong$"):
            lock.call("0000")
        self.assertEqual(lock.call("1234"), "open")
        self.assertEqual(names(lock), ["reply", "start-timer", "next-state"])
        self.assertEqual(lock.call("Push"), "come in")
        self.assertEqual(names(lock), ["reply", "repeat-state"])
        self.assertEqual(lock.save(), ("lock/1", b'["open",{"code":"1234","entered":1}]'))
        lock.timer("state_timeout", "lock")
        self.assertEqual(lock.effects, [("next-state", "locked")])

    def test_what_a_state_machine_must_not_return_is_a_crash(self):
        class Wrong(Lock):
            def locked(self, event, context):
                return "open"

        with self.assertRaisesRegex(Crash, "and not 'open'"):
            start(Wrong).call("Push")

    def test_a_handler_counts_events_answers_takes_over_and_leaves(self):
        tally = start(Tally, state=1)
        tally.cast("Rings")
        self.assertEqual(tally.call("Count"), 102)
        tally.cast("Leave")
        self.assertEqual(tally.effects, [("stop", "normal")])

    def test_exceptions_are_crashes_with_their_type_words_and_place(self):
        with self.assertRaisesRegex(Crash, r"(?s)^TypeError: it broke\n    at handle_call \(.*test_sdk\.py:\d+\)"):
            start(Odd).call("raise")
        with self.assertRaises(Crash) as deep:
            start(Odd).call("deep")
        self.assertEqual(str(deep.exception).count("\n    at handle_call"), 20)
        with self.assertRaisesRegex(Crash, "no answer"):
            start(Odd).call("nothing")
        with self.assertRaisesRegex(Crash, "number the host takes"):
            start(Odd).call(-1)
        with self.assertWarns(RuntimeWarning), self.assertRaisesRegex(Crash, "async"):
            start(Odd).call("async")

    def test_an_answer_may_come_later(self):
        odd = start(Odd)
        self.assertIsNone(odd.call("later"))
        odd.timer("t", "done")
        self.assertEqual(odd.effects, [("reply", {"token": 1, "body": "done"})])

    def test_the_same_seed_draws_the_same_numbers(self):
        self.assertEqual(start(Odd, seed=5).call("who"), start(Odd, seed=5).call("who"))
        self.assertNotEqual(start(Odd, seed=5).call("who"), start(Odd, seed=6).call("who"))

    def test_a_start_may_be_refused_and_an_older_schema_is_read(self):
        for failure, told in [
            (Ignore, {"config": {"ignore": True}}),
            (UnknownSchema, {"saved": ("odd/0", b"1")}),
            (UnknownSchema, {"saved": ("odd/0", b"\xff")}),
            (GiveUp, {"saved": ("odd/2", b"{")}),
        ]:
            with self.assertRaises(failure):
                start(Odd, **told)
        self.assertEqual(start(Odd, saved=("odd/1", b"3")).save()[1], b'{"kept":[3]}')

    def test_a_request_of_http_is_answered_with_a_status(self):
        odd = start(Odd)
        http = Event("http", b"", method="GET", path="/x", query="a=b", headers={"accept": "*/*"})
        odd.step(Event("call", b"", caller=9, http=http))
        headers = [{"name": "content-type", "value": "text/plain; charset=utf-8"}, {"name": "x-path", "value": "/x"}]
        reply = {"token": 9, "status": 404, "headers": headers, "body": "no a=b"}
        self.assertEqual(odd.effects, [("http-reply", reply)])

    def test_what_is_no_input_is_refused(self):
        deep = b"[" * 100_000
        for body in [b"", b"{", b"\xff", deep, b'"' + deep + b'"' + deep, b"9" * 10_000]:
            with self.assertRaises(Refusal):
                decode(body)
        quoted = b'"\\"' + deep + b'"'
        self.assertEqual(encode(decode(quoted)), quoted)
        self.assertEqual(decode(b"18446744073709551616"), 2**64)


if __name__ == "__main__":
    unittest.main()
