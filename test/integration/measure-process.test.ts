import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { BenchmarkResult, ScenarioId } from '../../runtime/contracts/benchmark.ts';
import {
  type FromMeasuring,
  fromMeasuringSchema,
  type MeasuringJob,
  type ToMeasuring,
} from '../../runtime/contracts/benchmark-process.ts';
import type { LoadResult } from '../../runtime/contracts/load-test.ts';
import {
  aos,
  BOARDROOM,
  eventually,
  isRunning,
  ROOT,
  type System,
  useSystem,
  useTemporaryFolder,
} from './support/system.ts';

const MAIN = path.join(ROOT, 'dist/runtime/main.js');
const ONE_REPLICA = ['--memory', '--engine', 'simulated', '--replicas', '1'];

type Said<Type extends FromMeasuring['type']> = Extract<FromMeasuring, { type: Type }>;

/** A job in the guide's loop: it does not depend on how busy the machine of the test is. */
function jobOf(
  { ready }: { ready: Pick<System['ready'], 'http' | 'token' | 'serviceBus' | 'storage'> },
  requests: number,
  scenarios: ScenarioId[] = ['authentication'],
): MeasuringJob {
  return {
    kind: 'benchmark',
    target: { url: ready.http, token: ready.token },
    services: { serviceBus: ready.serviceBus, storage: ready.storage },
    folder: BOARDROOM,
    scenarios,
    agent_id: null,
    load: { mode: 'serial', requests },
  };
}

