import { type HttpRoute, httpRoutes } from '../../metrics/http.ts';
import { packageVersion } from '../base/package-version.ts';
import { HttpServer } from '../http/http-server.ts';
import type { ServedNode } from '../http/served-node.ts';
import { removeNodeFile, writeNodeFile } from '../state/node-file.ts';
import type { Foundation } from './foundation.ts';

/** A node's HTTP, which `node.json` in its state directory tells the command line about. */
export class NodeHttp {
  readonly #server: HttpServer;
  readonly #directory: string | undefined;

  /** Throws `address-taken`, `invalid-settings` for an address that cannot be had, `state-unusable`. */
  static async open(node: ServedNode, foundation: Foundation): Promise<NodeHttp> {
    const { settings, state, metrics, clock } = foundation;
    const server = await HttpServer.listen(settings.http, node, {
      ...foundation,
      answers: state.answers,
      observe: (request) => metrics.http.observe({ ...request, route: knownRoute(request.route) }),
    });
    const { url, token } = server;
    const directory = foundation.stateDirectory;
    const file = { pid: process.pid, url, token, startedAt: clock.now(), version: packageVersion };
    try {
      if (directory !== undefined) writeNodeFile(directory, file);
    } catch (error) {
      await server.stop({ timeoutMs: 0 });
      throw error;
    }
    return new NodeHttp(server, directory);
  }

  private constructor(server: HttpServer, directory: string | undefined) {
    this.#server = server;
    this.#directory = directory;
  }

  get url(): string {
    return this.#server.url;
  }

  /** From now on `/readyz` says that the node stops, and updates are refused. */
  drain(): void {
    this.#server.drain();
  }

  async stop({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    const { token } = this.#server;
    if (this.#directory !== undefined) removeNodeFile(this.#directory, { token });
    await this.#server.stop({ timeoutMs });
  }
}

function knownRoute(route: string): HttpRoute {
  return httpRoutes.find((known) => known === route) ?? 'other';
}
