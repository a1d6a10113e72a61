import type { MeasuringProgress } from '../contracts/benchmark-process.ts';
import type { LoadFigures, LoadResult, TestPlan, TestPlanItem } from '../contracts/load-test.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { AosError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import { runClosedLoop } from './closed-loop.ts';
import { judgeCriterion } from './criteria.ts';
import { Histogram } from './histogram.ts';
import { assertOk, HttpClient } from './http-client.ts';
import { isLoopback } from './loopback.ts';
import type { Operation } from './operation.ts';
import { Recorder } from './recorder.ts';
import { endOf, everyHalfSecond } from './run.ts';
import { summarise } from './statistics.ts';
import { expandCounter } from './test-plan.ts';

export type LoadProgress = Extract<MeasuringProgress, { kind: 'load' }>;

export interface LoadTestOptions {
  /** Stands for the origin of every endpoint of the plan; default: as the plan names them. */
  baseUrl?: string;
  /** Bearer token of `baseUrl`; nobody else gets it. */
  token?: string;
  /** Instead of the duration of every item, seconds. */
  durationS?: number;
  /** Asked before load goes to an address that is not this machine's. Default: no. */
  confirm?: (origins: readonly string[]) => boolean | Promise<boolean>;
  onProgress?: (progress: LoadProgress) => void;
  clock?: Clock;
  signal?: AbortSignal;
}

/**
 * Runs a plan as JMeter would: each item with its threads for its duration, all items at the same time, each thread with
 * one request after the other. A status of 400 or more is an error. Cancelled, or left by its target, it gives what was
 * measured until then; it has not passed then.
 * @throws AosError AOS_CANCELLED when `confirm` refuses; AOS_BAD_REQUEST for a `baseUrl` that is no URL
 */
export async function runLoadTest(plan: TestPlan, options: LoadTestOptions = {}): Promise<LoadResult> {
  const { clock = systemClock, signal = new AbortController().signal, token, onProgress } = options;
  const items = plan.items.map((item) => ({
    ...item,
    url: placed(item, options.baseUrl),
    durationS: options.durationS ?? item.duration,
    recorder: new Recorder({ timesFailures: true }),
  }));
  const origins = [...new Set(items.map(({ url }) => url.origin))];
  await makeSure(
    items.map(({ url }) => url),
    options,
  );

  const client = new HttpClient();
  const started = clock.now();
  const start = clock.monotonic();
  const elapsedS = () => (clock.monotonic() - start) / 1000;
  const progress = everyHalfSecond(() => {
    onProgress?.({
      kind: 'load',
      elapsed_s: elapsedS(),
      duration_s: Math.max(...items.map(({ durationS }) => durationS)),
      items: items.map(({ name, recorder: { requests, errors, soFar } }) => ({
        ...{ name, requests, errors },
        p95_ms: soFar?.p95_ms ?? null,
      })),
    });
  }, clock);
  try {
    const seconds = await Promise.all(
      items.map(async (item) => {
        const operation = requestOf(item, client, options.baseUrl === undefined ? undefined : token);
        const { recorder, threads: workers, durationS } = item;
        await runClosedLoop({ operation, recorder, workers, durationMs: durationS * 1000, clock, signal });
        return elapsedS();
      }),
    );
    const recorders = items.map(({ recorder }) => recorder);
    const total = added(recorders);
    const totalS = Math.max(...seconds);
    const criteria = plan.criteria.map((criterion) => judgeCriterion(criterion, { ...total, seconds: totalS }));
    const end = endOf(recorders, signal);
    return {
      kind: 'load',
      id: newId('load'),
      name: plan.name,
      started_at: new Date(started).toISOString(),
      target: origins.join(', '),
      ...end,
      items: items.map(({ name, threads, recorder }, index) => ({
        ...{ name, threads },
        ...figuresOf(recorder, seconds[index]!),
      })),
      total: figuresOf(total, totalS),
      criteria,
      passed: end.state === 'complete' && criteria.every(({ holds }) => holds),
    };
  } finally {
    progress[Symbol.dispose]();
    client.dispose();
  }
}

function placed({ endpoint }: TestPlanItem, baseUrl: string | undefined): URL {
  const url = new URL(endpoint);
  if (baseUrl === undefined) return url;
  if (!URL.canParse(baseUrl)) {
    throw new AosError('AOS_BAD_REQUEST', `"${baseUrl}" is no URL. Write e.g. http://127.0.0.1:7071`);
  }
  return new URL(url.pathname + url.search, baseUrl);
}

/** Load on someone's machine is an attack unless they know of it. */
async function makeSure(urls: readonly URL[], { confirm = () => false }: LoadTestOptions): Promise<void> {
  const others = [...new Set(urls.filter((url) => !isLoopback(url)).map(({ origin }) => origin))];
  if (others.length === 0 || (await confirm(others))) return;
  throw new AosError(
    'AOS_CANCELLED',
    `Nothing was sent: the load would go to ${others.join(', ')}, which is not this machine. Confirm that it is yours and may be loaded (aos load: --yes).`,
  );
}

function requestOf({ url, method, body }: TestPlanItem & { url: URL }, client: HttpClient, token?: string): Operation {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return async (i, signal) => {
    const text = body === undefined ? undefined : expandCounter(body, i + 1);
    assertOk(await client.send({ url, method, body: text, headers, signal }));
    return {};
  };
}

type Figures = Pick<Recorder, 'histogram' | 'errors' | 'errorsByCode'>;

function added(recorders: readonly Recorder[]): Figures {
  const errorsByCode: Record<string, number> = {};
  for (const [code, count] of recorders.flatMap((recorder) => Object.entries(recorder.errorsByCode))) {
    errorsByCode[code] = (errorsByCode[code] ?? 0) + count;
  }
  return {
    histogram: Histogram.sum(recorders.map(({ histogram }) => histogram)),
    errors: recorders.reduce((sum, { errors }) => sum + errors, 0),
    errorsByCode,
  };
}

function figuresOf({ histogram, errors, errorsByCode }: Figures, seconds: number): LoadFigures {
  return {
    requests: histogram.count,
    errors,
    errors_by_code: errorsByCode,
    seconds,
    requests_per_s: seconds > 0 ? histogram.count / seconds : 0,
    latency: summarise(histogram),
    histogram: histogram.toData(),
  };
}
