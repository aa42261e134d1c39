"""{{name}}: counts."""

from typing import Any, Literal, TypedDict

from tomte import Context, Crash, Refusal, Server, Start

# What it is asked, as JSON, and what it answers.
Input = Literal["Increment", "Read", "Reset"]
Value = TypedDict("Value", {"Value": int})
Output = Literal["Ack"] | Value


class Counter(Server):
    # Name a new one when the shape of `self.state` changes, and read the old one in `migrate`.
    schema = "{{name}}/1"

    # Lives on through an upgrade, as JSON.
    state: int

    def init(self, start: Start, context: Context) -> int:
        """The state of a fresh start."""
        return 0

    def handle_call(self, input: Input, context: Context) -> Output:
        """What is returned is the answer."""
        match input:
            case "Increment":
                self.state += 1
                return "Ack"
            case "Read":
                return {"Value": self.state}
            case "Reset":
                # Its caller is told, its supervisor starts it again, nobody else notices.
                if self.state == 0:
                    raise Crash("reset at zero")
                self.state = 0
                return "Ack"
        # Its caller is told; nothing has changed, nothing has crashed.
        raise Refusal('not an input of this behaviour: "Increment", "Read" or "Reset"')

    def migrate(self, schema: str, saved: Any) -> int:
        """The state, from what an older version saved. One that cannot be read refuses the upgrade."""
        # if schema == "{{name}}/0":
        #     return saved["count"]
        return super().migrate(schema, saved)
