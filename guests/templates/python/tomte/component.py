"""The functions of the contract, made of a behaviour. `wit_world` is there only while the component is built."""

import logging
from typing import Any

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import fault, log, types

from .behaviours import Behaviour
from .codec import parse
from .event import Event, Start
from .failure import GiveUp, Ignore, Refusal, StartFailure, words
from .instance import Instance


def component(behaviour: type[Behaviour]) -> tuple[type, type]:
    """The two classes that componentize-py looks for: `Callbacks, State = component(Counter)`."""
    listen()
    instance = Instance(behaviour)

    class Callbacks(exports.Callbacks):
        @guarded
        def init(self, start):
            saved = None if start.state is None else (start.state.schema, start.state.data)
            config = parse(start.config) if start.config else {}
            told = Start(start.worker, start.generation, start.now_ms, start.seed, config)
            return [effect_of(*wanted) for wanted in instance.init(told, saved)]

        @guarded
        def step(self, context, input):
            wanted = instance.step(context.now_ms, context.seq, event_of(input))
            return [effect_of(*effect) for effect in wanted]

        @guarded
        def terminate(self, context, reason):
            why = reason.value if isinstance(reason, types.ExitReason_Crashed) else case_of(reason)
            return [effect_of(*wanted) for wanted in instance.terminate(context.now_ms, context.seq, why)]

    class State(exports.State):
        @guarded
        def save(self):
            return types.SavedState(*instance.save())

        @guarded
        def save_as(self, schema):
            return instance.save_as(schema)

    return Callbacks, State


def guarded(function):
    """An exception that is to be an error of the contract becomes one; all else is a crash in the words of Python."""

    def act(*given):
        try:
            return function(*given)
        except Refusal as error:
            raise Err(str(error)) from None
        except StartFailure as error:
            raise Err(start_failure(error)) from None
        except BaseException as error:
            fault.crash(words(error))

    return act


def start_failure(error: StartFailure) -> Any:
    if isinstance(error, Ignore):
        return types.StartFailure_Ignore()
    if isinstance(error, GiveUp):
        return types.StartFailure_Stop(str(error))
    return types.StartFailure_UnknownSchema()


def case_of(value: Any) -> str:
    """`Input_StartPhase` is the case `start-phase`."""
    name = type(value).__name__.split("_", 1)[1]
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)[1:]


def why(value: Any) -> tuple[str, str | None]:
    return case_of(value), getattr(value, "value", None)


def event_of(input: Any) -> Event:
    case, value = case_of(input), getattr(input, "value", None)
    match case:
        case "call":
            return Event(case, value.body, caller=value.token)
        case "http":
            headers = {header.name: header.value for header in value.headers}
            line = {"method": value.method, "path": value.path, "query": value.query}
            return Event("call", value.body, caller=value.token, http=Event(case, value.body, headers=headers, **line))
        case "cast" | "internal" | "config-changed":
            return Event(case, value)
        case "timer":
            return Event(case, value.body, name=value.name)
        case "published":
            return Event(case, value.body, topic=value.topic)
        case "response" if isinstance(value.outcome, types.Outcome_Replied):
            return Event(case, value.outcome.value, tag=value.tag)
        case "response":
            error, reason = why(value.outcome.value)
            return Event(case, tag=value.tag, error=error, reason=reason)
        case "entered":
            return Event(case, from_state=value)
        case "start-phase":
            return Event(case, phase=value)
        case "down":
            end, reason = why(value.why)
            return Event(case, tag=value.tag, worker=value.worker, why=end, reason=reason)
        case "handler-ended":
            end, reason = why(value.why)
            return Event(case, manager=value.manager, handler=value.handler, why=end, reason=reason)
        case "other":
            return Event(case, value[1], name=value[0])
    return Event(case)


RECORDS = {
    "reply": types.Reply, "http-reply": types.HttpReply, "forward": types.Forward, "cast": types.Message,
    "call": types.OutgoingCall, "publish": types.Publication, "start-timer": types.TimerStart,
    "update-timer": types.TimerStart, "start-child": types.ChildStart, "ensure-child": types.ChildStart,
    "stop-child": types.ChildOrder, "restart-child": types.ChildOrder, "delete-child": types.ChildOrder,
    "which-children": types.SupervisorQuery, "count-children": types.SupervisorQuery,
    "add-handler": types.HandlerStart, "delete-handler": types.HandlerOrder, "swap-handler": types.HandlerSwap,
    "monitor": types.MonitorStart, "table-write": types.TableWrite,
}  # fmt: skip


def effect_of(name: str, value: Any) -> Any:
    case = getattr(types, "Effect_" + name.title().replace("-", ""))
    if name == "stop":
        return case(exit_reason(value))
    if name in RECORDS:
        return case(RECORDS[name](**{field: inner(field, part) for field, part in value.items()}))
    return case() if value is None else case(value)


def inner(field: str, part: Any) -> Any:
    match field:
        case "kind":
            return types.TimerKind[part.upper()]
        case "headers":
            return [types.HttpHeader(**header) for header in part]
        case "successor":
            return types.HandlerStart(**part)
    return part


def exit_reason(reason: str) -> Any:
    match reason:
        case "normal":
            return types.ExitReason_Normal()
        case "shutdown":
            return types.ExitReason_Shutdown()
    return types.ExitReason_Crashed(reason)


LEVELS = [
    (logging.ERROR, log.Level.ERROR), (logging.WARNING, log.Level.WARN), (logging.INFO, log.Level.INFO),
    (logging.DEBUG, log.Level.DEBUG),
]  # fmt: skip


class HostLog(logging.Handler):
    """Lines of `logging` to the host's log."""

    def emit(self, record: logging.LogRecord) -> None:
        level = next((to for least, to in LEVELS if record.levelno >= least), log.Level.TRACE)
        log.log(level, self.format(record))


def listen() -> None:
    # The host says with each line who wrote it and when.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = logging.logAsyncioTasks = False
    logging.basicConfig(handlers=[HostLog()], level=1, format="%(message)s", force=True)
