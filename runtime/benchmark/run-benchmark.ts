import { z } from 'zod';
import {
  type BenchmarkResult,
  GUIDE_CAVEAT,
  type LoadMode,
  type Measurement,
  type ScenarioId,
} from '../contracts/benchmark.ts';
import { agentViewSchema } from '../contracts/http.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { AosError, messageOf } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import { conditionsOf } from './conditions.ts';
import { type BenchmarkProgress, measure } from './measure.ts';
import type { Prepare } from './operation.ts';
import { RuntimeApi } from './runtime-api.ts';
import { httpScenarios, type Scenario, scenarios } from './scenarios.ts';
import { selfCheck } from './self-check.ts';
import { judgeBaseline } from './targets.ts';

/** The load of every scenario; what is left out is as the scenario has it. */
export type LoadChoice =
  | { mode: 'open'; ratePerS?: number; rampToPerS?: number; durationS?: number; warmUpS?: number }
  | { mode: 'serial'; requests?: number };

export interface BenchmarkOptions {
  url: string;
  token: string;
  /** Default: all that can be measured, which is the guide's baseline table. */
  scenarios?: readonly ScenarioId[];
  /** Default: open loop. `serial` is the guide's `benchmark_agent_inference`, 1,000 requests by default. */
  load?: LoadChoice;
  /** Who is asked; default: the first agent of the runtime. */
  agentId?: string;
  /** Operations that HTTP cannot reach: messages, storage, workflow steps. */
  operations?: Partial<Record<ScenarioId, Prepare>>;
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
    const agentId = options.agentId ?? (await firstAgent(api, signal));
    const prepares = { ...httpScenarios, ...options.operations };
    const measurements: Measurement[] = [];
    const unmeasured: Partial<Record<ScenarioId, string>> = {};
    for (const scenario of scenarios) {
      if (options.scenarios && !options.scenarios.includes(scenario.id)) continue;
      const prepare = prepares[scenario.id];
      if (!prepare) unmeasured[scenario.id] = 'this runtime offers no way to measure it';
      else if (signal.aborted) unmeasured[scenario.id] = 'cancelled before';
      else {
        const load = loadOf(scenario, options.load ?? { mode: 'open' });
        const result = await measureScenario({ ...options, scenario, load, prepare, api, agentId, clock, signal });
        if (typeof result === 'string') unmeasured[scenario.id] = result;
        else measurements.push(result);
      }
    }
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
      notes: [
        ...(status.engine === 'simulated'
          ? [
              'Simulated engine: no model ran. Figures of inference test AOS, say nothing about a GPU, and are not judged.',
            ]
          : []),
        GUIDE_CAVEAT,
      ],
    };
  } finally {
    api.dispose();
  }
}

/** @returns why it could not be measured, where that is so */
async function measureScenario(
  options: BenchmarkOptions & {
    scenario: Scenario;
    load: LoadMode;
    prepare: Prepare;
    api: RuntimeApi;
    agentId: string;
    clock: Clock;
    signal: AbortSignal;
  },
): Promise<Measurement | string> {
  const { scenario, prepare, api, agentId, signal, check = selfCheck } = options;
  const prepared = await prepare({ api, agentId, signal }).catch((error: unknown) => messageOf(error));
  if (typeof prepared === 'string') return prepared;
  try {
    return await measure({ ...options, scenario: scenario.id, ...prepared, check });
  } finally {
    await prepared.dispose?.();
  }
}

function loadOf({ load }: Scenario, choice: LoadChoice): LoadMode {
  if (choice.mode === 'serial') return { mode: 'serial', requests: positive('requests', choice.requests ?? 1000) };
  const rate = positive('ratePerS', choice.ratePerS ?? load.ratePerS);
  return {
    mode: 'open',
    rate_per_s: rate,
    ramp_to_per_s: choice.rampToPerS === undefined ? null : positive('rampToPerS', choice.rampToPerS),
    duration_s: positive('durationS', choice.durationS ?? load.requests / rate),
    warm_up_s: choice.warmUpS ?? load.warmUpS,
  };
}

function positive(name: string, value: number): number {
  if (value > 0 && Number.isFinite(value)) return value;
  throw new AosError('AOS_BAD_REQUEST', `${name} is ${value}; it must be greater than 0.`);
}

async function firstAgent(api: RuntimeApi, signal: AbortSignal): Promise<string> {
  const [first] = await api.get('/api/agents', z.array(agentViewSchema), signal);
  if (first) return first.agent_id;
  throw new AosError('AOS_AGENT_NOT_FOUND', 'This runtime has no agents to ask. Add one to aos.json, or register one.');
}
