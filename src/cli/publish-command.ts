import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import type { JsonValue, NewUpdate } from '../base/update.ts';
import { formatQuantity } from '../config/quantity.ts';
import { MINUTE } from '../config/units.ts';
import type { Published, Spooled } from '../publish/published.ts';
import { parseJson } from '../sources/update-line.ts';
import type { RunCommand } from './command.ts';
import { type ExitCode, exitCode, UsageError } from './exit-code.ts';
import { openPublisher } from './open-publisher.ts';
import { publishLines } from './publish-lines.ts';
import type { Session } from './session.ts';
import { addSettingsOptions, type SettingsOptions, settingsFor } from './settings-options.ts';
import { timeOption } from './time-option.ts';

export interface PublishOptions extends SettingsOptions {
  readonly content?: string;
  readonly contentJson?: string;
  readonly data?: string;
  readonly delete?: boolean;
  readonly ndjson?: string;
  readonly timeout: number;
  readonly json?: boolean;
}

const examples = `
Content is published byte for byte as the file holds it; --content-json publishes a JSON value instead.
Lines of --ndjson are {"url", "content", "data", "kind"}; "encoding": "base64" says that the content is bytes.
What \`bucketcast tail\` prints can be published as it is.
Where a node of this server runs, it does the publishing; with its spool on, updates are taken also while the store is away.

Examples:
  bucketcast publish https://example.com/feed.xml --content feed.xml --data '{"status":"ok"}'
  curl -s https://example.com/feed.xml | bucketcast publish https://example.com/feed.xml --content -
  bucketcast publish https://example.com/gone.xml --delete
  bucketcast publish --ndjson updates.ndjson
`;

export function addPublishCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('publish')
    .description(
      'publish one update, or one for each line of a file; done once they are durable in the bucket',
    )
    .argument('[url]', 'what changed')
    .option('--content <file>', 'file with the content, - for standard input')
    .option('--content-json <file>', 'file with the content as JSON, - for standard input')
    .option('--data <json>', 'metadata, any JSON value')
    .option('--delete', 'publish that the URL is gone')
    .option('--ndjson <file>', 'publish the updates in this file, - for standard input')
    .addOption(
      new Option('--timeout <time>', 'how long the store may take')
        .argParser(timeOption)
        .default(MINUTE, formatQuantity(MINUTE, 'ms')),
    )
    .option('--json', 'print what was published as JSON, one object a line')
    .addHelpText('after', examples);
  addSettingsOptions(command).action(run(publish));
}

async function publish(
  session: Session,
  url: string | undefined,
  options: PublishOptions,
): Promise<ExitCode> {
  checkCombination(url, options);
  const { settings } = settingsFor(options, session);
  if (url === undefined) {
    const input = await openInput(options.ndjson as string, session);
    return publishLines(input, {
      settings,
      session,
      timeoutMs: options.timeout,
      json: options.json === true,
    });
  }
  const update = await updateOf(url, options, session);
  await using publisher = await openPublisher(settings, session, options.timeout);
  const published = await publisher.publish(update);
  if (options.json) await session.output.json({ url, ...published });
  else await session.output.write(`published ${url}\n  ${placeText(published)}\n`);
  return exitCode.done;
}

function placeText(published: Published | Spooled): string {
  const { id } = published;
  if (published.durable === 'spool')
    return `kept in the spool of the node as ${id}; it goes to the bucket from there`;
  const { sequence, lane, writer } = published;
  return `durable in the bucket as ${id} (segment ${sequence}, lane ${lane}, ${writer})`;
}

function checkCombination(
  url: string | undefined,
  { ndjson, content, contentJson, data, delete: gone }: PublishOptions,
): void {
  if ((url === undefined) === (ndjson === undefined))
    throw new UsageError('publish takes either a URL or --ndjson');
  if (url === '') throw new UsageError('the URL is empty');
  const contents = [content, contentJson].filter((source) => source !== undefined).length;
  if (ndjson !== undefined && (contents > 0 || data !== undefined || gone)) {
    throw new UsageError('with --ndjson, content and data stand in the lines');
  }
  if (contents > 1) throw new UsageError('publish takes either --content or --content-json');
  if (gone && contents > 0) throw new UsageError('a --delete has no content');
}

async function updateOf(url: string, options: PublishOptions, session: Session): Promise<NewUpdate> {
  const { content, contentJson, data } = options;
  return {
    url,
    ...(data !== undefined && { data: jsonArgument(data, '--data') }),
    ...(content !== undefined && { content: await readInput(content, session) }),
    ...(contentJson !== undefined && {
      content: jsonArgument((await readInput(contentJson, session)).toString('utf8'), '--content-json'),
    }),
    ...(options.delete && { kind: 'delete' as const }),
  };
}

function jsonArgument(text: string, flag: string): JsonValue {
  try {
    return parseJson(text, `${flag}: this is no JSON`);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function readInput(file: string, session: Session): Promise<Buffer> {
  return file === '-' ? buffer(session.input) : readFile(file).catch(unreadable(file));
}

/** Opened before anything is published, so that a wrong name is a usage error. */
async function openInput(file: string, session: Session): Promise<Readable> {
  if (file === '-') return session.input;
  const stream = createReadStream(file);
  await once(stream, 'readable').catch(unreadable(file));
  return stream;
}

function unreadable(file: string): (error: Error) => never {
  return (error) => {
    throw new UsageError(`the file ${file} could not be read (${error.message})`);
  };
}
