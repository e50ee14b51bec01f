import { Histogram, type Registry } from 'prom-client';
import { type Total, totalsByTwo } from './totals.ts';

/** What is not among these counts as `other`, so that whoever asks for made-up paths makes no series. */
export const httpRoutes = [
  '/metrics',
  '/healthz',
  '/readyz',
  '/api/status',
  '/api/updates',
  '/api/limits',
  '/hints',
  'other',
] as const;
export type HttpRoute = (typeof httpRoutes)[number];

const statusClasses = ['2xx', '3xx', '4xx', '5xx'] as const;

export interface HttpExchange {
  readonly route: HttpRoute;
  /** As answered, 200..599. */
  readonly status: number;
  readonly seconds: number;
}

/** Requests that this node's own HTTP server answered. */
export class Http {
  readonly #requests: Readonly<Record<HttpRoute, Readonly<Record<(typeof statusClasses)[number], Total>>>>;
  readonly #duration: Histogram<'route'>;

  constructor(registry: Registry) {
    this.#requests = totalsByTwo(registry, {
      name: 'http_requests',
      help: "Requests to this node's HTTP by route and class of the status.",
      labels: ['route', 'status'],
      values: [httpRoutes, statusClasses],
    });
    this.#duration = new Histogram({
      name: 'bucketcast_http_request_duration_seconds',
      help: 'Time from the head of a request to the end of its answer.',
      labelNames: ['route'],
      buckets: [0.005, 0.025, 0.1, 0.5, 1, 5, 30],
      registers: [registry],
    });
    for (const route of httpRoutes) this.#duration.zero({ route });
  }

  observe({ route, status, seconds }: HttpExchange): void {
    this.#requests[route][classOf(status)].add();
    this.#duration.observe({ route }, seconds);
  }
}

function classOf(status: number): (typeof statusClasses)[number] {
  return statusClasses[Math.min(Math.max(Math.trunc(status / 100) - 2, 0), 3)] ?? '5xx';
}
