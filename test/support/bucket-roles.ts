import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import type { Settings } from '../../src/config/settings.ts';
import { readProjectFile } from '../house/project-files.ts';
import { type Ceph, credentials } from './ceph.ts';

/** The policies of `examples/policies`. */
export const roles = ['reader', 'writer', 'janitor', 'node'] as const;
export type Role = (typeof roles)[number];

export interface RoleOptions {
  readonly bucket: string;
  readonly prefix: string;
  /** Whom the roles that publish may publish for. */
  readonly server: string;
}

interface Policy {
  readonly Version: string;
  readonly Statement: readonly { readonly Resource: string | readonly string[] }[];
}

/** A policy file with its place-holders filled in, as a user of this project would do it. */
export function policyOf(role: Role | 'objects', { bucket, prefix, server }: RoleOptions): Policy {
  const text = readProjectFile(`examples/policies/${role}.json`)
    .replaceAll('BUCKET', bucket)
    .replaceAll('PREFIX/', prefix === '' ? '' : `${prefix}/`)
    .replaceAll('SERVER', server);
  return JSON.parse(text) as Policy;
}

/**
 * A user of its own for each policy, and the policies as those users' statements of the bucket's policy: what an
 * administrator without AWS's IAM would set up. Returns each user's store settings.
 */
export async function grantRoles<Name extends string>(
  ceph: Ceph,
  options: RoleOptions,
  policies: Readonly<Record<Name, Policy>>,
): Promise<Record<Name, Settings['store']>> {
  const names = Object.keys(policies) as Name[];
  const users = await Promise.all(names.map(() => makeUser(ceph)));
  const statements = names.flatMap((name, index) =>
    policies[name].Statement.map((statement) => ({
      ...statement,
      Sid: undefined,
      Principal: { AWS: [`arn:aws:iam:::user/${users[index]?.uid}`] },
    })),
  );
  const owner = new S3Client({
    endpoint: ceph.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
  });
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  try {
    await owner.send(new PutBucketPolicyCommand({ Bucket: options.bucket, Policy }));
  } finally {
    owner.destroy();
  }
  const { bucket, prefix } = options;
  const settings = names.map((name, index) => {
    const { accessKeyId, secretAccessKey } = users[index] as User;
    return [name, { ...ceph.storeSettings(bucket, { prefix }), accessKeyId, secretAccessKey }];
  });
  return Object.fromEntries(settings) as Record<Name, Settings['store']>;
}

interface User {
  readonly uid: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

async function makeUser({ directory }: Ceph): Promise<User> {
  const uid = `u${randomBytes(6).toString('hex')}`;
  const user = {
    uid,
    accessKeyId: randomBytes(10).toString('hex'),
    secretAccessKey: randomBytes(20).toString('hex'),
  };
  const keys = ['--access-key', user.accessKeyId, '--secret-key', user.secretAccessKey];
  const create = ['user', 'create', '--uid', uid, '--display-name', uid, ...keys];
  await promisify(execFile)('radosgw-admin', ['-c', join(directory, 'ceph.conf'), ...create]);
  return user;
}
