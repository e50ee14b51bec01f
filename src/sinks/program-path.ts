import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve, sep } from 'node:path';
import { BucketcastError } from '../base/errors.ts';
import type { SinkOf } from '../config/sink-settings.ts';
import type { CommandEnvironment } from './command-environment.ts';

type CommandPlace = Pick<SinkOf<'command'>, 'command' | 'directory'>;

/** Throws `invalid-settings` when the program, or the directory that it is to work in, is not there. */
export function checkProgram(
  subscription: string,
  settings: CommandPlace,
  environment: CommandEnvironment,
): void {
  const fault = programFault(settings, environment);
  if (fault === undefined) return;
  const { setting, reason, hint } = fault;
  throw new BucketcastError('invalid-settings', `subscriptions.${subscription}.sink.${setting}: ${reason}`, {
    hint,
  });
}

export interface ProgramFault {
  readonly setting: 'command' | 'directory';
  readonly reason: string;
  readonly hint: string;
}

/** Why the program could not be started just now; a name without a slash is looked for on the PATH that it would get. */
export function programFault(
  { command, directory = '.' }: CommandPlace,
  environment: CommandEnvironment,
): ProgramFault | undefined {
  if (!isDirectory(directory)) {
    const hint = 'Make the directory, or name another one.';
    return { setting: 'directory', reason: `${JSON.stringify(directory)} is not a directory`, hint };
  }
  const [program = ''] = command;
  const places = program.includes(sep)
    ? [resolve(directory, program)]
    : (environment['PATH'] ?? '').split(delimiter).map((folder) => join(folder, program));
  if (program !== '' && places.some(isProgram)) return undefined;
  const where = program.includes(sep) ? '' : ' on the PATH of the node';
  return {
    setting: 'command',
    reason: `${JSON.stringify(program)} is no program that this user can run${where}`,
    hint: 'Install it, or write its whole path. No shell is involved: for one write ["sh", "-c", "…"].',
  };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
