/**
 * A process that writes to a directory store, for `directory-processes.test.ts`.
 * `node directory-writer.ts DIRECTORY absent|count|forever NAME`; begins when a line comes in, writes lines of JSON.
 */
import { once } from 'node:events';
import { DirectoryStore } from '../../src/store/directory-store.ts';

const [directory = '', task = '', name = ''] = process.argv.slice(2);
const store = new DirectoryStore(directory);
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);

say('ready');
await once(process.stdin, 'data');
if (task === 'absent') {
  for (let round = 0; round < 20; round += 1) {
    const answer = await store.put(`race/${round}`, new TextEncoder().encode(name), { condition: 'absent' });
    say({ round, status: answer.status });
  }
} else if (task === 'count') {
  for (let steps = 0; steps < 25; ) {
    const got = await store.get('counter');
    if (got.status !== 'found') throw new Error('no counter');
    const next = `${Number(new TextDecoder().decode(got.body)) + 1}`;
    const answer = await store.put('counter', new TextEncoder().encode(next), {
      condition: { etag: got.etag },
    });
    if (answer.status === 'stored') steps += 1;
  }
  say('counted');
} else {
  // Every kind of write, over and over, until killed. What was acknowledged is said only afterwards.
  for (let round = 0; ; round += 1) {
    await store.put('torn', new Uint8Array(200_000).fill(round % 256));
    await store.put(`kept/${name}/${round}`, new Uint8Array(1000).fill(round % 256), { condition: 'absent' });
    if (round % 3 === 0) await store.put(`gone/${name}/${round}`, new Uint8Array(1));
    if (round % 3 === 0) await store.delete(`gone/${name}/${round}`);
    say({ round });
  }
}
await store.close();
process.stdin.destroy();
