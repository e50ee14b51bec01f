import { z } from 'zod';
import { bytes, section } from './setting-values.ts';
import { GiB, KiB, MiB } from './units.ts';

/** The sections for whoever runs a node: what it serves, what it keeps while the bucket is away, what requests cost. */
export const http = section({
  enabled: z
    .boolean()
    .default(true)
    .describe(
      'Whether `bucketcast node` serves HTTP. A node made in code does when started with `{ http: true }`.',
    ),
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address to listen on. One that is not loopback needs `http.token`.'),
  port: z.number().int().min(0).max(65_535).default(7480).describe('Port to listen on; 0 takes a free one.'),
  token: z
    .string()
    .min(16)
    .optional()
    .meta({ secret: true })
    .describe(
      'What requests carry as `Authorization: Bearer …`, at least 16 characters. None: loopback only.',
    ),
  openMetrics: z
    .boolean()
    .default(false)
    .describe('Whether `/metrics` is served without the token where there is one.'),
  allowedHosts: z
    .array(z.string().min(1))
    .default([])
    .describe('Names that requests may carry in `Host`, besides addresses, `localhost` and `http.host`.'),
  maxBodyBytes: bytes(KiB)
    .default(64 * MiB)
    .describe('Largest body of a request, bytes.'),
});

export const spool = section({
  enabled: z
    .boolean()
    .default(false)
    .describe(
      'Whether `publish()` resolves once the update is on this disk, `{durable: "spool"}`; it goes to the bucket from there.',
    ),
  maxBytes: bytes(MiB).default(GiB).describe('Bytes in the spool beyond which updates are refused.'),
  keepFreeBytes: bytes()
    .default(64 * MiB)
    .describe(
      'Bytes of the disk that the spool leaves free: below that updates are refused, and the node itself can still write down what it has done.',
    ),
});

const price = () => z.number().min(0).optional();

export const prices = section({
  list: z
    .enum(['aws', 'r2', 'backblaze', 'gcs', 'none'])
    .optional()
    .describe(
      "Price list of the store's requests. Default: that of the store's preset, `none` if it has none.",
    ),
  writePerMillion: price().describe(
    'Dollars for a million PUT, COPY, POST and LIST requests; overrides the list.',
  ),
  readPerMillion: price().describe('Dollars for a million GET and HEAD requests; overrides the list.'),
  deletePerMillion: price().describe('Dollars for a million DELETE requests; overrides the list.'),
  downloadPerGB: price().describe('Dollars for 10^9 bytes received from the store; overrides the list.'),
});
