import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultSettings, type Settings } from '../../src/config/settings.ts';
import { credentials } from '../../test/support/ceph.ts';
import type { BenchContext } from './bench-context.ts';
import { type Contender, nodeContender, processContender } from './contender.ts';
import type { Column } from './measurement.ts';
import { python } from './missing-peers.ts';
import { awsContender, rcloneContender } from './objects-tools.ts';

export interface ObjectsPlace {
  readonly endpoint: string;
  readonly bucket: string;
  /** What our settings call that. */
  readonly store: Settings['store'];
  readonly objects: number;
  /** How many the one that goes one by one has time for. */
  readonly oneByOne: number;
}

/** The names that ratios refer to. */
export const rclone = 'rclone, 32 transfers';
export const rawClient = 'raw signed client';

/** Everybody who reads all objects of a bucket; peers as far as they are installed. */
export async function objectsContenders(
  context: Pick<BenchContext, 'has' | 'directory'>,
  { endpoint, bucket, store, objects, oneByOne }: ObjectsPlace,
): Promise<Contender[]> {
  const directory = await context.directory();
  const fresh = () => mkdtemp(join(directory, 'run-'));
  const { prefix } = defaultSettings.objects;
  const plain = { endpoint, bucket, prefix, ...credentials };
  const tools = { ...plain, objects, fresh };
  const all = { count: objects };
  const some = Math.min(oneByOne, objects);
  const one = `libcloud, one by one${some < objects ? `, ${some} of them` : ''}`;
  const peer = (needs: readonly string[], contender: Contender) => (context.has(...needs) ? [contender] : []);
  const ours = (name: string, isRunning: boolean) =>
    nodeContender({ name, ...all }, file('objects-bucketcast.ts'), async () => ({
      store,
      objects,
      state: await fresh(),
      isRunning,
    }));
  return [
    ours('bucketcast', true),
    ours('bucketcast, started first', false),
    nodeContender({ name: rawClient, ...all }, file('objects-raw.ts'), { store, objects }),
    ...peer(
      [],
      nodeContender({ name: 'AWS SDK in Node', peer: true, ...all }, file('objects-sdk.ts'), plain),
    ),
    ...peer(['rclone'], rcloneContender(rclone, tools)),
    ...peer(
      ['python:boto3'],
      pythonContender({ name: 'boto3, 32 threads', ...all }, 'objects-boto3.py', plain),
    ),
    ...peer(
      ['python:libcloud'],
      pythonContender({ name: one, count: some }, 'objects-libcloud.py', { ...plain, limit: some }),
    ),
    ...peer(['aws'], awsContender('aws s3 sync', tools)),
  ];
}

/** CPU of whole processes, start-up included, since rclone and aws cannot be measured otherwise. */
export const wholeCpu: Column = {
  title: 'CPU ms/object',
  of: ({ extra, cpuSeconds = Number.NaN, count }) =>
    ((extra?.['wholeCpuSeconds'] ?? cpuSeconds) * 1000) / count,
  digits: 2,
  ratio: true,
};

function pythonContender(facts: Pick<Contender, 'name' | 'count'>, script: string, plan: object): Contender {
  return processContender({ ...facts, peer: true }, [python, file(script).pathname], plan);
}

function file(name: string): URL {
  return new URL(`../contenders/${name}`, import.meta.url);
}
