import { basename, extname } from 'node:path/posix';
import { BucketcastError } from '../base/errors.ts';
import { templateField, urlFromFault } from '../config/url-template.ts';

/** The URL of a file, of its path relative to the directory, with slashes; `undefined` when none can be told. */
export type UrlRule = (path: string) => string | undefined;

/**
 * The rule of a `urlFrom` setting; `undefined` for `sidecar`, where no rule is needed. Throws `invalid-settings` for a
 * template that cannot tell one file from another.
 */
export function urlRule(urlFrom: string): UrlRule | undefined {
  if (urlFrom === 'sidecar') return undefined;
  if (urlFrom === 'name') return (path) => urlFromName(basename(path));
  checkTemplate(urlFrom);
  return (path) => urlFromTemplate(urlFrom, path);
}

/**
 * `https___example.com_feed.xml.feed` is `https://example.com/feed.xml`: `.feed` goes, `___` behind `http` or `https` is
 * `://`, and every other `_` is a `/`. That is the likeliest reading of names in which `:`, `/` and sometimes more became
 * `_`; an underscore, `?`, `&` or `:` that stood in the URL cannot be told from a slash. A name without such a scheme is
 * the URL as it stands.
 */
export function urlFromName(name: string): string | undefined {
  const stem = name.endsWith('.feed') ? name.slice(0, -'.feed'.length) : name;
  const [, scheme, rest] = /^(https?)___(.*)$/s.exec(stem) ?? [];
  if (scheme === undefined || rest === undefined) return stem === '' ? undefined : stem;
  if (rest === '' || rest.startsWith('_')) return undefined;
  return `${scheme}://${rest.replaceAll('_', '/')}`;
}

/** Fills in `{path}`, `{name}` and `{stem}`, percent-encoded. `undefined` for a path that leads elsewhere. */
export function urlFromTemplate(template: string, path: string): string | undefined {
  const segments = path.split('/');
  if (segments.some((segment) => ['', '.', '..'].includes(segment)) || !path.isWellFormed()) return undefined;
  const name = segments.at(-1) as string;
  const values: Readonly<Record<string, string>> = {
    path: segments.map(encodeURIComponent).join('/'),
    name: encodeURIComponent(name),
    stem: encodeURIComponent(name.slice(0, name.length - extname(name).length)),
  };
  // One pass: a file may be called {name}.
  return template.replace(templateField, (text, field: string) => values[field] ?? text);
}

function checkTemplate(template: string): void {
  const fault = urlFromFault(template);
  if (fault === undefined) return;
  throw new BucketcastError('invalid-settings', `urlFrom: ${JSON.stringify(template)}: ${fault}`, {
    hint: 'Write `name`, `sidecar`, or a template such as `https://www.example.com/{path}`.',
    details: { urlFrom: template },
  });
}
