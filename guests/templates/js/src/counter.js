// {{name}}: counts.

import { Server, crash, refuse } from './tomte/index.js';

/**
 * What it is asked, as JSON: "Increment", "Read", "Reset". What it answers: "Ack", {"Value":2}.
 * @typedef {'Increment' | 'Read' | 'Reset'} Input
 * @typedef {'Ack' | { Value: number }} Output
 */

export class Counter extends Server {
  /** Name a new one when the shape of `this.state` changes, and read the old one in `migrate`. */
  static schema = '{{name}}/1';

  /** The state of a fresh start. `this.state` lives on through an upgrade, as JSON. */
  init() {
    return 0;
  }

  /**
   * What is returned is the answer.
   * @param {Input} input
   * @returns {Output}
   */
  handleCall(input) {
    switch (input) {
      case 'Increment':
        this.state += 1;
        return 'Ack';
      case 'Read':
        return { Value: this.state };
      case 'Reset':
        // Its caller is told, its supervisor starts it again, nobody else notices.
        if (this.state === 0) crash('reset at zero');
        this.state = 0;
        return 'Ack';
      default:
        // Its caller is told; nothing has changed, nothing has crashed.
        return refuse('not an input of this behaviour: "Increment", "Read" or "Reset"');
    }
  }

  /** The state, from what an older version saved. One that cannot be read refuses the upgrade. */
  migrate(schema, saved) {
    // if (schema === '{{name}}/0') return saved.count;
    return super.migrate(schema, saved);
  }
}
