import type { SinkOf } from '../config/sink-settings.ts';
import { withoutSecrets } from '../store/url-error.ts';

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

/** What a program says, fit for logs and errors: on one line, without the values that the settings gave it. */
export function withoutGivenSecrets(
  text: string,
  { environment }: Pick<SinkOf<'command'>, 'environment'>,
): string {
  const plain = withoutSecrets(text.replace(/\p{Cc}+/gu, ' '));
  return Object.values(environment)
    .filter((value) => value.length >= shortestSecret)
    .toSorted((a, b) => b.length - a.length)
    .reduce((shown, value) => shown.replaceAll(value, '***'), plain);
}
