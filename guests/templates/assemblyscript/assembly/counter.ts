// {{name}}: counts. Asked "Increment", "Read" or "Reset", as JSON; answers "Ack" or {"Value":2}.

import { Behaviour, Context, Input, Kind, Level, Outcome, Start, crash, done, log, refuse, unknownSchema } from "./tomte";

const ACK = '"Ack"';

export class Counter extends Behaviour {
  /** Lives on through an upgrade, as JSON. */
  private count: u64 = 0;

  /** Name a new one when what is saved changes, and read the old one in `init`. */
  get schema(): string {
    return "{{name}}/1";
  }

  init(start: Start, context: Context): Outcome {
    this.count = 0;
    if (start.schema === null) return done();
    // if (start.schema == "{{name}}/0") ... what an older version saved
    if (start.schema != this.schema) return unknownSchema();
    this.count = U64.parseInt(start.state);
    return this.save() == start.state ? done() : refuse("the saved state is no number");
  }

  step(input: Input, context: Context): Outcome {
    if (!input.waits && input.kind != Kind.Cast) {
      log(Level.Warn, `nothing here handles an input of kind ${input.kind}`);
      return done();
    }
    const answer = this.answer(input.body);
    // Its caller is told; nothing has changed, nothing has crashed.
    if (answer === null) return refuse('not an input of this behaviour: "Increment", "Read" or "Reset"');
    if (input.waits) context.reply(input.token, answer);
    return done();
  }

  /** The answer to what is asked; null if that is not known. */
  private answer(asked: string): string | null {
    if (asked == '"Increment"') {
      this.count++;
      return ACK;
    }
    if (asked == '"Read"') return `{"Value":${this.count}}`;
    if (asked == '"Reset"') {
      // Its caller is told, its supervisor starts it again, nobody else notices.
      if (this.count == 0) crash("reset at zero");
      this.count = 0;
      return ACK;
    }
    return null;
  }

  save(): string {
    return this.count.toString();
  }
}
