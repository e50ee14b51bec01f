import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { type CliProcess, command, startCli, workplace } from '../cli/command-line.ts';

const [old, fresh] = ['old', 'fresh'].map((id, digit) => ({ id, secret: `${digit}`.repeat(64) }));
const names = ['a', 'b', 'c'];

it('three processes that publish get a new key by SIGHUP, and each prints all that the others publish', {
  timeout: 30_000,
}, async (t) => {
  const place = workplace();
  const servers = names.map((name) => {
    const file = join(place.directory, `${name}.yaml`);
    return { name, file, words: ['--config', file, ...place.at(name)] };
  });
  const configure = (file: string, encryption: object) => {
    const subscriptions = { all: { sink: { type: 'stdout' } } };
    writeFileSync(file, JSON.stringify({ subscriptions, encryption: { ...encryption, required: true } }));
  };
  const nodes = new Map<string, CliProcess>();
  const printed = new Map(names.map((name) => [name, new Set<string>()]));
  const started = (name: string, words: readonly string[]) => {
    const node = startCli(t, ['node', ...words]);
    node.lines.on('line', (line) => printed.get(name)?.add((JSON.parse(line) as { url: string }).url));
    nodes.set(name, node);
    return node.told(/the node runs/);
  };
  const published: string[] = [];
  const rollOut = async (encryption: object) => {
    for (const { name, file, words } of servers) {
      configure(file, encryption);
      const node = nodes.get(name);
      node?.child.kill('SIGHUP');
      if (node === undefined) await started(name, words);
      else assert.match(await node.told(/read again/), /"settings":\["encryption\./);
      for (const by of servers.filter((one) => nodes.has(one.name))) {
        const url = `${by.name}/${published.length}`;
        published.push(url);
        assert.equal((await command(['publish', url, ...by.words], { input: 'x' })).code, 0);
      }
    }
  };

  await rollOut({ keys: [old], active: 'old' });
  await rollOut({ keys: [old, fresh], active: 'old' });
  await rollOut({ keys: [old, fresh], active: 'fresh' });

  for (const [name, { lines }] of nodes) {
    const foreign = published.filter((url) => !url.startsWith(name)).toSorted();
    const has = printed.get(name) as Set<string>;
    while (has.size < foreign.length) await once(lines, 'line');
    assert.deepEqual([...has].toSorted(), foreign);
  }
  for (const node of nodes.values()) {
    node.child.kill('SIGTERM');
    const { err } = await node.ended();
    assert.doesNotMatch(err, /distrusted|waits until|"level":[56]0/);
    assert.doesNotMatch(err, /0{64}|1{64}/, 'no secret is told');
  }
});