/** Measures in a process of its own, as the editor does. */
function measure(job: MeasuringJob) {
  const child: ChildProcess = fork(MAIN, ['benchmark'], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said: FromMeasuring[] = [];
  child.on('message', (message) => said.push(fromMeasuringSchema.parse(message)));
  const say = (order: ToMeasuring) => child.send(order);
  child.stderr?.resume();
  // Not `exit`: that may come before the last of what it said.
  const exited = once(child, 'close');
  say({ type: 'start', job });
  return {
    said,
    pid: child.pid!,
    cancel: () => say({ type: 'cancel' }),
    measuring: () =>
      eventually(async () =>
        said.some(
          (message) =>
            message.type === 'progress' && message.progress.kind === 'benchmark' && message.progress.done > 0,
        ),
      ),
    /** What it said last, once it has ended by itself. */
    ended: async () => {
      const [code] = await exited;
      return { code, last: said.at(-1) };
    },
  };
}

const kept = async ({ api }: System) => (await api('GET', '/api/results')).body as { id: string; number: number }[];

describe('the process that measures', () => {
  it('tells how far it is, keeps the complete result in the runtime, and ends', async () => {
    const system = await useSystem(BOARDROOM, ONE_REPLICA);
    const measured = measure(jobOf(system, 3000));
    const { code, last } = await measured.ended();
    expect([code, last]).toMatchObject([0, { type: 'result', kept: true, result: { kind: 'benchmark' } }]);
    const { result } = last as Said<'result'>;
    const told = measured.said.filter((message) => message.type === 'progress').map(({ progress }) => progress);
    expect(told[0]).toMatchObject({ kind: 'benchmark', scenario: 'authentication', index: 0, count: 1, planned: 3000 });
    const done = told.map((progress) => progress.kind === 'benchmark' && progress.done);
    expect(done).toEqual([...new Set(done)].sort((a, b) => Number(a) - Number(b)));
    expect(await kept(system)).toMatchObject([
      { id: result.id, number: 1, scenario: 'authentication', requests: 3000 },
    ]);
    expect((await system.api('GET', `/api/results/${result.id}`)).body).toEqual(result);
    expect(system.log()).not.toContain(system.ready.token);

    // The command line keeps and finds results by the same way.
    const bench = ['bench', '--scenario', 'authentication', '--serial', '--requests', '100', '--json'];
    const again = JSON.parse((await aos(system, [...bench, '--baseline', '1'])).stdout);
    expect(again.comparison.changes.map(({ statistic }: { statistic: string }) => statistic)).toContain('p95');
    await aos(system, [...bench, '--no-keep']);
    const { results } = JSON.parse((await aos(system, ['bench', 'history', '--json'])).stdout);
    expect(results.map(({ id, number }: { id: string; number: number }) => [id, number])).toEqual([
      [again.id, 2],
      [result.id, 1],
    ]);
    const compared = await aos(system, ['bench', 'compare', '1', again.id]);
    expect(compared.stdout).toMatch(/authentication p95: .* ms, .*: (faster|slower|no clear difference)/);
    expect(await aos(system, ['bench', 'compare', '1', '9'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no run 9'),
    });
  });

  it('fails a build by what surely got worse, and by nothing else', async () => {
    const system = await useSystem(BOARDROOM, ONE_REPLICA);
    const folder = await useTemporaryFolder();
    const file = path.join(folder, 'before.json');
    const bench = ['bench', '--scenario', 'authentication', '--serial', '--requests', '100', '--no-keep'];
    expect((await aos(system, [...bench, '--out', file])).code).toBe(0);
    const before: BenchmarkResult = JSON.parse(await readFile(file, 'utf8'));
    const against = [...bench, '--baseline', file, '--fail-on-regression', '--tolerance'];
    // 100,000 % are beyond all noise.
    expect(await aos(system, [...against, '100000'])).toMatchObject({ code: 0, stderr: '' });

    const [measurement] = before.measurements;
    const buckets: [number, number][] = [[1, 100]];
    const fast = { ...before, measurements: [{ ...measurement!, histogram: { ...measurement!.histogram, buckets } }] };
    await writeFile(file, JSON.stringify(fast));
    const slower = await aos(system, [...against, '5']);
    expect(slower).toMatchObject({ code: 1, stdout: expect.stringMatching(/authentication p50: .*: slower/) });

    await writeFile(file, JSON.stringify({ ...before, conditions: { ...before.conditions, engine: 'llama' } }));
    const unlike = await aos(system, [...against, '5']);
    expect(unlike).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('simulated engine') });
    const alone = await aos(system, [...bench, '--fail-on-regression']);
    expect(alone).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('needs --baseline') });
  });

  it('judges the guide’s test plan from the command line, and keeps the result', async () => {
    const system = await useSystem(BOARDROOM, ONE_REPLICA);
    const plan = path.join(BOARDROOM, 'test-plan.yaml');
    const { code, stdout } = await aos(system, ['load', plan, '--duration', '3', '--json']);
    const result: LoadResult = JSON.parse(stdout);
    expect(result.state).toBe('complete');
    expect(result.criteria.map(({ text }) => text)).toEqual([
      'avg(response_time) < 2000',
      'percentage(errors) < 5',
      'max(response_time) < 10000',
    ]);
    // How busy the machine of the test is decides whether they hold; the status says the same.
    expect([result.passed, code]).toEqual(result.criteria.every(({ holds }) => holds) ? [true, 0] : [false, 1]);
    expect(await kept(system)).toMatchObject([{ id: result.id, kind: 'load', name: 'AOS Agent Load Test' }]);
    expect((await system.api('GET', `/api/results/${result.id}`)).body).toEqual(result);
  });

  it('gives what it has when it is cancelled, and keeps nothing of it', async () => {
    const system = await useSystem(BOARDROOM, ONE_REPLICA);
    const run = measure(jobOf(system, 1_000_000));
    await run.measuring();
    run.cancel();
    const { code, last } = await run.ended();
    expect([code, last]).toMatchObject([0, { type: 'result', kept: false }]);
    const [measurement] = ((last as Said<'result'>).result as BenchmarkResult).measurements;
    expect(measurement).toMatchObject({ state: 'cancelled', errors: 0 });
    expect(measurement?.requests).toBeGreaterThan(0);
    expect(await kept(system)).toEqual([]);
  });

  it('stops and leaves nothing when the process that wanted the figures is killed', async () => {
    const system = await useSystem(BOARDROOM, ONE_REPLICA);
    const parent = fork(path.join(import.meta.dirname, 'support/measuring-parent.ts'), {
      env: { ...process.env, AOS_TEST_JOB: JSON.stringify(jobOf(system, 20_000)), AOS_TEST_MAIN: MAIN },
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [pid] = (await once(parent, 'message')) as [number];
    parent.kill('SIGKILL');
    await eventually(async () => !isRunning(pid));
    expect(await kept(system)).toEqual([]);
  });

  it.each<ScenarioId>(['authentication', 'message-latency', 'storage'])(
    'says that the system has died while it measured %s, and keeps what was measured until then in the result',
    async (scenario) => {
      const system = await useSystem(BOARDROOM, ONE_REPLICA);
      const run = measure(jobOf(system, 1_000_000, [scenario, 'workflow-step']));
      await run.measuring();
      system.process.kill('SIGKILL');
      const { last } = await run.ended();
      await eventually(async () => ![system.ready.pids.cloud, ...system.ready.pids.replicas].some(isRunning));
      expect(last).toMatchObject({ type: 'result', kept: false });
      const { measurements, baseline } = (last as Said<'result'>).result as BenchmarkResult;
      expect(measurements).toMatchObject([{ scenario, state: 'target_gone' }]);
      expect(measurements[0]?.latency?.p50.value).toBeGreaterThan(0);
      expect(baseline.find(({ id }) => id === 'R9')?.note).toBe('the target stopped answering before');
      expect(baseline.every(({ verdict }) => verdict !== 'meets')).toBe(true);
    },
  );

  it('says why it could not measure', async () => {
    const ready = { http: 'http://127.0.0.1:1', token: 'x', serviceBus: '', storage: '' };
    const job = jobOf({ ready }, 10);
    const { said, ended } = measure(job);
    expect((await ended()).code).toBe(0);
    expect(said).toMatchObject([{ type: 'failed', code: 'AOS_NOT_RUNNING' }]);
  });
});
