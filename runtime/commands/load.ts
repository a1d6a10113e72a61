import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { toAzureLoadTest } from '../benchmark/export-azure.ts';
import { toJmx } from '../benchmark/export-jmx.ts';
import { toLocust } from '../benchmark/export-locust.ts';
import { figure, renderReport } from '../benchmark/report.ts';
import { type LoadProgress, runLoadTest } from '../benchmark/run-load-test.ts';
import { parseTestPlan } from '../benchmark/test-plan.ts';
import type { LoadResult, TestPlan } from '../contracts/load-test.ts';
import { AosError } from '../core/errors.ts';
import { formatOf } from './bench.ts';
import { type BenchTarget, benchTarget, showProgress, stopSignal } from './bench-target.ts';
import { print, type TalkOptions } from './talk.ts';

export interface LoadOptions extends TalkOptions {
  /** Calls the endpoints that the plan names, instead of `url` or the running runtime. */
  asWritten?: boolean;
  /** The load may go to machines that are not this one. */
  yes?: boolean;
  /** Seconds, instead of what the plan says. */
  duration?: number;
  /** Writes the result there, too: .json, .csv, .md, .xml (JUnit). */
  out?: string;
}

/** `aos load`: ends with status 0 when the plan ran to its end and every criterion holds. */
export async function load(file: string, options: LoadOptions): Promise<void> {
  const plan = await readPlan(file);
  const format = options.out === undefined ? undefined : formatOf(options.out);
  const target: Partial<BenchTarget> = options.asWritten ? {} : await benchTarget(options);
  const result = await runLoadTest(plan, {
    ...{ baseUrl: target.url, token: target.token, durationS: options.duration },
    confirm: (origins) => {
      if (options.yes) return true;
      throw new AosError(
        'AOS_CANCELLED',
        `Nothing was sent: the load would go to ${origins.join(', ')}. If that is yours and may be loaded, say --yes.`,
      );
    },
    onProgress: (progress) => showProgress(progressLine(progress)),
    signal: stopSignal(),
  });
  showProgress('');
  if (options.out !== undefined && format) await writeFile(options.out, renderReport(result, format));
  print(options, result, () => resultLines(result));
  if (!result.passed) process.exitCode = 1;
}

/** `aos export load-test`: the plan for JMeter, Locust and Azure Load Testing. */
export async function exportLoadTest(file: string, folder: string, options: { json?: boolean }): Promise<void> {
  const plan = await readPlan(file);
  const files = {
    'test-plan.jmx': toJmx(plan),
    'locustfile.py': toLocust(plan),
    'load-test.yaml': toAzureLoadTest(plan, { testType: 'JMX', planFile: 'test-plan.jmx' }),
    'load-test-locust.yaml': toAzureLoadTest(plan, { testType: 'Locust', planFile: 'locustfile.py' }),
  };
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
  print(options, { folder, files: Object.keys(files) }, () =>
    Object.keys(files).map((name) => path.join(folder, name)),
  );
}

async function readPlan(file: string): Promise<TestPlan> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new AosError('AOS_NOT_FOUND', `The plan ${file} cannot be read. Give the path of a test-plan.yaml.`, {
      cause,
    });
  });
  return parseTestPlan(text, file);
}

function progressLine({ elapsedS, durationS, items }: LoadProgress): string {
  const parts = items.map(({ name, requests, errors, p95Ms }) =>
    requests === 0 ? `${name}: none yet` : `${name}: ${requests} (${errors} failed), p95 ${figure(p95Ms)} ms`,
  );
  return `${Math.floor(elapsedS)} of ${durationS} s · ${parts.join(' · ')}`;
}

function resultLines({ name, target, reason, items, total, criteria, passed }: LoadResult): string[] {
  return [
    `${name} · ${target}${reason ? ` · ${reason}` : ''}`,
    ...[...items, { name: 'Total', ...total }].map(({ name: item, requests, errors, requests_per_s, latency }) => {
      const times = latency
        ? `, mean ${figure(latency.mean.value)} · p95 ${figure(latency.p95.value)} · max ${figure(latency.max_ms)} ms`
        : '';
      return `  ${item}: ${requests} requests, ${errors} errors, ${figure(requests_per_s)}/s${times}`;
    }),
    ...Object.entries(total.errors_by_code).map(([code, count]) => `  ${count} × ${code}`),
    ...criteria.map(({ text, actual, holds }) => {
      const measured = actual === null ? 'nothing was measured' : `measured ${figure(actual)}`;
      return `${holds ? '✓' : '✗'} ${text}  (${measured})`;
    }),
    passed ? 'Passed.' : 'Not passed.',
  ];
}
