import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { Course } from '../../runtime/benchmark/course.ts';
import { Punctuality } from '../../runtime/benchmark/punctuality.ts';
import { QueueLength } from '../../runtime/benchmark/queue-length.ts';
import { Recorder, windowSecondsFor } from '../../runtime/benchmark/recorder.ts';
import type { LoadMode } from '../../runtime/contracts/benchmark.ts';
import {
  type BenchmarkConfig,
  type BenchmarkPanelContract,
  type BenchmarkProgress,
  type RunningBenchmark,
  withProgress,
} from '../../runtime/contracts/benchmark-panel.ts';
import type { Result } from '../../runtime/contracts/panel-rpc.ts';
import { ManualClock } from '../../runtime/core/clock.ts';
import { seededRandom } from '../../runtime/core/random.ts';
import { startBrowser } from '../../scripts/vscode/workbench.mjs';
import { type Figure, interleave, median } from './support/figures.ts';
import { ROOT } from './support/processes.ts';

const ROUNDS = 3;
const MEASURE_MS = 20_000;
const RATE_PER_S = 200;
const TICK_MS = 500;
const RUN_S = 600;
const LIMIT = 0.05;
/** A panel that has just been opened compiles what it runs; one of ten minutes has done so long ago. */
const SETTLE_MS = 8000;

type Opened = Result<BenchmarkPanelContract, 'open'>;

const config: BenchmarkConfig = {
  ...{ scenario: 'message-latency', agentId: null, mode: 'open' },
  ...{ ratePerS: RATE_PER_S, durationS: RUN_S, warmUpS: 0, requests: 1000 },
};

/**
 * The Benchmark panel, as it ships, in a browser, while it draws a run of ten minutes that it is told of twice a second:
 * processor time of its renderer near the end of the ten; beside the same panel that is told nothing.
 */
export async function benchPanel(): Promise<Figure[]> {
  const ticks = await reportsOfRun();
  const perRound = (SETTLE_MS + MEASURE_MS) / TICK_MS;
  const first = ticks.length - ROUNDS * perRound;
  let round = 0;
  const rounds = await interleave(ROUNDS, {
    live: () => {
      const at = first + perRound * round++;
      return sharesOf(openedAfter(ticks.slice(0, at)), ticks.slice(at, at + perRound));
    },
    idle: () => sharesOf(openedAfter([]), []),
  });
  const share = (samples: readonly number[][], at: number) => median(samples.map((one) => one[at] ?? Number.NaN));
  const percent = (value: number) => `${(value * 100).toFixed(1)} % of a core`;
  const rowOf = (name: string, at: number): Figure => ({
    name,
    ours: percent(share(rounds.live, at)),
    peer: `idle panel ${percent(share(rounds.idle, at))}; target ${percent(LIMIT)}`,
    ratio: share(rounds.live, at) / LIMIT,
  });
  return [rowOf('its renderer', 0), rowOf('painting, without a GPU', 1)];
}

/** What the process that measures tells of a run of ten minutes, made by its own recorder: all reports, twice a second. */
async function reportsOfRun(): Promise<BenchmarkProgress[]> {
  const clock = new ManualClock();
  const random = seededRandom(1);
  const recorder = new Recorder({ windowS: windowSecondsFor(RATE_PER_S) });
  const load: LoadMode = {
    ...{ mode: 'open', rate_per_s: RATE_PER_S, ramp_to_per_s: null },
    ...{ duration_s: RUN_S, warm_up_s: 0 },
  };
  const parts = { recorder, punctuality: new Punctuality(), queue: new QueueLength(), clock };
  const course = new Course({ scenario: 'message-latency', load, planned: RUN_S * RATE_PER_S, ...parts });
  const start = clock.monotonic();
  course.measureFrom(start);
  const reports: BenchmarkProgress[] = [];
  for (let at = TICK_MS; at <= RUN_S * 1000; at += TICK_MS) {
    // Few are slow: as latencies are.
    for (let n = 0; n < (RATE_PER_S * TICK_MS) / 1000; n++)
      recorder.answer(at - 1, 4 + (8 * random() ** 3) / (1.02 - random()), {});
    await clock.advance(TICK_MS);
    reports.push({ kind: 'benchmark', index: 0, count: 1, ...course.report() });
  }
  return reports;
}

