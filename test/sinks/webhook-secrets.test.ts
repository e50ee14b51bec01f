import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { withoutValues } from '../../src/sinks/without-values.ts';
import { PlantedSecrets } from '../support/planted-secrets.ts';
import { control, failureOf, openEndpoint, openSink, updates } from './webhook-rig.ts';

test('an endpoint that repeats what it was sent brings no secret into an error', async (t) => {
  const secrets = new PlantedSecrets();
  const endpoint = await openEndpoint(t);
  const url = new URL(endpoint.url);
  url.username = secrets.plain('user');
  url.password = secrets.plain('password');
  url.pathname = `/hooks/${secrets.plain('path')}`;
  url.searchParams.set('token', secrets.take('query'));
  const header = secrets.take('header');
  const secret = secrets.take('key');
  const headers = { 'x-token': `Bearer ${header}` };
  const sink = openSink(t, url.href, { secret, headers, breakAfter: 100 });
  const decoded = decodeURIComponent(url.search);
  for (const code of [400, 401, 404, 429, 500, 302]) {
    for (const padding of [0, 4096 - 300]) {
      endpoint.answer = (request, response) => {
        const { authorization } = request.headers;
        const echo = [request.path, decoded, authorization, header, secret, JSON.stringify({ header })].join(
          ' ',
        );
        response.writeHead(code, { location: `http://elsewhere.example${request.path}` });
        response.end(' '.repeat(padding) + echo);
      };
      const error = await failureOf(sink.deliver(updates('a'), control()));
      assert.deepEqual(secrets.found(inspect(error, { depth: 10 })), [], inspect(error));
      assert.ok(error.message.startsWith(url.origin));
    }
  }
  const seen = endpoint.received[0];
  assert.equal(seen?.headers.authorization, `Basic ${btoa(`${url.username}:${url.password}`)}`);
  assert.equal(seen?.headers['x-token'], headers['x-token']);
  await sink.close();
  const closed = await failureOf(sink.deliver(updates('a'), control()));
  assert.deepEqual(secrets.found(inspect(closed, { depth: 10 })), []);
});

test('values are taken out whole, in their forms in JSON and URLs as well, and short ones left', () => {
  assert.equal(withoutValues('a secret-1, a secret', ['secret', 'secret-1', 'a']), 'a ***, a ***');
  assert.equal(withoutValues('x %2Fab%20cd y /ab cd z \\"q\\"', ['/ab cd', '"q"']), 'x *** y *** z ***');
  assert.equal(withoutValues('\ud800secret', ['\ud800secret', '%E0%A4']), '***');
});
