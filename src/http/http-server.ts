import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { BucketcastError } from '../base/errors.ts';
import { randomHex } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import { KiB } from '../config/units.ts';
import { Access } from './access.ts';
import { BodyBudget } from './body-budget.ts';
import { addClaimsRoutes } from './claims-route.ts';
import { Connections } from './connections.ts';
import { addFeedsRoute } from './feeds-route.ts';
import { guard } from './guard.ts';
import { addHintsRoute } from './hints-route.ts';
import { defaultTimeouts, type HttpContext, type HttpParts } from './http-parts.ts';
import { addLimitsRoute } from './limits-route.ts';
import { listenAddress, serverUrl } from './listen-address.ts';
import { addNodeRoutes } from './node-routes.ts';
import { answerMalformed, answerProblems, foreseen, sendProblem } from './problem-answers.ts';
import type { ServedNode } from './served-node.ts';
import { addUpdatesRoute } from './updates-route.ts';

const maxConnections = 1000;
/** Bodies of all requests together, in multiples of the largest single one. */
const bodiesAtOnce = 4;

/** A node's HTTP: probes, metrics, status, limits, publishing. Listens from when it is made until it is stopped. */
export class HttpServer {
  /** How this machine reaches it. */
  readonly url: string;
  /** The address it listens on, and the port, also where the settings ask for any free one. */
  readonly host: string;
  readonly port: number;
  /** Random, for `node.json`: taken like `http.token`, on connections of this machine. */
  readonly token: string;
  readonly #app: FastifyInstance;
  readonly #clock: HttpParts['clock'];
  readonly #stopping: AbortController;
  readonly #connections: Connections;
  #stopped: Promise<void> | undefined;

  /**
   * Throws `address-taken`; `invalid-settings`: the address is not of this machine, or open to others without `http.token`.
   */
  static async listen(settings: Settings['http'], node: ServedNode, parts: HttpParts): Promise<HttpServer> {
    const host = await listenAddress(settings);
    const token = randomHex(parts.random, 32);
    const stopping = new AbortController();
    const context: HttpContext = {
      ...parts,
      observe: parts.observe ?? (() => {}),
      settings,
      node,
      access: new Access(settings.token, token),
      timeouts: { ...defaultTimeouts, ...parts.timeouts },
      bodies: new BodyBudget(bodiesAtOnce * settings.maxBodyBytes),
      stopping: stopping.signal,
    };
    const app = makeApp(context);
    const connections = new Connections(app.server);
    try {
      await app.listen({ host, port: settings.port });
    } catch (error) {
      await app.close();
      throw listenError(error, host, settings.port);
    }
    app.server.on('error', (err) => parts.logger.error({ err }, 'the HTTP server reports an error'));
    return new HttpServer(app, { host, token, stopping, connections, clock: parts.clock });
  }

  private constructor(
    app: FastifyInstance,
    parts: Pick<HttpServer, 'host' | 'token'> & {
      readonly stopping: AbortController;
      readonly connections: Connections;
      readonly clock: HttpParts['clock'];
    },
  ) {
    this.#app = app;
    this.#clock = parts.clock;
    this.#stopping = parts.stopping;
    this.#connections = parts.connections;
    this.host = parts.host;
    this.token = parts.token;
    this.port = (app.server.address() as AddressInfo).port;
    this.url = serverUrl(this.host, this.port);
  }

  /** From now on `/readyz` says that the node stops, and updates are refused; it still listens. `stop()` does this too. */
  drain(): void {
    this.#stopping.abort();
  }

  /** Takes no more connections; what is under way may end within `timeoutMs`, then it is cut off. Idempotent. */
  stop({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    this.#stopped ??= this.#stop(timeoutMs);
    return this.#stopped;
  }

  async #stop(timeoutMs: number): Promise<void> {
    this.drain();
    const cancel = this.#clock.after(timeoutMs, () => this.#app.server.closeAllConnections());
    try {
      const closed = this.#app.close();
      // After the listening socket, so that no connection comes in between.
      this.#connections.closeIdle();
      await closed;
    } finally {
      cancel();
    }
  }
}

function makeApp(context: HttpContext): FastifyInstance {
  const { timeouts, logger } = context;
  const app = fastify({
    logger: false,
    requestIdHeader: false,
    forceCloseConnections: 'idle',
    // Ours says why, and still answers what comes on open connections.
    return503OnClosing: false,
    connectionTimeout: timeouts.idleMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    // A long NDJSON body takes as long as the bucket does; bodies are timed where they are read.
    requestTimeout: 0,
    http: {
      maxHeaderSize: 16 * KiB,
      // Ours says why, with what every other refusal has.
      requireHostHeader: false,
      headersTimeout: timeouts.headersMs,
      connectionsCheckingInterval: Math.ceil(timeouts.headersMs / 4),
    },
    clientErrorHandler: answerMalformed,
    frameworkErrors: (error, request, reply) => {
      // A URL that does not decode meets no hook.
      reply.raw.once('finish', () => tell(context, request, reply));
      void sendProblem(foreseen(error), request, reply, logger);
    },
  });
  app.server.maxConnections = maxConnections;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    ['application/json', 'application/x-ndjson'],
    async (_request: FastifyRequest, body: IncomingMessage) => body,
  );
  answerProblems(app, { logger });
  guard(app, context);
  endWhenStopping(app, context);
  app.addHook('onResponse', async (request, reply) => tell(context, request, reply));
  addNodeRoutes(app, context);
  addLimitsRoute(app, context);
  addFeedsRoute(app, context);
  addUpdatesRoute(app, context);
  addHintsRoute(app, context);
  addClaimsRoutes(app, context);
  return app;
}

function endWhenStopping(app: FastifyInstance, { stopping }: HttpContext): void {
  app.addHook('onSend', async (_request, reply) => {
    if (stopping.aborted) reply.header('connection', 'close');
  });
}

function tell(
  { observe }: Pick<HttpContext, 'observe'>,
  request: Pick<FastifyRequest, 'routeOptions'>,
  reply: Pick<FastifyReply, 'statusCode' | 'elapsedTime'>,
): void {
  const route = request.routeOptions.url ?? 'other';
  observe({ route, status: reply.statusCode, seconds: reply.elapsedTime / 1000 });
}

function listenError(error: unknown, host: string, port: number): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const why = listenFailures[code];
  if (why === undefined) return error;
  const verdict = code === 'EADDRINUSE' ? 'address-taken' : 'invalid-settings';
  return new BucketcastError(verdict, `http: ${host} port ${port} ${why}`, {
    hint: 'Set http.port to another one (0 takes a free one), http.host to another address, or http.enabled to false.',
    cause: error,
  });
}

const listenFailures: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is already in use by another process',
  EACCES: 'may not be listened on by this user',
  EADDRNOTAVAIL: 'is no address of this machine',
};
