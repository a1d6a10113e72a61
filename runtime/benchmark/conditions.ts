import os from 'node:os';
import type { Conditions, LoadMode } from '../contracts/benchmark.ts';
import type { RuntimeStatus } from '../contracts/http.ts';
import { formatBytes, formatCount, formatDuration, formatPlural } from '../contracts/units.ts';
import { isLoopback } from './loopback.ts';

/** The guide's five conditions (R10), and what else a figure depends on. */
export function conditionsOf(options: {
  status: RuntimeStatus;
  target: URL;
  loads: readonly LoadMode[];
  seconds: number;
  region?: string;
  commit?: string | null;
}): Conditions {
  const { status, target, loads, seconds, region, commit = null } = options;
  const local = isLoopback(target);
  const [cpu] = os.cpus();
  const machine = `${cpu?.model.trim() ?? 'unknown processor'}, ${formatPlural(os.cpus().length, 'core')}, ${formatBytes(os.totalmem())}, ${os.platform()} ${os.arch()}`;
  return {
    // A target elsewhere does not tell what it runs on.
    infrastructure: local ? machine : `unknown (load generator: ${machine})`,
    region: region ?? (local ? 'this machine' : 'unknown'),
    load: [...new Set(loads.map(loadText))].join('; '),
    duration: formatDuration(seconds * 1000, { decimals: 0 }),
    network: local ? 'loopback' : target.host,
    node: process.version,
    aos_version: status.version,
    engine: status.engine,
    model: status.model,
    replicas: status.replicas.length,
    commit,
  };
}

/** `open loop, 20 requests/s` */
export function loadText(load: LoadMode): string {
  if (load.mode === 'serial') return `serial, ${formatCount(load.requests)} requests one after the other`;
  const to = load.ramp_to_per_s === null ? '' : ` to ${load.ramp_to_per_s}`;
  return `open loop, ${load.rate_per_s}${to} requests/s`;
}
