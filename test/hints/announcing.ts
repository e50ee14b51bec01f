import { systemClock } from '../../src/base/clock.ts';
import { Emitter } from '../../src/base/emitter.ts';
import { openZeromqHints } from '../../src/hints/zeromq-hints.ts';

// A process that announces at the endpoint of its first argument, until a line comes on its input: then it stops, and has to
// end by itself. The second is the secret.
const [bind = '', secret] = process.argv.slice(2);
const transport = await openZeromqHints(
  { bind, connect: [], secret },
  { clock: systemClock, events: new Emitter() },
);
transport.start(() => {});
const timer = setInterval(() => transport.send(Buffer.from('from the other process')), 20);
process.stdin.once('data', () => {
  clearInterval(timer);
  void transport.stop();
});
