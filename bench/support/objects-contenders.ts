import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultSettings, type Settings } from '../../src/config/settings.ts';
import { credentials } from '../../test/support/ceph.ts';
import type { ObjectsPlan, PlainObjectsPlan } from '../contenders/objects-plan.ts';
import type { BenchContext } from './bench-context.ts';
import { type Contender, commandContender, nodeContender, processContender } from './contender.ts';
import type { Column } from './measurement.ts';
import { python } from './missing-peers.ts';

export interface ObjectsPlace {
  readonly endpoint: string;
  readonly bucket: string;
  /** What our settings call that. */
  readonly store: Settings['store'];
  readonly objects: number;
  /** How many the one that goes one by one has time for. */
  readonly oneByOne: number;
}

const prefix = defaultSettings.objects.prefix;

/** Everybody who reads all objects of a bucket; peers as far as they are installed. */
export async function objectsContenders(
  context: Pick<BenchContext, 'has' | 'directory'>,
  place: ObjectsPlace,
): Promise<Contender[]> {
  const { endpoint, bucket, store, objects, oneByOne } = place;
  const plan = { store, objects } satisfies ObjectsPlan;
  const plain = { endpoint, bucket, prefix, ...credentials } satisfies PlainObjectsPlan;
  const directory = await context.directory();
  const fresh = () => mkdtemp(join(directory, 'run-'));
  const contender = (name: string) => new URL(`../contenders/${name}`, import.meta.url);
  const part = oneByOne < objects ? `, ${oneByOne} of them` : '';
  const all = { count: objects };
  return [
    nodeContender({ name: 'bucketcast', ...all }, contender('objects-bucketcast.ts'), async () => ({
      ...plan,
      state: await fresh(),
    })),
    nodeContender({ name: 'raw signed client', ...all }, contender('objects-raw.ts'), plan),
    nodeContender({ name: 'AWS SDK in Node', ...all }, contender('objects-sdk.ts'), plain),
    ...(context.has('rclone')
      ? [
          commandContender({ name: 'rclone, 32 transfers', peer: true, ...all }, async () => {
            const target = await fresh();
            const flags = ['--transfers', '32', '--checkers', '32', '--config', '/dev/null'];
            return {
              command: ['rclone', 'copy', `:s3:${bucket}/${prefix}`, target, ...flags],
              env: {
                // Whatever authorities the machine names for AWS, rclone does not start with them.
                AWS_CA_BUNDLE: '',
                RCLONE_S3_PROVIDER: 'Ceph',
                RCLONE_S3_ENDPOINT: endpoint,
                RCLONE_S3_ACCESS_KEY_ID: credentials.accessKeyId,
                RCLONE_S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
              },
              verify: () => countAndRemove(target),
            };
          }),
        ]
      : []),
    ...(context.has('python:boto3')
      ? [
          processContender(
            { name: 'boto3, 32 threads', peer: true, ...all },
            [python, contender('objects-boto3.py').pathname],
            plain,
          ),
        ]
      : []),
    ...(context.has('python:libcloud')
      ? [
          processContender(
            { name: `libcloud, one by one${part}`, peer: true, count: Math.min(oneByOne, objects) },
            [python, contender('objects-libcloud.py').pathname],
            { ...plain, limit: oneByOne },
          ),
        ]
      : []),
    ...(context.has('aws')
      ? [
          commandContender({ name: 'aws s3 sync', peer: true, ...all }, async () => {
            const target = await fresh();
            const place = ['--endpoint-url', endpoint, '--region', 'us-east-1', '--only-show-errors'];
            return {
              command: ['aws', 's3', 'sync', `s3://${bucket}/${prefix}`, target, ...place],
              env: {
                AWS_ACCESS_KEY_ID: credentials.accessKeyId,
                AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
                AWS_CONFIG_FILE: '/dev/null',
                AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
              },
              verify: () => countAndRemove(target),
            };
          }),
        ]
      : []),
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

async function countAndRemove(directory: string): Promise<number> {
  const found = await readdir(directory, { recursive: true });
  await rm(directory, { recursive: true });
  return found.filter((name) => name.endsWith('.json')).length;
}
