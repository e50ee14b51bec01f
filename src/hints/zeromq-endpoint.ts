import { BucketcastError } from '../base/errors.ts';

/** Throws `invalid-settings` for what ZeroMQ would not take, or take for something else: a port of 99999 for 34463. */
export function checkEndpoint(endpoint: string, path: string): void {
  const [, host, port] = /^tcp:\/\/(\[[^\]\s]+\]|[^\s:/[\]@]+):(\d{1,5})$/.exec(endpoint) ?? [];
  const isTcp = host !== undefined && Number(port) > 0 && Number(port) < 2 ** 16;
  if (isTcp || /^ipc:\/\/./.test(endpoint)) return;
  const message = `${path}: expected tcp://host:port or ipc:///path, got ${JSON.stringify(endpoint)}`;
  throw new BucketcastError('invalid-settings', message, { details: { path } });
}

/** Options of a socket for this endpoint: names stand for addresses of the older kind unless told otherwise. */
export function endpointOptions(endpoint: string): { readonly ipv6?: true } {
  return endpoint.includes('[') ? { ipv6: true } : {};
}

/** What keeps a socket from listening there: `address-taken`, or `invalid-settings` for what will not pass by itself. */
export function bindTrouble(error: unknown, endpoint: string, path: string): BucketcastError {
  const { code, message } = error as { readonly code?: unknown; readonly message: string };
  if (code === 'EADDRINUSE')
    return new BucketcastError('address-taken', `${path}: another process listens at ${endpoint}`, {
      hint: 'Is another node running here, or a publisher with the same settings? Choose another port, or leave it out there.',
      cause: error,
      details: { path, errno: code },
    });
  const hint = hints[String(code)];
  return new BucketcastError('invalid-settings', `${path}: cannot listen at ${endpoint} (${message})`, {
    ...(hint !== undefined && { hint }),
    cause: error,
    details: { path, errno: code },
  });
}

const notOurs = 'An address of this machine is wanted, or tcp://0.0.0.0:port for all of them.';

const hints: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: notOurs,
  ENODEV: notOurs,
  EACCES: 'This user may not listen there: ports below 1024 mostly need root.',
};
