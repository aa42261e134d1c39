// The SDK: OTP's gen_server, gen_statem and gen_event for tomte, in plain JavaScript. It came with the template and
// is yours to read and to change.

export { EventHandler, Server, StateMachine, http, next, noReply, repeat } from './behaviours.js';
export { component } from './component.js';
export { Crash, Refusal, StartFailure, crash, giveUp, ignore, refuse, unknownSchema } from './failure.js';
export { log } from './log.js';
export { start } from './testing.js';
