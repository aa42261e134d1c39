// The ways to fail.
//   refuse(text)   the caller is told, nothing has changed and nothing is done: throw before you change `this.state`
//   crash(reason)  the instance ends, its callers are told, its supervisor acts; any other exception does the same

/** Thrown by `refuse`. */
export class Refusal extends Error {
  name = 'Refusal';
}

/** Thrown by `crash`. */
export class Crash extends Error {
  name = 'Crash';
}

/** Thrown in `init`, `carried` or `migrate`: no worker, and no crash either. */
export class StartFailure extends Error {
  name = 'StartFailure';
  constructor(failure) {
    super(failure.val ?? failure.tag);
    this.failure = failure;
  }
}

/** Refuses the input: its caller gets the text. */
export const refuse = (text) => {
  throw new Refusal(text);
};

/** Crashes on purpose, in these words. */
export const crash = (reason) => {
  throw new Crash(reason);
};

/** In `init`: not needed now; the child is kept without a worker. */
export const ignore = () => {
  throw new StartFailure({ tag: 'ignore' });
};

/** In `init`: gives up, with its reason. */
export const giveUp = (reason) => {
  throw new StartFailure({ tag: 'stop', val: reason });
};

/** In `migrate`: a schema that nobody here can read. */
export const unknownSchema = () => {
  throw new StartFailure({ tag: 'unknown-schema' });
};
