import { z } from 'zod';
import { benchmarkResultSchema, type ScenarioId, scenarioSchema, windowSchema } from './benchmark.ts';
import { type MeasuringProgress, measuringProgressSchema } from './benchmark-process.ts';
import { engineSchema } from './inference.ts';
import type { PanelContract } from './panel-rpc.ts';
import { resultComparisonSchema } from './result-comparison.ts';
import { resultSummarySchema } from './results.ts';

/** `baseline`: all scenarios, each at its own load, as the guide's table asks. */
export const measuredSchema = z.union([scenarioSchema, z.literal('baseline')]);
export type Measured = z.infer<typeof measuredSchema>;

/** How much is asked for: the first three in the open loop, `requests` in the serial one. */
export const benchmarkLoadSchema = z.strictObject({
  ratePerS: z.number().gt(0).max(100_000),
  durationS: z.number().gt(0).max(86_400),
  warmUpS: z.number().min(0).max(3600),
  requests: z.int().min(1).max(10_000_000),
});
export type BenchmarkLoad = z.infer<typeof benchmarkLoadSchema>;

/** The fields of the panel. */
export const benchmarkConfigSchema = benchmarkLoadSchema.extend({
  scenario: measuredSchema,
  /** Null: the first agent. */
  agentId: z.string().nullable(),
  mode: z.enum(['open', 'serial']),
});
export type BenchmarkConfig = z.infer<typeof benchmarkConfigSchema>;

/** What a run was asked to do. */
export const benchmarkPlanSchema = z.strictObject({
  config: benchmarkConfigSchema,
  /** Only these of the baseline, and for longer: their intervals were too wide to judge them. Null: as configured. */
  longer: z.array(scenarioSchema).min(1).nullable(),
});
export type BenchmarkPlan = z.infer<typeof benchmarkPlanSchema>;

export type BenchmarkProgress = Extract<MeasuringProgress, { kind: 'benchmark' }>;
const progressSchema: z.ZodType<BenchmarkProgress> = measuringProgressSchema.options[0];

/** The run of the window. One that is complete becomes the result that is shown, and there is none again. */
export const benchmarkRunSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    kind: z.literal('running'),
    plan: benchmarkPlanSchema,
    cancelling: z.boolean(),
    /** Null until the first report. */
    progress: progressSchema.nullable(),
    /** All windows of the scenario that is being measured. */
    windows: z.array(windowSchema),
  }),
  /** Cancelled, left by its target, or refused: not judged, and kept only if asked. */
  z.strictObject({
    kind: z.literal('incomplete'),
    plan: benchmarkPlanSchema,
    result: benchmarkResultSchema,
    kept: z.boolean(),
  }),
  /** There is no result. */
  z.strictObject({ kind: z.literal('failed'), plan: benchmarkPlanSchema, code: z.string(), message: z.string() }),
]);
export type BenchmarkRun = z.infer<typeof benchmarkRunSchema>;
export type RunningBenchmark = Extract<BenchmarkRun, { kind: 'running' }>;

/** The run after a report: windows are added up, from the start for another scenario. */
export function withProgress(run: RunningBenchmark, progress: BenchmarkProgress): RunningBenchmark {
  const same = run.progress?.scenario === progress.scenario;
  return { ...run, progress, windows: [...(same ? run.windows : []), ...progress.windows] };
}

/** How much of a run is done, 0 to 1; scenarios count alike. */
export function progressShare({ progress }: RunningBenchmark): number {
  if (!progress || progress.count === 0) return 0;
  const within =
    progress.phase === 'measure' && progress.planned > 0 ? Math.min(1, progress.done / progress.planned) : 0;
  return (progress.index + within) / progress.count;
}

/** What the panel must know of the target. */
export const benchmarkTargetSchema = z.strictObject({
  kind: z.enum(['local', 'url']),
  /** Of the target: that of the window's runtime, or `running` and `failed` of another. */
  state: z.enum(['noFolder', 'noConfig', 'untrusted', 'stopped', 'starting', 'running', 'stopping', 'failed']),
  /** When it stopped, epoch ms; null while it runs or if it never ran. */
  stoppedAt: z.number().nullable(),
  name: z.string(),
  /** `127.0.0.1:7071`; empty while it does not run. */
  address: z.string(),
  replicas: z.int(),
  engine: engineSchema.nullable(),
  model: z.string(),
  /** Why the local runtime is not as it should be, e.g. `replica-2: exit code 137`; null: nothing is known. */
  problem: z.string().nullable(),
  agents: z.array(z.string()),
});
export type BenchmarkTarget = z.infer<typeof benchmarkTargetSchema>;

export const benchmarkTabs = ['result', 'baseline', 'history'] as const;
export const benchmarkTabSchema = z.enum(benchmarkTabs);
export type BenchmarkTab = z.infer<typeof benchmarkTabSchema>;

