import { spawn, spawnSync } from 'node:child_process';
import { end, freePorts, installed, listening } from './processes.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export const missingPrometheus = 'Prometheus is not installed (Debian: prometheus)';

export function prometheusInstalled(): boolean {
  return ['prometheus', 'promtool'].every(installed);
}

/** How Prometheus' own checker judges; `output` is all that it said. */
export function promtool(
  args: readonly string[],
  input = '',
): { readonly code: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, {
    input,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { code: status, output: `${stdout}${stderr}` };
}

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

/** A real Prometheus on a free port of loopback. */
export class Prometheus {
  readonly url: string;
  readonly #stop: () => Promise<void>;

  /** Resolves when it answers. */
  static async start(configFile: string): Promise<Prometheus> {
    const port = await freePorts();
    const child = spawn(
      'prometheus',
      [
        `--config.file=${configFile}`,
        `--storage.tsdb.path=${temporaryDirectory()}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const prometheus = new Prometheus(`http://127.0.0.1:${port}`, () => end(child));
    try {
      await listening(port, child);
      await waitFor(async () => (await fetch(`${prometheus.url}/-/ready`)).ok, 'Prometheus to be ready');
    } catch (error) {
      await prometheus.stop();
      throw error;
    }
    return prometheus;
  }

  private constructor(url: string, stop: () => Promise<void>) {
    this.url = url;
    this.#stop = stop;
  }

  /** The samples of an instant vector. Throws what Prometheus says of an expression that it does not take. */
  async query(expr: string): Promise<readonly Sample[]> {
    const { data } = await this.#ask<{ data: { result: readonly Sample[] } }>('query', { query: expr });
    return data.result;
  }

  /** The value, once the expression has one sample and it is this one. */
  async expect(expr: string, value: number): Promise<void> {
    let last: readonly Sample[] = [];
    await waitFor(
      async () => {
        last = await this.query(expr);
        return last.length === 1 && Number(last[0]?.value[1]) === value;
      },
      () => `${expr} to be ${value}; it is ${JSON.stringify(last)}`,
    );
  }

  /** Alerts that are firing, by name. */
  async alerts(): Promise<readonly string[]> {
    const firing = await this.query('ALERTS{alertstate="firing"}');
    return firing.map(({ metric }) => metric['alertname'] as string);
  }

  async rules(): Promise<
    readonly { readonly name: string; readonly health: string; readonly lastError?: string }[]
  > {
    const { data } = await this.#ask<{ data: { groups: { rules: { name: string; health: string }[] }[] } }>(
      'rules',
      {},
    );
    return data.groups.flatMap(({ rules }) => rules);
  }

  stop(): Promise<void> {
    return this.#stop();
  }

  async #ask<Answer>(path: string, parameters: Record<string, string>): Promise<Answer> {
    const response = await fetch(`${this.url}/api/v1/${path}?${String(new URLSearchParams(parameters))}`);
    const answer = (await response.json()) as Answer & { readonly status: string; readonly error?: string };
    if (answer.status !== 'success') throw new Error(`${answer.error}: ${JSON.stringify(parameters)}`);
    return answer;
  }
}

/** Asks again and again until the answer is yes; rejects after 15 s with what it waited for. */
export async function waitFor(ask: () => Promise<boolean>, what: string | (() => string)): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!(await ask())) {
    if (performance.now() > deadline)
      throw new Error(`waited in vain for ${typeof what === 'string' ? what : what()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
