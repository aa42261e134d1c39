// Asks for every effect that the contract has, each once, and says back every input: both must be the same in every
// language. Built in place of the template's assembly/counter.ts.

import {
  Behaviour, CallError, Context, DownWhy, ExitWhy, Handler, HandlerWhy, Input, Kind, Level, NEVER, Outcome, Start,
  TimerKind, done, log,
} from "./tomte";

export class Counter extends Behaviour {
  get schema(): string {
    return "every/1";
  }

  init(start: Start, context: Context): Outcome {
    return done();
  }

  step(input: Input, context: Context): Outcome {
    if (input.kind == Kind.Call) this.every(context);
    else log(Level.Info, this.echo(input));
    return done();
  }

  private every(context: Context): void {
    const read = '"Read"';
    context.httpReply(7, 201, [["content-type", "text/plain; charset=utf-8"], ["x-one", "1"]], "made");
    context.forward(7, "b", read);
    context.cast("b", read);
    context.call("b", read, 3, 1000);
    context.publish("t", "[1]");
    context.subscribe("t");
    context.unsubscribe("t");
    context.nextState("s");
    context.repeatState();
    context.enterCalls();
    context.postpone();
    context.nextEvent('"n"');
    context.startTimer(TimerKind.Named, "n", NEVER);
    context.startTimer(TimerKind.State, "state_timeout", 5);
    context.startTimer(TimerKind.Event, "event_timeout", 6);
    context.updateTimer(TimerKind.Named, "n", "1");
    context.cancelTimer("n");
    context.startChild("s", "k", "{}", 1);
    context.ensureChild("s", "k");
    context.stopChild("s", "k");
    context.restartChild("s", "k", 2);
    context.deleteChild("s", "k");
    context.whichChildren("s", 4);
    context.countChildren("s", 5);
    const handler = new Handler("m", "h", "b");
    handler.supervised = true;
    handler.tag = 6;
    context.addHandler(handler);
    context.deleteHandler("m", "h");
    context.swapHandler("h", new Handler("m", "i", "b"));
    context.monitor("w", 8);
    context.demonitor(8);
    context.unchanged();
    context.hibernate();
    context.stop(ExitWhy.Shutdown);
    context.stop(ExitWhy.Crashed, "why");
    context.other("name", "1");
    context.reply(7, '"Ack"');
  }

  private echo(input: Input): string {
    const kind = input.kind;
    const said: string[] = [kind.toString()];
    if (kind == Kind.Http) {
      said.push(input.token.toString());
      said.push(input.second);
      said.push(input.name);
      const query = input.query;
      if (query !== null) said.push(query);
      for (let i = 0; i < input.headers.length; i++) said.push(input.headers[i].join(" "));
      said.push(input.body);
    } else if (kind == Kind.Response) {
      said.push(input.tag.toString());
      said.push(input.replied ? input.body : input.why.toString());
      if (!input.replied && (input.why == CallError.Crashed || input.why == CallError.Stopped || input.why == CallError.Refused)) said.push(input.words);
    } else if (kind == Kind.Down) {
      said.push(input.tag.toString());
      said.push(input.name);
      said.push(input.why.toString());
      if (input.why == DownWhy.Crashed) said.push(input.words);
    } else if (kind == Kind.HandlerEnded) {
      said.push(input.name);
      said.push(input.second);
      said.push(input.why.toString());
      if (input.why >= HandlerWhy.Swapped) said.push(input.words);
    } else {
      if (kind != Kind.Cast && kind != Kind.Internal && kind != Kind.ConfigChanged && kind != Kind.PrepStop) said.push(input.name);
      if (kind != Kind.Entered && kind != Kind.StartPhase && kind != Kind.PrepStop) said.push(input.body);
    }
    return said.join(" ");
  }

  terminate(why: ExitWhy, words: string, context: Context): void {
    log(Level.Info, why == ExitWhy.Crashed ? `${why} ${words}` : why.toString());
  }

  save(): string {
    return "0";
  }
}
