import type { Report } from './messages.ts';

type Sent = Extract<Report, { type: 'sent' }> & { readonly from: string };

export interface Row {
  readonly server: string;
  readonly sent: number;
  readonly expected: number;
  /** Of `expected`, those that arrived with the bytes they left with. */
  readonly received: number;
  readonly lost: number;
  readonly repeated: number;
  /** From the call of `publish()` to the delivery, milliseconds, sorted. */
  readonly latencies: readonly number[];
}

/** Who sent what, and to whom it came; reports may arrive in any order. */
export class Tally {
  readonly #servers: readonly string[];
  readonly #sent = new Map<string, Sent>();
  readonly #received = new Map<string, Map<string, { digest: string; latencyMs: number; times: number }>>();

  constructor(servers: readonly string[]) {
    this.#servers = servers;
    for (const server of servers) this.#received.set(server, new Map());
  }

  /** Takes a report; answers with a line when with it an update has come to every other server. */
  note(server: string, report: Extract<Report, { type: 'sent' | 'received' }>): string | undefined {
    if (report.type === 'sent') this.#sent.set(report.id, { ...report, from: server });
    else if (!this.#arrive(server, report)) return undefined;
    return this.#journey(report.id);
  }

  get complete(): boolean {
    return this.rows().every(({ lost }) => lost === 0);
  }

  rows(): Row[] {
    return this.#servers.map((server) => {
      const expected = [...this.#sent.values()].filter(({ from }) => from !== server);
      const arrivals = [...(this.#received.get(server)?.values() ?? [])];
      const intact = expected.filter(
        ({ id, digest }) => this.#received.get(server)?.get(id)?.digest === digest,
      );
      return {
        server,
        sent: this.#sent.size - expected.length,
        expected: expected.length,
        received: intact.length,
        lost: expected.length - intact.length,
        repeated: arrivals.reduce((sum, { times }) => sum + times - 1, 0),
        latencies: arrivals.map(({ latencyMs }) => latencyMs).toSorted((a, b) => a - b),
      };
    });
  }

  /** Whether it came for the first time. */
  #arrive(by: string, { id, digest, latencyMs }: Extract<Report, { type: 'received' }>): boolean {
    const arrivals = this.#received.get(by);
    const known = arrivals?.get(id);
    if (known) known.times += 1;
    else arrivals?.set(id, { digest, latencyMs, times: 1 });
    return known === undefined;
  }

  #journey(id: string): string | undefined {
    const sent = this.#sent.get(id);
    if (!sent) return undefined;
    const others = this.#servers.filter((server) => server !== sent.from);
    const arrivals = others.map((server) => ({ server, arrival: this.#received.get(server)?.get(id) }));
    if (arrivals.some(({ arrival }) => !arrival)) return undefined;
    const to = arrivals.map(
      ({ server, arrival }) => `${server} ${String(arrival?.latencyMs).padStart(5)} ms`,
    );
    const size = `${(sent.bytes / 1024).toFixed(1)} KB`;
    return `${sent.from.padEnd(8)} → ${to.join('   ')}   ${size.padStart(9)}  ${sent.name}`;
  }
}

/** The closing table, as text. */
export function resultTable(rows: readonly Row[]): string {
  const head = ['server', 'sent', 'received', 'lost', 'repeated', 'median', 'p95', 'slowest'];
  const sum = (pick: (row: Row) => number) => rows.reduce((total, row) => total + pick(row), 0);
  const all: Row = {
    server: 'all',
    sent: sum((row) => row.sent),
    expected: sum((row) => row.expected),
    received: sum((row) => row.received),
    lost: sum((row) => row.lost),
    repeated: sum((row) => row.repeated),
    latencies: rows.flatMap((row) => row.latencies).toSorted((a, b) => a - b),
  };
  const lines = [head, ...[...rows, all].map(cells)];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) => line.map((cell, column) => align(cell, widths[column] ?? 0, column)).join('   '))
    .join('\n');
}

function cells(row: Row): string[] {
  const latency = (share: number) =>
    row.latencies.length === 0 ? '–' : `${quantile(row.latencies, share)} ms`;
  const received = `${row.received} of ${row.expected}`;
  const counts = [`${row.sent}`, received, `${row.lost}`, `${row.repeated}`];
  return [row.server, ...counts, latency(0.5), latency(0.95), latency(1)];
}

function align(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
