import { Gauge, type Registry } from 'prom-client';

/** A constant 1 whose labels say what runs. */
export function registerBuildInfo(registry: Registry, version: string): void {
  const info = new Gauge({
    name: 'bucketcast_build_info',
    help: 'What runs: the versions of Bucketcast and of Node.',
    labelNames: ['version', 'node'],
    registers: [registry],
  });
  info.set({ version, node: process.versions.node }, 1);
}