/** What a command wants the panel to show; null: as it was. */
export const benchmarkWishSchema = z.strictObject({
  tab: benchmarkTabSchema.nullable(),
  scenario: measuredSchema.nullable(),
  agentId: z.string().nullable(),
  /** Runs to compare, the earlier one first. */
  compare: z.tuple([z.string(), z.string()]).nullable(),
});
export type BenchmarkWish = z.infer<typeof benchmarkWishSchema>;

/**
 * Whether the runtime traces what a scenario asks for: messages and storage go to the services themselves, a look with GET
 * leaves no trace, and a step is read from the record of its run.
 */
export const leavesTraces = (scenario: ScenarioId): boolean =>
  scenario === 'agent-start' || scenario === 'inference-cached' || scenario === 'inference-uncached';

/** The slowest requests of a measurement, or those that failed. */
export const tracesKindSchema = z.enum(['slow', 'errors']);
export type TracesKind = z.infer<typeof tracesKindSchema>;

/** Why each kind cannot be shown; null: it can. */
export const noTracesSchema = z.strictObject({ slow: z.string().nullable(), errors: z.string().nullable() });
export type NoTraces = z.infer<typeof noTracesSchema>;

/** What the target keeps. */
export const benchmarkHistorySchema = z.strictObject({
  /** Newest first; null: not read yet, or nothing answers. */
  runs: z.array(resultSummarySchema).nullable(),
  /** The newest run of the whole baseline. */
  baseline: benchmarkResultSchema.nullable(),
  /** Id of the run that the Capacity Planner takes its figures from; null: from the newest. */
  plannerRun: z.string().nullable(),
});
export type BenchmarkHistory = z.infer<typeof benchmarkHistorySchema>;

/** Two runs, the earlier one first. */
export const comparedRunsSchema = z.strictObject({
  before: benchmarkResultSchema,
  after: benchmarkResultSchema,
  comparison: resultComparisonSchema,
});
export type ComparedRuns = z.infer<typeof comparedRunsSchema>;

const nothing = z.strictObject({});
const byId = z.strictObject({ id: z.string() });
const measurementSchema = z.strictObject({ id: z.string(), scenario: scenarioSchema });
const shownSchema = z.strictObject({ result: benchmarkResultSchema.nullable() });

/** The Benchmark panel: the host runs and keeps, so a hidden or closed panel stops nothing and misses nothing. */
export const benchmarkPanelContract = {
  requests: {
    /** The webview is drawn and wants everything. `shownId`: the result that it showed before a reload. */
    open: {
      params: z.strictObject({ shownId: z.string().nullable() }),
      result: z.strictObject({
        target: benchmarkTargetSchema,
        run: benchmarkRunSchema,
        shown: benchmarkResultSchema.nullable(),
        history: benchmarkHistorySchema,
        /** What each scenario is asked for where nothing else is said. */
        loads: z.record(scenarioSchema, benchmarkLoadSchema) satisfies z.ZodType<Record<ScenarioId, BenchmarkLoad>>,
        mode: benchmarkConfigSchema.shape.mode,
        /** What the fields said before the panel was closed; null: it was not open yet. */
        config: benchmarkConfigSchema.nullable(),
        wish: benchmarkWishSchema,
      }),
    },
    run: { params: benchmarkPlanSchema, result: nothing },
    /** Ends a run; what was measured until then stays. */
    cancel: { params: nothing, result: nothing },
    /** Shows a kept result. */
    show: { params: byId, result: nothing },
    /** Keeps an incomplete run in the history. */
    keep: { params: nothing, result: nothing },
    compare: { params: z.strictObject({ before: z.string(), after: z.string() }), result: comparedRunsSchema },
    annotate: { params: z.strictObject({ id: z.string(), note: z.string().max(500) }), result: nothing },
    /** Asks what to do with a kept result. */
    rowMenu: { params: byId, result: nothing },
    /** Whether the traces of a measurement can be shown. */
    traces: { params: measurementSchema, result: noTracesSchema },
    /** Asks for one of them, and shows it. `id` null: of the run that goes on. */
    showTraces: {
      params: measurementSchema.extend({ id: z.string().nullable(), kind: tracesKindSchema }),
      result: nothing,
    },
    /** Asks what to export of a kept result; null: of the one that is shown. */
    export: { params: z.strictObject({ id: z.string().nullable() }), result: nothing },
    copyReport: { params: nothing, result: nothing },
    pickTarget: { params: nothing, result: nothing },
    useModel: { params: nothing, result: nothing },
    startRuntime: { params: nothing, result: nothing },
    restartRuntime: { params: nothing, result: nothing },
    showLog: { params: nothing, result: nothing },
    /** What the fields say; for the commands. */
    configured: { params: benchmarkConfigSchema, result: nothing },
  },
  events: {
    target: benchmarkTargetSchema,
    run: benchmarkRunSchema,
    progress: progressSchema,
    shown: shownSchema,
    history: benchmarkHistorySchema,
    wish: benchmarkWishSchema,
  },
} as const satisfies PanelContract;
export type BenchmarkPanelContract = typeof benchmarkPanelContract;
