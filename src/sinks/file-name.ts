import { createHash } from 'node:crypto';

/** Ends well below the 255 bytes that file systems take, so that a sidecar's ending fits behind it. */
const maxBytes = 200;
/** A tilde, and 128 bits in hex: nobody finds two URLs that share them. */
const markBytes = 33;

/** Names that Windows keeps for devices, whatever ending follows. */
const device = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * The name of a URL's file: `https://example.com/feed.xml` with the suffix `.feed` is `https___example.com_feed.xml.feed`.
 * Every character outside `A-Z a-z 0-9 . -` becomes `_`, and so do a dot or dash at the beginning and a dot at the end. A
 * name that would be too long is cut, and marked like `markedFileName`.
 *
 * It is plain ASCII without separators, so it names a file of the directory and nothing else. Different URLs may share it.
 */
export function fileName(url: string, suffix: string): string {
  const name = safe(`${stem(url)}${suffix}`);
  return name.length > maxBytes ? markedFileName(url, suffix) : name;
}

/** The name of a URL's file where its plain one is taken, `…~<hash>` before the suffix: no other URL has it. */
export function markedFileName(url: string, suffix: string): string {
  const hash = createHash('sha256')
    .update(url)
    .digest('hex')
    .slice(0, markBytes - 1);
  return safe(`${stem(url).slice(0, maxBytes - markBytes - suffix.length)}~${hash}${suffix}`);
}

/** What file systems that fold case take for one and the same. */
export function foldedName(name: string): string {
  return name.toLowerCase();
}

/** A file on its way to its name; hidden, and like no URL's file. */
export function temporaryName(token: string): string {
  return `.bucketcast-${token}.tmp`;
}

export function isTemporaryName(name: string): boolean {
  return /^\.bucketcast-[0-9a-f]+\.tmp$/.test(name);
}

function stem(url: string): string {
  return url.replace(/[^A-Za-z0-9.-]/gu, '_').replace(device, '_$&');
}

function safe(name: string): string {
  return name.replace(/^$|^[.-]|\.$/g, '_');
}
