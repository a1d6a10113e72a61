import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { toAzureLoadTest } from '../benchmark/export-azure.ts';
import { toJmx } from '../benchmark/export-jmx.ts';
import { toLocust } from '../benchmark/export-locust.ts';
import { renderReport } from '../benchmark/report.ts';
import type { LoadProgress } from '../benchmark/run-load-test.ts';
import { formatFigure } from '../contracts/figures.ts';
import type { LoadResult } from '../contracts/load-test.ts';
import { formatOf } from './bench.ts';
import { benchTarget, keepUnlessTold, showProgress, stopSignal } from './bench-target.ts';
import { type LoadJob, measureLoad, readPlan } from './measure-job.ts';
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
  /** False: the result is not kept by the runtime. */
  keep: boolean;
}

/** `aos load`: ends with status 0 when the plan ran to its end and every criterion holds. */
export async function load(file: string, options: LoadOptions): Promise<void> {
  const { items } = await readPlan(file);
  const format = options.out === undefined ? undefined : formatOf(options.out);
  const { url, token } = options.asWritten ? {} : await benchTarget(options);
  const origins = url === undefined ? items.map(({ endpoint }) => new URL(endpoint).origin) : [new URL(url).origin];
  const job: LoadJob = {
    kind: 'load',
    target: url === undefined ? null : { url, token: token ?? '' },
    plan_file: file,
    allowed_origins: options.yes ? origins : [],
    duration_s: options.duration,
  };
  const onProgress = (progress: LoadProgress) => showProgress(progressLine(progress));
  const result = await measureLoad(job, { onProgress, signal: stopSignal() });
  showProgress('');
  await keepUnlessTold(options, result, job);
  print(options, result, () => resultLines(result));
  if (!result.passed) process.exitCode = 1;
  // Last: a file that cannot be written takes nothing else with it.
  if (options.out !== undefined && format) await writeFile(options.out, renderReport(result, format));
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

function progressLine({ elapsed_s, duration_s, items }: LoadProgress): string {
  const parts = items.map(({ name, requests, errors, p95_ms }) =>
    p95_ms === null ? `${name}: none yet` : `${name}: ${requests} (${errors} failed), p95 ${formatFigure(p95_ms)} ms`,
  );
  return `${Math.floor(elapsed_s)} of ${duration_s} s · ${parts.join(' · ')}`;
}

function resultLines({ name, target, reason, items, total, criteria, passed }: LoadResult): string[] {
  return [
    `${name} · ${target}${reason ? ` · ${reason}` : ''}`,
    ...[...items, { name: 'Total', ...total }].map(({ name: item, requests, errors, requests_per_s, latency }) => {
      const times = latency
        ? `, mean ${formatFigure(latency.mean.value)} · p95 ${formatFigure(latency.p95.value)} · max ${formatFigure(latency.max_ms)} ms`
        : '';
      return `  ${item}: ${requests} requests, ${errors} errors, ${formatFigure(requests_per_s)}/s${times}`;
    }),
    ...Object.entries(total.errors_by_code).map(([code, count]) => `  ${count} × ${code}`),
    ...criteria.map(({ text, actual, holds }) => {
      const measured = actual === null ? 'nothing was measured' : `measured ${formatFigure(actual)}`;
      return `${holds ? '✓' : '✗'} ${text}  (${measured})`;
    }),
    passed ? 'Passed.' : 'Not passed.',
  ];
}
