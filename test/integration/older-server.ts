import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { type Ceph, credentials } from '../support/ceph.ts';
import { end } from '../support/processes.ts';
import { skipUnless } from '../support/required-servers.ts';

export interface OlderObject {
  readonly key: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Python and boto3, as older fleets run them: `objects.py`. */
export class OlderServer {
  readonly #child;
  readonly #answers: AsyncIterator<string>;

  constructor(t: TestContext, ceph: Ceph, bucket: string) {
    const environment = {
      ...process.env,
      BUCKET: bucket,
      ENDPOINT: ceph.endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
    this.#child = spawn(pythonWithBoto3() ?? 'python3', [join(import.meta.dirname, 'objects.py')], {
      env: environment,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    t.after(() => end(this.#child));
  }

  /** The key that it wrote. */
  async publish(update: { server: string; url: string; content?: unknown; data?: unknown }): Promise<string> {
    return (await this.#ask<{ key: string }>({ do: 'publish', ...update })).key;
  }

  async put(key: string, text: string): Promise<void> {
    await this.#ask({ do: 'put', key, text });
  }

  async delete(key: string): Promise<void> {
    await this.#ask({ do: 'delete', key });
  }

  /** What it reads in a server's folder, in the order of the keys. */
  async read(server: string): Promise<readonly OlderObject[]> {
    return (await this.#ask<{ objects: OlderObject[] }>({ do: 'read', server })).objects;
  }

  async #ask<Answer>(request: object): Promise<Answer> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error('objects.py has ended; its own message stands above');
    return JSON.parse(value) as Answer;
  }
}

/** Why to skip what needs it; with `BUCKETCAST_REQUIRE_SERVERS=1` a failure. */
export function withoutBoto3(): { readonly skip: string } | undefined {
  return skipUnless(pythonWithBoto3() !== undefined, 'boto3 is not installed (Debian: python3-boto3)');
}

/** A Python of somebody's own may stand before Debian's, which has Debian's packages. */
function pythonWithBoto3(): string | undefined {
  return ['python3', '/usr/bin/python3'].find(
    (python) => spawnSync(python, ['-c', 'import boto3'], { stdio: 'ignore' }).status === 0,
  );
}
