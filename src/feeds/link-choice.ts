/** A link as Atom has it, in its own documents and in others. */
export interface AtomLink {
  readonly href?: string;
  readonly rel?: string;
  readonly type?: string;
  readonly length?: number;
}

/** The page that a feed or an entry is about: the alternate in HTML, else the first alternate. */
export function alternateLink(links: readonly AtomLink[] | undefined): string | undefined {
  const alternates = (links ?? []).filter(({ rel = 'alternate' }) => rel === 'alternate');
  const page = alternates.find(({ type = 'text/html' }) => /html/i.test(type));
  return (page ?? alternates[0])?.href;
}

export function selfLink(links: readonly AtomLink[] | undefined): string | undefined {
  return links?.find(({ rel }) => rel === 'self')?.href;
}

export function enclosureLinks(links: readonly AtomLink[] | undefined) {
  return (links ?? [])
    .filter(({ rel }) => rel === 'enclosure')
    .map(({ href, type, length }) => ({ url: href, type, length }));
}
