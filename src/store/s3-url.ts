import { invalidUrl } from '../base/url-error.ts';
import { isPresetName, type Preset, presetOf, presets } from './presets.ts';

/** A bucket, or the part of it below a prefix. */
export interface S3Location {
  readonly bucket: string;
  /** Empty, or ending in `/`. Stands before every key. */
  readonly prefix: string;
  /** Absent for AWS's own. */
  readonly endpoint?: string;
  /** Absent: whatever the AWS environment and profile say. */
  readonly region?: string;
  readonly pathStyle: boolean;
  readonly preset: Preset;
}

const parameters = ['preset', 'endpoint', 'region', 'account', 'pathStyle'] as const;
type Parameter = (typeof parameters)[number];

/** @throws BucketcastError `invalid-settings` with the setting, what was given and what is expected */
export function parseS3Url(url: string, path: string): S3Location {
  const fail = (expected: string, hint?: string) => invalidUrl(path, url, expected, hint);
  const match = /^s3:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/i.exec(url);
  if (match === null) throw fail('expected `s3://BUCKET[/PREFIX][?PARAMETERS]`');
  const [, bucket = '', rawPrefix = '', query = ''] = match;
  if (bucket.includes('@')) {
    const hint =
      'Give them as store.accessKeyId and store.secretAccessKey, or by the environment; a URL ends up in logs.';
    throw fail('expected no credentials in the URL', hint);
  }
  if (!/^[a-zA-Z0-9][a-zA-Z0-9._-]{1,253}[a-zA-Z0-9]$/.test(bucket)) {
    throw fail('expected a bucket name of 3 or more letters, digits, `.`, `-` or `_` behind `s3://`');
  }
  const given = parametersOf(query, fail);
  const name = given.preset ?? (given.endpoint === undefined ? 'aws' : undefined);
  if (name !== undefined && !isPresetName(name)) {
    throw fail(
      `preset: expected one of ${Object.keys(presets).join(', ')}`,
      closest(name, Object.keys(presets)),
    );
  }
  const preset = name === undefined ? unknownStore : presetOf(name);
  for (const needed of preset.required) {
    if (given[needed] === undefined && given.endpoint === undefined) {
      throw fail(
        `the preset \`${name}\` needs ${needed}`,
        `Add \`${query === '' ? '?' : '&'}${needed}=…\` to the URL.`,
      );
    }
  }
  const region = given.region ?? preset.region;
  const endpoint = given.endpoint ?? filled(preset.endpoint, { region, account: given.account });
  return {
    bucket,
    prefix: prefixOf(rawPrefix, fail),
    pathStyle: flag(given.pathStyle, fail) ?? preset.pathStyle,
    preset,
    ...(endpoint !== undefined && { endpoint: endpointOf(endpoint, fail) }),
    ...(region !== undefined && { region }),
  };
}

/** An endpoint without a preset: what most S3-compatible stores accept. */
const unknownStore: Preset = {
  required: [],
  region: 'us-east-1',
  pathStyle: true,
  locationConstraint: false,
  conditionalWrites: 'undocumented',
};

type Fail = (expected: string, hint?: string) => Error;

function parametersOf(query: string, fail: Fail): Partial<Record<Parameter, string>> {
  const given: Partial<Record<Parameter, string>> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (!(parameters as readonly string[]).includes(name)) {
      throw fail(
        `unknown parameter \`${name}\`; known are ${parameters.join(', ')}`,
        closest(name, parameters),
      );
    }
    if (value === '') throw fail(`expected a value for the parameter \`${name}\``);
    if (Object.hasOwn(given, name)) throw fail(`expected the parameter \`${name}\` once`);
    given[name as Parameter] = value;
  }
  return given;
}

/** Escapes are resolved; a key never begins with `/`, and the prefix is a folder. */
function prefixOf(raw: string, fail: Fail): string {
  let text: string;
  try {
    text = decodeURIComponent(raw);
  } catch {
    throw fail('expected a prefix with valid `%` escapes', 'Write a literal percent sign as `%25`.');
  }
  if (text === '') return '';
  if (text.startsWith('/')) throw fail('expected a prefix that does not begin with `/`');
  const prefix = text.endsWith('/') ? text : `${text}/`;
  // Leaves room for our own keys within S3's 1,024 bytes.
  if (Buffer.byteLength(prefix) > 512) throw fail('expected a prefix of at most 512 bytes');
  return prefix;
}

function endpointOf(text: string, fail: Fail): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw fail(
      'endpoint: expected an `https://` or `http://` URL',
      URL.canParse(`https://${text}`) ? `Try \`endpoint=https://${text}\`.` : undefined,
    );
  }
  if (url.username !== '' || url.password !== '') throw fail('endpoint: expected no credentials in it');
  if (url.search !== '' || url.hash !== '') throw fail('endpoint: expected no query and no fragment');
  return url.href.replace(/\/$/, '');
}

function filled(
  template: string | undefined,
  values: { region: string | undefined; account: string | undefined },
) {
  return template?.replace('{region}', values.region ?? '').replace('{account}', values.account ?? '');
}

function flag(value: string | undefined, fail: Fail): boolean | undefined {
  if (value === undefined || value === 'true' || value === 'false')
    return value === undefined ? undefined : value === 'true';
  throw fail(`pathStyle: expected \`true\` or \`false\``);
}

/** A suggestion for a slip: the same letters in another case, or one name that begins like it. */
function closest(given: string, known: readonly string[]): string | undefined {
  const start = given.toLowerCase().slice(0, 3);
  const match =
    known.find((name) => name.toLowerCase() === given.toLowerCase()) ??
    known.find((name) => name.toLowerCase().startsWith(start));
  return match === undefined ? undefined : `Did you mean \`${match}\`?`;
}
