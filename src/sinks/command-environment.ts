import { withoutSecrets } from '../base/url-error.ts';
import type { SinkOf } from '../config/sink-settings.ts';

export type CommandEnvironment = Readonly<Record<string, string | undefined>>;

/**
 * What a program finds in its environment: all that the node has, without the variables of Bucketcast, which hold keys to the
 * bucket, and then what the settings add.
 */
export function commandEnvironment(
  own: CommandEnvironment,
  { environment }: Pick<SinkOf<'command'>, 'environment'>,
): CommandEnvironment {
  const inherited = Object.entries(own).filter(([name]) => !name.startsWith('BUCKETCAST_'));
  return { ...Object.fromEntries(inherited), ...environment };
}

/** A value shorter than this is hardly a secret, and would make holes in every text. */
const shortestSecret = 4;
/** Fewer characters of a secret say nothing. */
const shortestPart = 3;

/**
 * What a program says, fit for logs and errors: on one line, without the values that the settings gave it. `isCut`: there was
 * more, so that a secret may stand at the end in part.
 */
export function withoutGivenSecrets(
  text: string,
  { environment }: Pick<SinkOf<'command'>, 'environment'>,
  isCut = false,
): string {
  const secrets = Object.values(environment)
    // A key of several lines is hardly ever said as a whole.
    .flatMap((value) => [value, ...value.split(/[\r\n]+/)])
    .map(onOneLine)
    .filter((value) => value.length >= shortestSecret)
    .toSorted((a, b) => b.length - a.length);
  const whole = withoutSecrets(onOneLine(text));
  const shown = secrets.reduce((rest, value) => rest.replaceAll(value, '***'), whole);
  return isCut ? withoutPart(shown, secrets) : shown;
}

function onOneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

/** Without the beginning of a secret, or of an address that may hold one, at the end. */
function withoutPart(text: string, secrets: readonly string[]): string {
  const address = /:\/\/\S*$/.exec(text);
  if (address !== null) return `${text.slice(0, address.index)}://***`;
  const lengths = secrets.map((secret) => {
    let length = Math.min(secret.length - 1, text.length);
    while (length >= shortestPart && !text.endsWith(secret.slice(0, length))) length -= 1;
    return length < shortestPart ? 0 : length;
  });
  const longest = Math.max(0, ...lengths);
  return longest === 0 ? text : `${text.slice(0, -longest)}***`;
}
