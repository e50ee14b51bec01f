import type { Visit } from './feed-site.ts';

export interface Counts {
  readonly fetches: number;
  /** Of a feed that somebody, perhaps the same server, had fetched less than the time ago that it counts as fresh. */
  readonly duplicates: number;
  readonly byServer: Readonly<Record<string, number>>;
}

/** Clocks and timers are not exact: what comes a little early is none. */
const almost = 0.8;

export function count(visits: readonly Visit[], servers: readonly string[], freshMs: number): Counts {
  const last = new Map<string, number>();
  let duplicates = 0;
  for (const { url, at } of visits.toSorted((a, b) => a.at - b.at)) {
    const before = last.get(url);
    if (before !== undefined && at - before < almost * freshMs) duplicates += 1;
    else last.set(url, at);
  }
  const of = (server: string) => visits.filter((visit) => visit.server === server).length;
  return {
    fetches: visits.length,
    duplicates,
    byServer: Object.fromEntries(servers.map((server) => [server, of(server)])),
  };
}

/** A line for each run. */
export function resultTable(runs: Readonly<Record<string, Counts>>): string {
  const servers = Object.keys(Object.values(runs)[0]?.byServer ?? {});
  const head = ['', ...servers, 'fetches', 'of these duplicates'];
  const lines = Object.entries(runs).map(([name, { byServer, fetches, duplicates }]) => [
    name,
    ...servers.map((server) => String(byServer[server])),
    String(fetches),
    String(duplicates),
  ]);
  const rows = [head, ...lines];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const align = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(align).join('   ').trimEnd()).join('\n');
}
