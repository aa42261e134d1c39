// Asks for every effect that the contract has, each once: what the host is given must be the same from every language.

import { Server } from '../../templates/js/src/tomte/index.js';

export class Every extends Server {
  static schema = 'every/1';

  init() {
    return 0;
  }

  handleCall(input, context) {
    context.httpReply(7, 201, { 'x-one': 1 }, 'made');
    context.forward(7, 'b', 'Read');
    context.cast('b', 'Read');
    context.call('b', 'Read', 3, 1000);
    context.publish('t', [1]);
    context.subscribe('t');
    context.unsubscribe('t');
    context.effect('next-state', 's');
    context.effect('repeat-state');
    context.effect('enter-calls');
    context.postpone();
    context.nextEvent('n');
    context.startTimer('n', Infinity, null);
    context.stateTimeout(5);
    context.eventTimeout(6);
    context.updateTimer('named', 'n', 1);
    context.cancelTimer('n');
    context.startChild('s', 'k', {}, 1);
    context.ensureChild('s', 'k');
    context.stopChild('s', 'k');
    context.restartChild('s', 'k', 2);
    context.deleteChild('s', 'k');
    context.whichChildren('s', 4);
    context.countChildren('s', 5);
    context.addHandler({ manager: 'm', handler: 'h', behaviour: 'b', supervised: true, tag: 6 });
    context.deleteHandler('m', 'h');
    context.swapHandler('h', { manager: 'm', handler: 'i', behaviour: 'b' });
    context.monitor('w', 8);
    context.demonitor(8);
    context.unchanged();
    context.hibernate();
    context.stop('shutdown');
    context.stop('why');
    context.effect('other', ['name', Uint8Array.of(49)]);
    return 'Ack';
  }
}
