import { z } from 'zod';
import {
  type BenchmarkResult,
  GUIDE_CAVEAT,
  type LoadMode,
  type Measurement,
  type ScenarioId,
} from '../contracts/benchmark.ts';
import type { LoadChoice } from '../contracts/benchmark-process.ts';
import { agentViewSchema } from '../contracts/http.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { AosError, messageOf } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import { type ClaimId, type MeasureClaim, measureClaims } from './claims.ts';
import { conditionsOf } from './conditions.ts';
import type { BenchmarkProgress, MeasureProgress } from './course.ts';
import { measure } from './measure.ts';
import type { Measured, Prepare } from './operation.ts';
import { RuntimeApi } from './runtime-api.ts';
import { httpScenarios, type Scenario, scenarios } from './scenarios.ts';
import { selfCheck } from './self-check.ts';
import { judgeBaseline } from './targets.ts';

export interface BenchmarkOptions {
  url: string;
  token: string;
  /** Default: all that can be measured, which is the guide's baseline table. */
  scenarios?: readonly ScenarioId[];
  /** Default: open loop. `serial` is the guide's `benchmark_agent_inference`, 1,000 requests by default. */
  load?: LoadChoice;
  /** Who is asked; default: the first agent of the runtime. */
  agentId?: string;
  /** Operations that HTTP cannot reach: messages, storage. */
  operations?: Partial<Record<ScenarioId, Prepare>>;
  /** Measured after the whole baseline. */
  claims?: Record<ClaimId, MeasureClaim>;
  region?: string;
  commit?: string | null;
  /** Tries whether this machine keeps the rate, before each open loop. */
  check?: typeof selfCheck;
  onProgress?: (progress: BenchmarkProgress) => void;
  clock?: Clock;
  signal?: AbortSignal;
}

/**
 * Measures a running runtime and holds it against the guide's baseline. Cancelled, or left by its target, it gives what
 * was measured until then; such figures are not judged.
 * @throws AosError AOS_NOT_RUNNING, AOS_UNAUTHORIZED, AOS_AGENT_NOT_FOUND before anything was measured
 */
export async function runBenchmark(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const { clock = systemClock, signal = new AbortController().signal } = options;
  const api = new RuntimeApi(options);
  const started = clock.now();
  try {
    const status = await api.status(signal);
    const target = { api, agentId: options.agentId ?? (await firstAgent(api, signal)), signal };
    const { measurements, unmeasured, leftovers } = await measureAll(options, target, clock);
    const whole = options.scenarios === undefined && !signal.aborted && !measurements.some(isGone);
    const claims = options.claims && whole ? await measureClaims(options.claims, target) : [];
    return {
      kind: 'benchmark',
      id: newId('bench'),
      started_at: new Date(started).toISOString(),
      target: api.url.origin,
      conditions: conditionsOf({
        status,
        target: api.url,
        loads: measurements.map(({ load }) => load),
        seconds: (clock.now() - started) / 1000,
        region: options.region,
        commit: options.commit,
      }),
      measurements,
      baseline: judgeBaseline({ measurements, engine: status.engine, unmeasured }),
      claims,
      notes: [
        ...(status.engine === 'simulated'
          ? [
              'Simulated engine: no model ran. Figures of inference test AOS, say nothing about a GPU, and are not judged.',
            ]
          : []),
        ...leftovers,
        GUIDE_CAVEAT,
      ],
    };
  } finally {
    api.dispose();
  }
}

/** One scenario after the other; of those that were not measured, why; of what could not be removed again, where. */
async function measureAll(options: BenchmarkOptions, target: Measured, clock: Clock) {
  const { load: choice = { mode: 'open' }, check = selfCheck, onProgress } = options;
  const { signal } = target;
  const prepares = { ...httpScenarios, ...options.operations };
  const measurements: Measurement[] = [];
  const unmeasured: Partial<Record<ScenarioId, string>> = {};
  const leftovers: string[] = [];
  const wanted = scenarios.filter(({ id }) => options.scenarios?.includes(id) ?? true);
  for (const [index, scenario] of wanted.entries()) {
    const { id } = scenario;
    const prepare = prepares[id];
    if (!prepare) unmeasured[id] = 'this runtime offers no way to measure it';
    else if (signal.aborted) unmeasured[id] = 'cancelled before';
    else if (measurements.some(isGone)) unmeasured[id] = 'the target stopped answering before';
    else {
      const load = loadOf(scenario, choice);
      const prepared = await prepare(target).catch((error: unknown) => messageOf(error));
      if (typeof prepared === 'string') {
        unmeasured[id] = prepared;
        continue;
      }
      const tell = (progress: MeasureProgress) =>
        onProgress?.({ kind: 'benchmark', index, count: wanted.length, ...progress });
      try {
        measurements.push(await measure({ ...prepared, scenario: id, load, check, onProgress: tell, clock, signal }));
      } finally {
        // What was measured counts, whether or not its traces can be removed.
        await prepared.dispose?.().catch((error) => leftovers.push(`${id} left something behind: ${messageOf(error)}`));
      }
    }
  }
  return { measurements, unmeasured, leftovers };
}

function loadOf({ load }: Scenario, choice: LoadChoice): LoadMode {
  if (choice.mode === 'serial') return { mode: 'serial', requests: positive('requests', choice.requests ?? 1000) };
  const rate = positive('rate_per_s', choice.rate_per_s ?? load.ratePerS);
  return {
    mode: 'open',
    rate_per_s: rate,
    ramp_to_per_s: choice.ramp_to_per_s === undefined ? null : positive('ramp_to_per_s', choice.ramp_to_per_s),
    duration_s: positive('duration_s', choice.duration_s ?? load.requests / rate),
    warm_up_s: choice.warm_up_s ?? load.warmUpS,
  };
}

function positive(name: string, value: number): number {
  if (value > 0 && Number.isFinite(value)) return value;
  throw new AosError('AOS_BAD_REQUEST', `${name} is ${value}; it must be greater than 0.`);
}

const isGone = ({ state }: Measurement) => state === 'target_gone';

async function firstAgent(api: RuntimeApi, signal: AbortSignal): Promise<string> {
  const [first] = await api.get('/api/agents', z.array(agentViewSchema), signal);
  if (first) return first.agent_id;
  throw new AosError('AOS_AGENT_NOT_FOUND', 'This runtime has no agents to ask. Add one to aos.json, or register one.');
}
