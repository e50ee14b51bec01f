import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { PoisonError } from '../../src/base/errors.ts';
import { type BucketcastNode, createNode } from '../../src/node.ts';
import { expressions } from '../metrics/expressions.ts';
import { alertRules, alertsFile } from '../metrics/metrics-reference.ts';
import {
  missingPrometheus,
  Prometheus,
  prometheusInstalled,
  promtool,
  waitFor,
} from '../support/prometheus.ts';
import { skipUnless } from '../support/required-servers.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { type StoreSettings, testOnBoth } from './stores.ts';

const exampleFile = new URL('../../examples/prometheus/prometheus.yml', import.meta.url);
const alertTestsFile = new URL('../../metrics/alerts.test.yaml', import.meta.url);
const token = 'a token of a test, 32 characters';
const timeout = 30_000;

interface ScrapeConfig {
  job_name: string;
  authorization?: { credentials_file: string };
  static_configs: { targets: string[] }[];
}

function skipped(t: TestContext): boolean {
  const missing = skipUnless(prometheusInstalled(), missingPrometheus);
  if (missing) t.skip(missing.skip);
  return missing !== undefined;
}

/** The example with its rules and a token in the places that it names, as an operator would have them. */
function exampleTree(): string {
  const directory = temporaryDirectory();
  const place = (path: string, text: string) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
    return join(directory, path);
  };
  place('metrics/alerts.yaml', readFileSync(alertsFile, 'utf8'));
  place('examples/prometheus/token', `${token}\n`);
  return place('examples/prometheus/prometheus.yml', readFileSync(exampleFile, 'utf8'));
}

/** The same, with other targets, looking every second. */
function aimed(configFile: string, targets: Readonly<Record<string, string>>): string {
  const config = parse(readFileSync(configFile, 'utf8')) as { scrape_configs: ScrapeConfig[] };
  for (const scrape of config.scrape_configs) {
    scrape.static_configs = [{ targets: [targets[scrape.job_name] as string] }];
  }
  const stranger = {
    job_name: 'bucketcast-stranger',
    static_configs: [{ targets: [targets['bucketcast'] as string] }],
  };
  const global = { scrape_interval: '1s', evaluation_interval: '1s' };
  const scrape_configs = [...config.scrape_configs, stranger];
  writeFileSync(configFile, stringify({ ...config, global, scrape_configs }));
  return configFile;
}

test('the scrape example and the alert rules are what Prometheus takes', { timeout }, (t) => {
  if (skipped(t)) return;
  const checked = promtool(['check', 'config', exampleTree()]);
  assert.equal(checked.code, 0, checked.output);
  assert.match(checked.output, new RegExp(`${alertRules().length} rules found`));
});

test('each alert fires when it must, and a healthy node gives none', { timeout }, (t) => {
  if (skipped(t)) return;
  const tests = readFileSync(alertTestsFile, 'utf8');
  for (const { alert } of alertRules()) assert.ok(tests.includes(`alertname="${alert}"`), alert);
  const checked = promtool(['test', 'rules', fileURLToPath(alertTestsFile)]);
  assert.equal(checked.code, 0, checked.output);
});

testOnBoth('a real Prometheus scrapes nodes, and answers what dashboard and alerts ask', async (t, store) => {
  if (skipped(t)) return;
  const [guarded, local] = await Promise.all([
    startNode(t, 'guarded', store, { host: '0.0.0.0', token }),
    startNode(t, 'local', store, {}),
  ]);
  const targets = { bucketcast: addressOf(guarded), 'bucketcast-local': addressOf(local) };
  const prometheus = await Prometheus.start(aimed(exampleTree(), targets));
  t.after(() => prometheus.stop());
  const received: string[] = [];
  await local.subscribe({ name: 'mail', maxBatch: 1 }, ([update]) => {
    if (update?.url === 'u3') throw new PoisonError('not this one');
    received.push(update?.url as string);
  });
  const urls = [1, 2, 3, 4, 5, 6, 7].map((at) => `u${at}`);
  await Promise.all(urls.map((url) => guarded.publish({ url }, { visible: true })));
  await local.idle();
  assert.equal(received.length, 6);

  for (const node of [guarded, local]) {
    assert.deepEqual(promtool(['check', 'metrics'], await node.metrics()), { code: 0, output: '' });
  }

  await prometheus.expect('up{job="bucketcast"}', 1);
  await prometheus.expect('up{job="bucketcast-local"}', 1);
  await prometheus.expect('up{job="bucketcast-stranger"}', 0);

  const published = 'bucketcast_updates_total{job="bucketcast",direction="published",result="ok"}';
  await prometheus.expect(published, 7);
  const delivered = 'bucketcast_updates_total{job="bucketcast-local",direction="delivered",result="ok"}';
  await prometheus.expect(delivered, 6);
  await prometheus.expect('bucketcast_publish_duration_seconds_count{job="bucketcast",durable="bucket"}', 7);
  await prometheus.expect('bucketcast_dead_letters_kept{job="bucketcast-local"}', 1);
  await prometheus.expect('bucketcast_subscription_lag_updates{subscription="mail"}', 0);
  await prometheus.expect('bucketcast_node_phase{job="bucketcast",phase="running"}', 1);
  await prometheus.expect('count(bucketcast_build_info{version!=""})', 2);
  const { dollars, byOperation } = guarded.snapshot().requests;
  assert.ok((dollars as number) >= (byOperation.put * 5) / 1e6);

  for (const { where, expr } of expressions()) {
    await assert.doesNotReject(prometheus.query(expr), where);
  }
  await waitFor(
    async () => (await prometheus.alerts()).includes('BucketcastDeadLetters'),
    'the alert of the dead letter',
  );
  const rules = await prometheus.rules();
  assert.deepEqual(
    rules.filter(({ health }) => health === 'err'),
    [],
  );
  assert.equal(rules.length, alertRules().length);

  await local.stop();
  await prometheus.expect('up{job="bucketcast-local"}', 0);
});

async function startNode(
  t: TestContext,
  server: string,
  store: StoreSettings,
  http: object,
): Promise<BucketcastNode> {
  const node = createNode({
    server,
    state: join(temporaryDirectory(), server),
    store,
    prices: { list: 'aws' },
    poll: { minMs: 20, maxMs: 200 },
    pool: { threads: 1 },
    http: { ...http, port: 0 },
  });
  t.after(() => node.stop());
  await node.start({ http: true });
  return node;
}

function addressOf(node: BucketcastNode): string {
  const { port } = new URL(node.snapshot().http?.url as string);
  return `127.0.0.1:${port}`;
}
