import assert from 'node:assert/strict';
import { it } from 'node:test';
import { PlantedSecrets } from './planted-secrets.ts';

it('a planted secret is found in every form, and nothing else is', () => {
  const secrets = new PlantedSecrets();
  const secret = secrets.take('key');
  for (const text of [
    `got ${secret}!`,
    JSON.stringify({ secret }),
    encodeURIComponent(`u:${secret}`),
    Buffer.from(`u:${secret}`).toString('base64'),
    Buffer.from(`us:${secret}@host`).toString('base64'),
    Buffer.from(`use:${secret}@host`).toString('base64url'),
    Buffer.from(secret).toString('hex'),
    `${secret.slice(0, 20)}…`,
  ]) {
    assert.notDeepEqual(secrets.found(text), [], text);
  }
  assert.deepEqual(secrets.found('expected a text, got one of 37 characters'), []);
});
