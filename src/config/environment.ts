import { type Layer, layerOf } from './layer.ts';
import type { Origin } from './origin.ts';
import { readSecretFile } from './secret-file.ts';
import { allSettings, canComeFromFile, type Setting, type SettingNode } from './setting-tree.ts';
import type { SettingProblem } from './settings-errors.ts';
import { nearest } from './suggest.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Names the settings file; not a setting itself. */
export const configVariable = 'BUCKETCAST_CONFIG';

/**
 * What the `BUCKETCAST_*` variables say. An empty one says nothing, as in a compose file's `NAME=${NAME}`. Numbers and
 * `true`/`false` are read as such; lists and tables are JSON; `…_FILE` names a file that holds a secret's value.
 */
export function environmentLayer(environment: Environment): Layer {
  const layers = Object.entries(environment)
    .filter(([name, text]) => name.startsWith(prefix) && text !== undefined && text !== '')
    .filter(([name]) => name !== configVariable && !isServiceLink(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => variableLayer(name, text as string, environment));
  return {
    assignments: layers.flatMap(({ assignments }) => assignments),
    places: layers.flatMap(({ places }) => places),
    problems: layers.flatMap(({ problems }) => problems),
  };
}

function variableLayer(name: string, text: string, environment: Environment): Layer {
  const origin: Origin = { type: 'environment', variable: name };
  const setting = byVariable.get(name);
  if (setting) return valueLayer(setting, text, origin);
  const named = name.endsWith('_FILE') ? byVariable.get(name.slice(0, -'_FILE'.length)) : undefined;
  if (!named || !canComeFromFile(deepest(named.node))) return unknownVariable(name, origin);
  if (environment[named.variable]) {
    return troubled({
      path: named.path,
      message: `expected either ${named.variable} or ${name}, got both`,
      origin,
    });
  }
  try {
    return valueLayer(named, readSecretFile(text), { type: 'secret-file', path: text, namedBy: origin });
  } catch (error) {
    return troubled({
      path: named.path,
      message: `the file ${text} could not be read (${(error as Error).message})`,
      origin,
    });
  }
}

function valueLayer({ path, node }: Setting, text: string, origin: Origin): Layer {
  const nested = (value: unknown) => path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
  if (node.type !== 'array' && node.type !== 'object')
    return layerOf(nested(scalar(text, node)), () => origin);
  try {
    return layerOf(nested(JSON.parse(text)), () => origin);
  } catch (error) {
    return troubled({
      path,
      message: `expected JSON, and this is none (${(error as Error).message})`,
      origin,
    });
  }
}

/** What is no number stays a text, for the validation to say what was given. */
function scalar(text: string, node: SettingNode): unknown {
  if (node.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (node.type === 'integer' || node.type === 'number') {
    return /^\s*-?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : text;
  }
  return text;
}

/**
 * A variable that begins like one of our sections, or is a slip of the pen away from one, is a mistake. Any other
 * belongs to somebody else (an image tag in a compose file) and is left alone.
 */
function unknownVariable(name: string, origin: Origin): Layer {
  const rest = name.slice(prefix.length);
  const near = nearest(rest, names);
  if (near === undefined && !sections.some((section) => rest.startsWith(section))) return nothing;
  const message = `unknown variable${near === undefined ? '' : `; did you mean ${prefix}${near}?`}`;
  return troubled({ path: [], message, origin });
}

/** Kubernetes gives every pod variables such as BUCKETCAST_PORT_80_TCP for a service called `bucketcast`. */
function isServiceLink(name: string): boolean {
  return /^BUCKETCAST_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/.test(
    name,
  );
}

/** A list whose entries hold secrets (`encryption.keys`) can come from a file as a whole. */
function deepest(node: SettingNode): SettingNode | undefined {
  if (node.items) return Object.values(node.items.properties ?? {}).find(canComeFromFile) ?? node;
  return node;
}

function troubled(problem: SettingProblem): Layer {
  return { assignments: [], places: [], problems: [problem] };
}

const prefix = 'BUCKETCAST_';
const nothing: Layer = { assignments: [], places: [], problems: [] };
const byVariable = new Map(allSettings.map((setting) => [setting.variable, setting]));
const names = [
  'CONFIG',
  ...allSettings.flatMap(({ variable, node }) => {
    const name = variable.slice(prefix.length);
    return canComeFromFile(deepest(node)) ? [name, `${name}_FILE`] : [name];
  }),
];
const sections = allSettings
  .filter(({ path }) => path.length > 1)
  .map(({ path }) => `${(path[0] as string).toUpperCase()}_`);
