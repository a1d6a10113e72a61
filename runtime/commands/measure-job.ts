import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { BenchmarkProgress } from '../benchmark/course.ts';
import { assertOk } from '../benchmark/http-client.ts';
import { runBenchmark } from '../benchmark/run-benchmark.ts';
import { type LoadProgress, runLoadTest } from '../benchmark/run-load-test.ts';
import { RuntimeApi } from '../benchmark/runtime-api.ts';
import { parseTestPlan } from '../benchmark/test-plan.ts';
import type { BenchmarkResult } from '../contracts/benchmark.ts';
import type { MeasuringJob, MeasuringProgress } from '../contracts/benchmark-process.ts';
import type { LoadResult, TestPlan } from '../contracts/load-test.ts';
import { DEFAULT_HISTORY_LIMIT, type Result } from '../contracts/results.ts';
import { AosError } from '../core/errors.ts';
import { serviceClaims } from './bench-claims.ts';
import { serviceOperations } from './bench-services.ts';

export type BenchmarkJob = Extract<MeasuringJob, { kind: 'benchmark' }>;
export type LoadJob = Extract<MeasuringJob, { kind: 'load' }>;

interface Watch<Progress> {
  onProgress: (progress: Progress) => void;
  /** Aborted, it gives what was measured until then. */
  signal: AbortSignal;
}

/** Measures one job, for the command line and the editor alike. */
export function measureJob(job: MeasuringJob, watch: Watch<MeasuringProgress>): Promise<Result> {
  return job.kind === 'benchmark' ? measureBenchmark(job, watch) : measureLoad(job, watch);
}

/** @throws AosError AOS_NOT_RUNNING, AOS_UNAUTHORIZED, AOS_AGENT_NOT_FOUND before anything was measured */
export async function measureBenchmark(job: BenchmarkJob, watch: Watch<BenchmarkProgress>): Promise<BenchmarkResult> {
  const { target, services, folder, scenarios, agent_id, load } = job;
  return runBenchmark({
    ...{ ...target, load, ...watch },
    agentId: agent_id ?? undefined,
    scenarios: scenarios ?? undefined,
    operations: services ? serviceOperations(services) : undefined,
    claims: services ? serviceClaims(services) : undefined,
    commit: folder === null ? null : await commitOf(folder),
  });
}

/** @throws AosError AOS_NOT_FOUND, AOS_CONFIG_INVALID for the plan; AOS_CANCELLED for an origin that may not be loaded */
export async function measureLoad(job: LoadJob, watch: Watch<LoadProgress>): Promise<LoadResult> {
  const { target, plan_file, allowed_origins, duration_s } = job;
  return runLoadTest(await readPlan(plan_file), {
    ...{ baseUrl: target?.url, token: target?.token, durationS: duration_s, ...watch },
    confirm: (origins) => origins.every((origin) => allowed_origins.includes(origin)),
  });
}

/**
 * Keeps a result with the runtime that was measured, if one was, and if the result is complete.
 * @returns whether it did
 * @throws AosError of the runtime that could not keep it
 */
export async function keepResult(result: Result, job: MeasuringJob, signal?: AbortSignal): Promise<boolean> {
  if (!job.target || !isComplete(result)) return false;
  const { history_limit = DEFAULT_HISTORY_LIMIT } = job;
  const api = new RuntimeApi(job.target);
  try {
    const path = `/api/results/${result.id}?keep=${history_limit}`;
    assertOk(await api.send('PUT', path, { body: result, signal: signal ?? new AbortController().signal }));
    return true;
  } finally {
    api.dispose();
  }
}

/** Whether there are figures, all of runs that came to their end. */
export function isComplete(result: Result): boolean {
  if (result.kind === 'load') return result.state === 'complete';
  return result.measurements.length > 0 && result.measurements.every(({ state }) => state === 'complete');
}

/** @throws AosError AOS_NOT_FOUND; AOS_CONFIG_INVALID naming file, line and column */
export async function readPlan(file: string): Promise<TestPlan> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new AosError('AOS_NOT_FOUND', `The plan ${file} cannot be read. Give the path of a test-plan.yaml.`, {
      cause,
    });
  });
  return parseTestPlan(text, file);
}

/** @returns null where there is no repository, or no git */
async function commitOf(folder: string): Promise<string | null> {
  return promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: folder }).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
}
