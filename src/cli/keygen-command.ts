import { chmodSync, closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type Clock, systemClock } from '../base/clock.ts';
import { type Random, randomHex, systemRandom } from '../base/random.ts';
import type { RunCommand } from './command.ts';
import { type ExitCode, exitCode, UsageError } from './exit-code.ts';
import type { Session } from './session.ts';

interface KeygenOptions {
  readonly id?: string;
  readonly out?: string;
  readonly json?: boolean;
}

const idPattern = /^[a-z0-9]{1,16}$/;
const secretBytes = 32;

const examples = `
Prints settings to paste, with the secret in them; with --out the secret goes into a file that only you can read, and the
settings name that file. Reads no settings, and asks no store.

Examples:
  bucketcast keygen --out /etc/bucketcast/fleet-key-2
  bucketcast keygen --id k2027 >> bucketcast.yaml
  bucketcast keygen --json
`;

export function addKeygenCommand(program: Command, run: RunCommand): void {
  program
    .command('keygen')
    .description('make an encryption key for the fleet: an id and 32 random bytes')
    .option('--id <id>', 'its name, 1 to 16 of a-z and 0-9 (default: the day, and four random digits)')
    .option('--out <file>', 'write the secret to this new file, readable by its owner only')
    .option('--json', 'one JSON object')
    .addHelpText('after', examples)
    .action(run(keygen));
}

async function keygen(
  session: Session,
  { id = newId(), out, json = false }: KeygenOptions,
): Promise<ExitCode> {
  if (!idPattern.test(id))
    throw new UsageError(`--id: expected 1 to 16 of a-z and 0-9, got ${JSON.stringify(id)}`);
  const secret = randomHex(systemRandom, secretBytes);
  if (out !== undefined) writeSecretFile(out, secret);
  const key = out === undefined ? { id, secret } : { id, secretFile: resolve(out) };
  await (json ? session.output.json(key) : session.output.write(settingsText(key)));
  session.errors.write(nextSteps(id));
  return exitCode.done;
}

/** `k20261123-f00d` without the dash: it says when, and two of one day differ. */
function newId(clock: Pick<Clock, 'now'> = systemClock, random: Random = systemRandom): string {
  const day = new Date(clock.now()).toISOString().slice(0, 10).replaceAll('-', '');
  return `k${day}${randomHex(random, 2)}`;
}

/** A string in JSON is one in YAML, too: an id of digits stays a name, and a path may hold anything. */
function settingsText(key: object): string {
  const fields = Object.entries(key).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return `encryption:\n  keys:\n    - { ${fields.join(', ')} }\n`;
}

/** On disk when it returns, whatever becomes of the machine. Throws `UsageError` when there is anything of that name. */
function writeSecretFile(path: string, secret: string): void {
  const file = create(path);
  try {
    // Whatever the umask is.
    chmodSync(path, 0o600);
    writeSync(file, `${secret}\n`);
    fsyncSync(file);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

function create(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST')
      throw new UsageError(
        `--out: ${path} is there already, and a key is never overwritten; name another file`,
      );
    throw new UsageError(`--out: the file could not be made (${message})`);
  }
}

function nextSteps(id: string): string {
  return `
Keep a copy where you keep secrets: without the key, what it seals cannot be read.
While the nodes run, and each time on all of them before the next step:
  1. add it to encryption.keys beside the keys that are there, and send SIGHUP (systemctl reload)
  2. set encryption.active: ${id}, and send SIGHUP
  3. for a key that it replaces: take that out of encryption.keys when \`bucketcast status\` no longer
     names it and retention.maxAgeMs has passed
With the first key of a fleet: set encryption.required once retention has taken what is in the clear.
`;
}
