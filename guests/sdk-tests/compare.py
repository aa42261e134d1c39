"""compare.py COMPONENT: what `every` asks for and what it was given, compared with expected.txt.

Runs the component in wasmtime (PyPI, wasmtime==50.0.1), with no tomte around it.
"""

import difflib
import sys
from pathlib import Path
from typing import Any

from wasmtime import Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, Record, Variant

# The largest token and tag that every language has exactly.
EXACT = 2**53 - 1


def record(**fields: Any) -> Record:
    made = Record()
    made.__dict__.update({name.replace("_", "-"): value for name, value in fields.items()})
    return made


def show(value: Any) -> str:
    match value:
        case Variant():
            return value.tag if value.payload is None else f"{value.tag}({show(value.payload)})"
        case Record():
            return "{" + ", ".join(f"{name}: {show(part)}" for name, part in value.__dict__.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(show, value)) + "]"
    return repr(value)


class Instance:
    def __init__(self, path: str):
        engine = Engine()
        component = Component.from_file(engine, path)
        self.lines: list[str] = []
        linker = Linker(engine)
        linker.add_wasip2()
        with linker.root() as root:
            with root.add_instance("tomte:behaviour/log@0.1.0") as log:
                log.add_func("log", lambda _, level, line: self.lines.append(f"{level} {line}"))
            with root.add_instance("tomte:behaviour/fault@0.1.0") as fault:
                fault.add_func("crash", self.crash)
            if any(name.startswith("tomte:behaviour/types") for name in component.type.imports(engine)):
                with root.add_instance("tomte:behaviour/types@0.1.0"):
                    pass
        self.store = Store(engine)
        self.store.set_wasi(WasiConfig())
        self.instance = linker.instantiate(self.store, component)

    def crash(self, _: Any, reason: str) -> None:
        raise SystemExit(f"it crashed: {reason}")

    def call(self, interface: str, name: str, *given: Any) -> Any:
        place = self.instance.get_export_index(self.store, f"tomte:behaviour/{interface}@0.1.0")
        function = self.instance.get_func(self.store, self.instance.get_export_index(self.store, name, place))
        returned = function(self.store, *given)
        function.post_return(self.store)
        return returned


def http(query: str | None) -> Variant:
    headers = [record(name="x", value="y"), record(name="z", value="w")]
    return Variant("http", record(token=EXACT, method="POST", path="/p", query=query, headers=headers, body=b"b"))


def cases(names: str, wordy: str) -> list[Variant]:
    return [Variant(name, f"why {name}" if name in wordy.split() else None) for name in names.split()]


def inputs() -> list[Variant]:
    errors = cases("no-worker crashed stopped overloaded timed-out refused", "crashed stopped refused")
    ends = cases("normal shutdown swapped crashed", "swapped crashed")
    downs = cases("no-worker normal shutdown killed crashed unreachable", "crashed")
    return [
        http("a=b"),
        http(None),
        Variant("cast", b"c"),
        Variant("published", record(topic="t", body=b"p")),
        Variant("timer", record(name="n", body=b"b")),
        Variant("response", record(tag=EXACT, outcome=b"reply")),
        *(Variant("response", record(tag=3, outcome=error)) for error in errors),
        Variant("internal", b"i"),
        Variant("entered", "from"),
        *(Variant("handler-ended", record(manager="m", handler="h", why=why)) for why in ends),
        *(Variant("down", record(tag=9, worker="w", why=why)) for why in downs),
        Variant("start-phase", "phase"),
        Variant("prep-stop"),
        Variant("config-changed", b"{}"),
        Variant("other", ("o", b"ob")),
    ]


def said(path: str) -> list[str]:
    instance = Instance(path)
    start = record(worker="w", generation=0, now_ms=1, seed=2, config=b"{}", state=None)
    instance.call("callbacks", "init", start)
    context = record(now_ms=1, seq=1)
    asked = Variant("call", record(token=7, body=b'"Every"'))
    effects = [show(effect) for effect in instance.call("callbacks", "step", context, asked)]
    for input in inputs():
        instance.call("callbacks", "step", context, input)
    for reason in cases("normal shutdown upgrade crashed", "crashed"):
        instance.call("callbacks", "terminate", context, reason)
    return effects + instance.lines


def main() -> None:
    expected = Path(__file__).with_name("expected.txt").read_text().splitlines()
    found = said(sys.argv[1])
    if found != expected:
        sys.exit("\n".join(difflib.unified_diff(expected, found, "expected.txt", sys.argv[1], lineterm="")))


if __name__ == "__main__":
    main()