/** What the panel is told when it opens after these reports; without any, no run goes on. */
function openedAfter(ticks: readonly BenchmarkProgress[]): Opened {
  const started: RunningBenchmark = {
    kind: 'running',
    plan: { config, longer: null },
    ...{ cancelling: false, progress: null, windows: [] },
  };
  const load = { ratePerS: RATE_PER_S, durationS: RUN_S, warmUpS: 0, requests: 1000 };
  return {
    target: {
      ...{ kind: 'local', state: 'running', stoppedAt: null, name: 'Local runtime', address: '127.0.0.1:7071' },
      ...{ replicas: 2, engine: 'simulated', model: 'simulated', problem: null, agents: ['ceo'] },
    },
    run: ticks.length === 0 ? { kind: 'none' } : ticks.reduce(withProgress, started),
    shown: null,
    history: { runs: [], baseline: null, plannerRun: null },
    loads: {
      ...{ 'agent-start': load, 'message-latency': load, 'inference-cached': load, 'inference-uncached': load },
      ...{ storage: load, authentication: load, 'workflow-step': load },
    },
    ...{ mode: 'open', config, wish: { tab: null, scenario: null, agentId: null, compare: null } },
  };
}

/** Shares of a core that the renderer and the painting took. @param ticks what the panel is told, one every half second */
async function sharesOf(opened: Opened, ticks: readonly BenchmarkProgress[]): Promise<number[]> {
  await using files = await servePanel();
  const browser = await startBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1050, height: 900 } });
    await page.addInitScript(answerRequests, opened);
    await page.goto(files.url);
    await page.locator('.page .config').waitFor();
    await tell(page, ticks);
    await pause(SETTLE_MS);
    const before = await processorTimes(browser);
    const startMs = performance.now();
    await pause(MEASURE_MS);
    const after = await processorTimes(browser);
    const seconds = (performance.now() - startMs) / 1000;
    return after.map((time, index) => (time - before[index]!) / seconds);
  } finally {
    await browser.close();
  }
}

/** In the page: stands for the host. */
function answerRequests(opened: unknown): void {
  const postMessage = (message: { kind: string; id: number; method: string }) => {
    if (message.kind !== 'request') return;
    const result = message.method === 'open' ? opened : {};
    window.postMessage({ kind: 'result', id: message.id, result });
  };
  Object.assign(window, {
    acquireVsCodeApi: () => ({ postMessage, getState: () => undefined, setState: () => undefined }),
  });
}

/** Begins to tell the reports; they lie in the page before the first of them is told. */
async function tell(page: Page, ticks: readonly BenchmarkProgress[]): Promise<void> {
  await page.evaluate(
    ({ messages, everyMs }) => {
      let next = 0;
      const timer = setInterval(() => {
        const data = messages[next++];
        if (data === undefined) clearInterval(timer);
        else window.postMessage({ kind: 'event', event: 'progress', data });
      }, everyMs);
    },
    { messages: [...ticks], everyMs: TICK_MS },
  );
}

/** Seconds of the processor that renderers, and whatever paints for them, have taken. */
async function processorTimes(browser: Browser): Promise<[renderer: number, painting: number]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const of = (type: string) =>
    processInfo.filter((one) => one.type === type).reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  return [of('renderer'), of('GPU')];
}

const PAGE = `<!DOCTYPE html>
<html lang="en" style="--vscode-font-family: sans-serif; --vscode-font-size: 13px; --vscode-foreground: #ccc; --vscode-editor-background: #1f1f1f; --vscode-charts-blue: #59a4f9; --vscode-charts-purple: #a37acc; --vscode-charts-orange: #d18616; --vscode-charts-green: #89d185">
<head>
  <meta charset="UTF-8">
  <link rel="stylesheet" href="/codicon.css">
  <link rel="stylesheet" href="/benchmark.css">
</head>
<body class="vscode-body vscode-dark" data-l10n="{}"><div id="root"></div><script type="module" src="/benchmark.js"></script></body>
</html>`;

const TYPES: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css', '.ttf': 'font/ttf' };

/** The panel's page, and its bundle as it ships. */
async function servePanel(): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(async ({ url = '/' }, response) => {
    const type = TYPES[path.extname(url.split('?')[0]!)];
    const file = path.join(ROOT, 'dist/webview', path.basename(url.split('?')[0]!));
    response.setHeader('content-type', type ?? 'text/html');
    response.end(type === undefined ? PAGE : await readFile(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
