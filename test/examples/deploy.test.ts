import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';
import type { Environment } from '../../src/config/environment.ts';
import { loadSettings } from '../../src/config/load-settings.ts';
import { allSettings } from '../../src/config/setting-tree.ts';
import { command } from '../cli/command-line.ts';
import { projectRoot, readProjectFile } from '../house/project-files.ts';
import { installed } from '../support/processes.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const folder = 'examples/deploy/';
const files = readdirSync(new URL(folder, projectRoot));
const read = (name: string) => readProjectFile(`${folder}${name}`);
const settingsFile = fileURLToPath(new URL(`${folder}bucketcast.yaml`, projectRoot));

interface Container {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly livenessProbe: { readonly httpGet: { readonly path: string } };
  readonly readinessProbe: { readonly httpGet: { readonly path: string } };
}

interface Manifest {
  readonly kind: string;
  readonly data: Record<string, string>;
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly Container[];
        readonly terminationGracePeriodSeconds: number;
      };
    };
  };
}

describe('what examples/deploy holds', () => {
  it('names only variables that there are', () => {
    const known = new Set(allSettings.flatMap(({ variable }) => [variable, `${variable}_FILE`]));
    const unknown = files.flatMap((file) =>
      [...read(file).matchAll(/BUCKETCAST_[A-Z_]+/g)]
        .map(([name]) => name)
        .filter((name) => name !== 'BUCKETCAST_CONFIG' && !known.has(name))
        .map((name) => `${file}: ${name}`),
    );
    assert.deepEqual(unknown, []);
  });

  it('gives a systemd service settings that are right, by flags that there are', async () => {
    const unit = read('bucketcast.service');
    const variables = [...unit.matchAll(/^#?Environment=(.*)$/gm)].flatMap((match) =>
      (match[1] as string).split(' ').map((pair) => pair.split('=') as [string, string]),
    );
    const settings = await loaded(Object.fromEntries(variables), settingsFile);
    assert.equal(settings.store.secretAccessKey, 'secret of s3-secret-key');
    assert.equal(settings.encryption.active, 'k1');
    const start = /^ExecStart=\S+ (.*)$/m.exec(unit)?.[1] as string;
    await assertFlags(start.split(' '));
    const patience = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]) * 1000;
    assert.ok(patience > settings.stop.timeoutMs);
  });

  it('is a unit that systemd takes', async (t) => {
    if (!installed('systemd-analyze')) return t.skip('systemd-analyze is not installed');
    const unit = join(temporaryDirectory(), 'bucketcast.service');
    // The command need not be installed here.
    await writeFile(unit, read('bucketcast.service').replace('=/usr/bin/bucketcast', '=/bin/true'));
    const { stdout, stderr } = await promisify(execFile)('systemd-analyze', ['verify', unit]);
    assert.equal(`${stdout}${stderr}`, '');
  });

  it('gives a container settings that are right, and stops it no sooner than it drains', async () => {
    const { services, secrets } = parse(read('compose.yaml')) as {
      services: {
        bucketcast: { environment: Record<string, string>; secrets: string[]; stop_grace_period: string };
      };
      secrets: object;
    };
    const { environment, stop_grace_period: grace, secrets: used } = services.bucketcast;
    assert.deepEqual(used, Object.keys(secrets));
    const image = imageVariables();
    const settings = await loaded({ ...image, ...environment }, settingsFile);
    assert.equal(settings.http.host, '0.0.0.0');
    assert.equal(settings.http.token, 'secret of http-token');
    assert.equal(settings.state, '/var/lib/bucketcast');
    assert.ok(Number.parseInt(grace, 10) * 1000 > settings.stop.timeoutMs);
  });

  it('gives a pod settings that are right, and asks for its health where there is an answer', async () => {
    const manifests = parseAllDocuments(read('kubernetes.yaml')).map(
      (document) => document.toJS() as Manifest,
    );
    const [config, , set] = manifests as [Manifest, Manifest, Manifest];
    assert.deepEqual(
      manifests.map(({ kind }) => kind),
      ['ConfigMap', 'Service', 'StatefulSet'],
    );
    const file = join(temporaryDirectory(), 'bucketcast.yaml');
    await writeFile(file, config.data['bucketcast.yaml'] as string);
    const { containers, terminationGracePeriodSeconds } = set.spec.template.spec;
    const { args, env, livenessProbe, readinessProbe } = containers[0] as Container;
    const variables = Object.fromEntries(env.map(({ name, value }) => [name, value]));
    const settings = await loaded({ ...imageVariables(), ...variables }, file);
    assert.equal(settings.http.token, 'secret of http-token');
    assert.deepEqual(settings.http.allowedHosts, ['bucketcast']);
    assert.ok(terminationGracePeriodSeconds * 1000 > settings.stop.timeoutMs);
    assert.deepEqual([livenessProbe.httpGet.path, readinessProbe.httpGet.path], ['/healthz', '/readyz']);
    await assertFlags(args);
  });

  it('builds its image from files that there are, and starts what the package starts', () => {
    const recipe = read('Dockerfile');
    const { bin, engines } = JSON.parse(readProjectFile('package.json')) as {
      bin: { bucketcast: string };
      engines: { node: string };
    };
    assert.ok(recipe.includes(`ENTRYPOINT ["node", "/app/${bin.bucketcast}"]`));
    const images = [...recipe.matchAll(/^FROM node:(\d+)/gm)].map((match) => match[1]);
    assert.deepEqual(new Set(images), new Set([engines.node.replace('>=', '')]));
    assert.match(recipe, /^USER node$/m);
  });
});

/** Settings as a node would load them, each secret file replaced by one that says which it is. */
async function loaded(environment: Environment, configFile: string) {
  const directory = temporaryDirectory();
  const entries = Object.entries(environment).filter(([name]) => name.startsWith('BUCKETCAST_'));
  for (const entry of entries) {
    if (!entry[0].endsWith('_FILE')) continue;
    const name = (entry[1] as string).split('/').at(-1) as string;
    const keys = JSON.stringify([{ id: 'k1', secret: '0'.repeat(64) }]);
    entry[1] = join(directory, name);
    await writeFile(entry[1], name.endsWith('.json') ? keys : `secret of ${name}\n`);
  }
  const sources = Object.fromEntries(entries.filter(([name]) => name !== 'BUCKETCAST_CONFIG'));
  return loadSettings({ configFile, environment: sources, hostname: 'web-1' }).settings;
}

function imageVariables(): Environment {
  const line = /^ENV (BUCKETCAST_.*)$/m.exec(read('Dockerfile'))?.[1] as string;
  return Object.fromEntries(line.split(' ').map((pair) => pair.split('=') as [string, string]));
}

/** The command exists, and takes these flags. */
async function assertFlags([name, ...words]: readonly string[]): Promise<void> {
  const { code, out } = await command([name as string, '--help']);
  assert.equal(code, 0);
  for (const flag of words.filter((word) => word.startsWith('--')))
    assert.ok(out.includes(`${flag} <`), flag);
}
