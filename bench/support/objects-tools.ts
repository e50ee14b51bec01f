import { readdir, rm } from 'node:fs/promises';
import type { PlainObjectsPlan } from '../contenders/objects-plan.ts';
import { type Contender, commandContender } from './contender.ts';

export interface ToolsPlan extends PlainObjectsPlan {
  readonly objects: number;
  /** A new empty directory for each run. */
  readonly fresh: () => Promise<string>;
}

/** rclone copies all objects into a directory. */
export function rcloneContender(name: string, plan: ToolsPlan): Contender {
  const { endpoint, bucket, prefix, objects, fresh } = plan;
  return commandContender({ name, peer: true, count: objects }, async () => {
    const target = await fresh();
    const flags = ['--transfers', '32', '--checkers', '32', '--config', '/dev/null'];
    return {
      command: ['rclone', 'copy', `:s3:${bucket}/${prefix}`, target, ...flags],
      env: {
        // Whatever authorities the machine names for AWS, rclone does not start with them.
        AWS_CA_BUNDLE: '',
        RCLONE_S3_PROVIDER: 'Ceph',
        RCLONE_S3_ENDPOINT: endpoint,
        RCLONE_S3_ACCESS_KEY_ID: plan.accessKeyId,
        RCLONE_S3_SECRET_ACCESS_KEY: plan.secretAccessKey,
      },
      verify: () => countAndRemove(target),
    };
  });
}

/** The AWS command line copies all objects into a directory. */
export function awsContender(name: string, plan: ToolsPlan): Contender {
  const { endpoint, bucket, prefix, objects, fresh } = plan;
  return commandContender({ name, peer: true, count: objects }, async () => {
    const target = await fresh();
    const flags = ['--endpoint-url', endpoint, '--region', 'us-east-1', '--only-show-errors'];
    return {
      command: ['aws', 's3', 'sync', `s3://${bucket}/${prefix}`, target, ...flags],
      env: {
        AWS_ACCESS_KEY_ID: plan.accessKeyId,
        AWS_SECRET_ACCESS_KEY: plan.secretAccessKey,
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      },
      verify: () => countAndRemove(target),
    };
  });
}

async function countAndRemove(directory: string): Promise<number> {
  const found = await readdir(directory, { recursive: true });
  await rm(directory, { recursive: true });
  return found.filter((name) => name.endsWith('.json')).length;
}
