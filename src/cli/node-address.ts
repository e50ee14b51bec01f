import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { BucketcastError } from '../base/errors.ts';
import type { CompleteSettings } from '../config/load-settings.ts';
import { readNodeFile } from '../state/node-file.ts';
import { isNodeLockHeld } from '../state/node-lock.ts';
import { UsageError } from './exit-code.ts';
import type { NodeAddress } from './node-client.ts';
import { addSettingsOptions, type SettingsOptions } from './settings-options.ts';

/** Flags of commands that ask a running node. */
export interface NodeOptions extends SettingsOptions {
  readonly url?: string;
  readonly tokenFile?: string;
}

export function addNodeOptions(command: Command): Command {
  command
    .option('--url <url>', 'ask the node that listens there, instead of the one of this state directory')
    .option('--token-file <file>', 'with --url: file that holds its token (its http.token)');
  return addSettingsOptions(command, ['server', 'state']);
}

/** The node asked for. Throws `state-unusable` when none runs for the state directory. */
export function nodeAddress(options: NodeOptions, settings: CompleteSettings): NodeAddress {
  const { url, tokenFile } = options;
  if (url !== undefined)
    return {
      url: checkedUrl(url),
      tokens: tokenFile === undefined ? [] : [tokenIn(tokenFile)],
      description: 'as --url says',
    };
  if (tokenFile !== undefined) throw new UsageError('--token-file goes with --url');
  const address = localNode(settings);
  if (address) return address;
  throw noNodeError(settings);
}

/** The node of this state directory, where one runs and serves HTTP. */
export function localNode(settings: CompleteSettings): NodeAddress | undefined {
  const file = readNodeFile(settings.state);
  if (file === undefined) return undefined;
  const { token } = settings.http;
  return {
    url: file.url,
    tokens: [file.token, ...(token === undefined ? [] : [token])],
    description: `process ${file.pid}, of ${settings.state}`,
  };
}

function noNodeError({ state, server }: CompleteSettings): BucketcastError {
  if (isNodeLockHeld(state))
    return new BucketcastError(
      'state-unusable',
      `the node of ${state} serves no HTTP, so it cannot be asked`,
      {
        hint: 'Set `http.enabled: true` in its settings and restart it. Is it an older version, or just starting?',
      },
    );
  return new BucketcastError('state-unusable', `no node runs for the state directory ${state}`, {
    hint: `Start one: bucketcast node --state ${state}. Or name another: --server (here: ${server}), --state, --config, --url.`,
    details: { path: state },
  });
}

function checkedUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new UsageError(`--url: expected a URL such as http://127.0.0.1:7480, got ${JSON.stringify(text)}`);
  if (url.username !== '' || url.password !== '')
    throw new UsageError('--url: no secrets in URLs; --token-file names a file that holds the token');
  return url.href;
}

function tokenIn(path: string): string {
  let token: string;
  try {
    token = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new UsageError(`--token-file: ${path} could not be read (${(error as Error).message})`);
  }
  if (token === '') throw new UsageError(`--token-file: ${path} is empty`);
  return token;
}
