import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { installed } from '../support/processes.ts';
import { skipUnless } from '../support/required-servers.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { control, openEndpoint, openSink, type Received, update } from './webhook-rig.ts';

const page = readFileSync(new URL('../../docs/sinks.md', import.meta.url), 'utf8');
const secret = 'sixteen characters, ü';

interface Case {
  readonly genuine: boolean;
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly now: number;
}

test('the check in JavaScript that the page shows takes what is signed and nothing else', async (t) => {
  const file = join(temporaryDirectory(), 'check.mjs');
  writeFileSync(file, snippet('js', 'isGenuine'));
  const { isGenuine } = (await import(pathToFileURL(file).href)) as {
    isGenuine: (secret: string, headers: object, body: Buffer, now: number) => boolean;
  };
  for (const { genuine, secret: key, headers, body, now } of await cases(t)) {
    assert.equal(isGenuine(key, headers, Buffer.from(body), now), genuine, JSON.stringify(headers));
  }
});

test('the check in Python that the page shows takes what is signed and nothing else', {
  ...skipUnless(installed('python3'), 'python3 is not installed'),
}, async (t) => {
  const folder = temporaryDirectory();
  const script = [
    snippet('python', 'is_genuine'),
    'import json, sys',
    'class Headers(dict):',
    '    def get(self, name, default=None): return super().get(name.lower(), default)',
    'for case in json.load(open(sys.argv[1])):',
    '    body = case["body"].encode()',
    '    print(is_genuine(case["secret"], Headers(case["headers"]), body, case["now"]))',
  ];
  writeFileSync(join(folder, 'check.py'), script.join('\n'));
  const all = await cases(t);
  writeFileSync(join(folder, 'cases.json'), JSON.stringify(all));
  const { stdout } = await promisify(execFile)('python3', ['check.py', 'cases.json'], { cwd: folder });
  assert.deepEqual(
    stdout.trimEnd().split('\n'),
    all.map(({ genuine }) => (genuine ? 'True' : 'False')),
  );
});

/** A request as it was received, and that request with one thing wrong. */
async function cases(t: TestContext): Promise<readonly Case[]> {
  const { headers: all, body } = await received(t);
  const headers = all as Record<string, string>;
  const now = Number(headers['bucketcast-timestamp']) + 20;
  const signature = headers['bucketcast-signature'] as string;
  const good = { genuine: true, secret, headers, body, now };
  const bad = (changes: Partial<Case>) => ({ ...good, genuine: false, ...changes });
  const withSignature = (text: string) => bad({ headers: { ...headers, 'bucketcast-signature': text } });
  const { 'bucketcast-signature': _, ...unsigned } = headers;
  return [
    good,
    bad({ secret: 'another of sixteen characters' }),
    bad({ body: body.replace('ü', 'u') }),
    bad({ now: now + 300 }),
    bad({ now: now - 400 }),
    bad({ headers: { ...headers, 'bucketcast-timestamp': String(now) } }),
    bad({ headers: { ...headers, 'bucketcast-timestamp': 'soon' } }),
    bad({ headers: unsigned }),
    withSignature(signature.slice(0, -1)),
    withSignature(signature.replace('v1=', '')),
    withSignature(`v1=${'0'.repeat(64)}`),
    withSignature('ü'),
  ];
}

async function received(t: TestContext): Promise<Received> {
  const endpoint = await openEndpoint(t);
  await openSink(t, endpoint.url, { secret }).deliver([update('a', { content: 'ü' })], control());
  return endpoint.received[0] as Received;
}

/** The block of the page in that language that defines `name`. */
function snippet(language: string, name: string): string {
  const blocks = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)];
  const block = blocks.find(([, of, text]) => of === language && text?.includes(name));
  return block?.[2] as string;
}
