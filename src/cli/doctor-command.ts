import type { Command } from 'commander';
import { systemClock } from '../base/clock.ts';
import { isBucketcastError } from '../base/errors.ts';
import { randomHex, systemRandom } from '../base/random.ts';
import { probesPrefix } from '../log/keys.ts';
import { isBucketAdmin } from '../store/bucket-admin.ts';
import { DirectoryStore } from '../store/directory-store.ts';
import { listAll } from '../store/list-all.ts';
import { openStore } from '../store/open-store.ts';
import type { RunCommand } from './command.ts';
import {
  asFailure,
  type Check,
  clockCheck,
  conditionsCheck,
  type Finding,
  latencyCheck,
  listingCheck,
  type Probe,
  rightsCheck,
  versioningCheck,
} from './doctor-checks.ts';
import { checkObjects, usesObjects } from './doctor-objects.ts';
import { type ExitCode, exitCode, exitCodeOf } from './exit-code.ts';
import type { Session } from './session.ts';
import { addSettingsOptions, type SettingsOptions, settingsFor } from './settings-options.ts';

interface DoctorOptions extends SettingsOptions {
  readonly createBucket?: boolean;
  readonly json?: boolean;
}

const checks: readonly (readonly [name: string, check: Check])[] = [
  ['rights', rightsCheck],
  ['conditional writes', conditionsCheck],
  ['listing', listingCheck],
  ['clock', clockCheck],
  ['versioning', versioningCheck],
  ['latency', latencyCheck],
];

export function addDoctorCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('doctor')
    .description('try the store out, and say what to do about whatever is wrong; leaves nothing behind')
    .option('--create-bucket', 'create the bucket (or the directory) if it is missing')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      '\nExamples:\n  bucketcast doctor --store "s3://updates?endpoint=https://s3.example.org&region=eu-1"\n' +
        '  bucketcast doctor --create-bucket\n',
    );
  addSettingsOptions(command, ['store']).action(run(doctor));
}

async function doctor(session: Session, options: DoctorOptions): Promise<ExitCode> {
  const { settings } = settingsFor(options, session);
  const store = await openStore(settings.store);
  try {
    const probe: Probe = {
      store,
      clock: systemClock,
      id: randomHex(systemRandom, 16),
      signal: session.signal,
    };
    const report = new Report(session, options.json === true);
    const reached = await reach(probe, options.createBucket === true);
    await report.tell(`reach ${store.description}`, reached.finding);
    if (reached.code !== exitCode.done) return reached.code;
    try {
      for (const [name, check] of checks) {
        await report.tell(name, await check(probe).catch((error: unknown) => asFailure(error)));
      }
      if (usesObjects(settings)) await report.tell('objects layout', await checkObjects(settings, probe));
    } finally {
      await clean(probe);
    }
    return report.failed ? exitCode.failed : exitCode.done;
  } finally {
    await store.close();
  }
}

/** Whether the bucket is there and answers. Nothing but `--create-bucket` makes one. */
async function reach(
  { store, id, signal }: Probe,
  create: boolean,
): Promise<{ finding: Finding; code: ExitCode }> {
  const ask = () => store.list(probesPrefix(id), { limit: 1, signal });
  try {
    if (!create && store instanceof DirectoryStore && !(await store.exists()))
      return { finding: missingDirectory, code: exitCode.failed };
    await ask();
    return { finding: { result: 'ok', message: 'it answers' }, code: exitCode.done };
  } catch (error) {
    if (create && isMissingBucket(error) && isBucketAdmin(store)) {
      await store.createBucket({ signal });
      await ask();
      return {
        finding: { result: 'ok', message: 'the bucket was missing and is created' },
        code: exitCode.done,
      };
    }
    return { finding: asFailure(error), code: exitCodeOf(error) };
  }
}

/** Where a file system is not mounted, a directory made by a probe would be taken for the store. */
const missingDirectory: Finding = {
  result: 'failed',
  message: 'there is no such directory',
  advice:
    'Is it mounted? A new one is made by the first update published, or by `bucketcast doctor --create-bucket`.',
};

function isMissingBucket(error: unknown): boolean {
  return isBucketcastError(error, 'store-refused') && error.details['s3Code'] === 'NoSuchBucket';
}

/** A stopped doctor cleans up too, so this does not take the session's signal. */
async function clean({ store, id }: Probe): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of listAll(store, probesPrefix(id))) keys.push(key);
  await store.deleteMany(keys);
}

/** Prints each finding as soon as there is one: a check of a slow store takes its time. */
class Report {
  failed = false;
  readonly #session: Session;
  readonly #json: boolean;

  constructor(session: Session, json: boolean) {
    this.#session = session;
    this.#json = json;
  }

  async tell(check: string, finding: Finding): Promise<void> {
    if (finding.result === 'failed') this.failed = true;
    const { output } = this.#session;
    if (this.#json) return output.json({ check, ...finding });
    const advice =
      finding.advice === undefined || finding.result === 'ok' ? '' : `${' '.repeat(10)}${finding.advice}\n`;
    await output.write(`${finding.result.padEnd(8)}  ${check}: ${finding.message}\n${advice}`);
  }
}
