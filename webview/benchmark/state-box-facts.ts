import type { Measurement } from '../../runtime/contracts/benchmark.ts';
import type { BenchmarkRun, BenchmarkTarget } from '../../runtime/contracts/benchmark-panel.ts';
import { formatCount, formatDuration, formatPercent } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';
import { type BenchmarkModel, endedEarly } from './benchmark-model.ts';
import { aboutSeconds, baselineTime, plannedRequests } from './config-facts.ts';
import { asksAgent, countText, scenarioName, timeText } from './words.ts';

export type BoxAction =
  | {
      kind:
        | 'startRuntime'
        | 'restartRuntime'
        | 'showLog'
        | 'runAgain'
        | 'showPart'
        | 'showRaw'
        | 'keep'
        | 'runBaseline';
    }
  | { kind: 'runAt'; ratePerS: number };

/** What stands in the place of a result while there is none: what is, why, and the way on. */
export interface StateBox {
  icon: string;
  tone: 'quiet' | 'bad' | 'warning';
  title: string;
  text: string;
  quiet: string;
  /** The best next step first: it is the primary button. */
  actions: BoxAction[];
  /** The first is better than Run. */
  primary: boolean;
}

type Incomplete = Extract<BenchmarkRun, { kind: 'incomplete' }>;

export function stateBoxOf(model: BenchmarkModel): StateBox {
  const { run, target } = model;
  if (run.kind === 'failed') return failedBox(run, target);
  if (run.kind === 'incomplete') return incompleteBox(run, target);
  return target.state === 'running' ? emptyBox(model) : noRuntimeBox(target);
}

function noRuntimeBox(target: BenchmarkTarget): StateBox {
  const box = { icon: 'debug-disconnect', tone: 'quiet', quiet: target.problem ?? '', primary: true } as const;
  if (target.kind === 'url') {
    const actions: BoxAction[] = [{ kind: 'showLog' }];
    return { ...box, title: t('Nothing answers at {0}', target.name), text: '', actions, primary: false };
  }
  switch (target.state) {
    case 'starting':
      return { ...box, icon: 'loading', title: t('The runtime is starting'), text: '', actions: [] };
    case 'untrusted': {
      const text = t('Agents run code from this folder, so AOS stays off until you trust it.');
      return { ...box, title: t('No runtime is running'), text, actions: [] };
    }
    case 'noFolder':
    case 'noConfig': {
      const text = t('Open a folder with an aos.json, or choose a runtime at an address of its own.');
      return { ...box, title: t('No runtime is running'), text, actions: [] };
    }
    default:
      return {
        ...box,
        title: t('No runtime is running'),
        text: t('Start it, and the benchmark measures it on this machine.'),
        actions: [{ kind: 'startRuntime' }, { kind: 'showLog' }],
      };
  }
}

function emptyBox({ config, target }: BenchmarkModel): StateBox {
  const seconds = aboutSeconds(config);
  const where =
    target.kind === 'local'
      ? t('Nothing leaves this machine.')
      : t('The load goes to {0}, which may cost money.', target.name);
  const takes = seconds === null ? '' : t('Takes {0}.', formatDuration(seconds * 1000, { decimals: 0 }));
  return {
    ...{ icon: 'pulse', tone: 'quiet', title: t('No run yet'), primary: false },
    text: whatIsSent(config, target),
    quiet: [takes, where].filter(Boolean).join(' '),
    actions: config.scenario === 'baseline' ? [] : [{ kind: 'runBaseline' }],
  };
}

function whatIsSent(config: BenchmarkModel['config'], { agents }: BenchmarkTarget): string {
  const { scenario, mode, agentId, ratePerS } = config;
  if (scenario === 'baseline') return t('Measures every row of the guide’s table, each at a load of its own.');
  const count = countText(scenario, plannedRequests(config));
  const agent = agentId ?? agents[0];
  const what = asksAgent(scenario) && agent ? t('{0} to {1}', count, agent) : count;
  return mode === 'serial'
    ? t('Sends {0}, one after the other, as the guide’s loop does, and reports how long each took.', what)
    : t(
        'Sends {0} at {1} per second and reports how long each took, counted from the moment it was due.',
        what,
        ratePerS,
      );
}

function failedBox({ code, message }: Extract<BenchmarkRun, { kind: 'failed' }>, target: BenchmarkTarget): StateBox {
  const again: BoxAction = target.state === 'running' ? { kind: 'runAgain' } : { kind: 'startRuntime' };
  const actions: BoxAction[] = target.kind === 'url' && target.state !== 'running' ? [] : [again];
  return {
    ...{ icon: 'error', tone: 'bad', title: t('The run failed'), text: message, quiet: code, primary: true },
    actions: [...actions, { kind: 'showLog' }],
  };
}

function incompleteBox(run: Incomplete, target: BenchmarkTarget): StateBox {
  const ended = endedEarly(run.result.measurements);
  if (ended?.state === 'target_gone') return goneBox(ended, target);
  if (ended?.state === 'refused') return refusedBox(ended);
  return cancelledBox(run, ended);
}

function cancelledBox({ result, kept }: Incomplete, ended: Measurement | undefined): StateBox {
  const box = { icon: 'circle-slash', tone: 'quiet', primary: true } as const;
  if (!ended || ended.requests === 0) {
    const title = t('Cancelled before anything was measured');
    const whole = result.measurements.filter(({ state }) => state === 'complete').length;
    const text = whole === 0 ? '' : t('{0} measurements before it are complete.', whole);
    const actions: BoxAction[] = [{ kind: 'runAgain' }, ...(whole === 0 ? [] : ([{ kind: 'showPart' }] as const))];
    return { ...box, title, text, quiet: '', actions };
  }
  const planned = ended.load.mode === 'serial' ? ended.load.requests : ended.load.rate_per_s * ended.load.duration_s;
  const of = t('{0} of {1}', formatCount(ended.requests), countText(ended.scenario, Math.round(planned)));
  return {
    ...box,
    title:
      result.measurements.length > 1
        ? t('Cancelled in {0} after {1}', scenarioName(ended.scenario), of)
        : t('Cancelled after {0}', of),
    text: ended.latency
      ? t('p50 {0}, p95 {1} so far.', timeText(ended.latency.p50.value), timeText(ended.latency.p95.value))
      : '',
    quiet: kept
      ? t('Kept in History. A part of a run isn’t judged.')
      : t('A part of a run isn’t judged, and isn’t kept in History.'),
    actions: [{ kind: 'runAgain' }, { kind: 'showPart' }, ...(kept ? [] : ([{ kind: 'keep' }] as const))],
  };
}

function goneBox({ seconds, requests, errors, scenario, reason }: Measurement, target: BenchmarkTarget): StateBox {
  const answered = requests - errors;
  const first: BoxAction[] =
    target.kind === 'url' ? [] : [{ kind: target.state === 'running' ? 'restartRuntime' : 'startRuntime' }];
  return {
    ...{ icon: 'debug-disconnect', tone: 'bad', primary: target.kind === 'local' },
    title: t('The runtime stopped answering after {0}', formatDuration(seconds * 1000, { decimals: 0 })),
    text: [t('Answered: {0}.', countText(scenario, answered)), target.problem ?? reason ?? '']
      .filter(Boolean)
      .join(' '),
    quiet: t('What was measured is incomplete: it isn’t judged, and isn’t kept in History.'),
    actions: [...first, { kind: 'showLog' }, ...(answered === 0 ? [] : ([{ kind: 'showPart' }] as const))],
  };
}

function refusedBox({ generator, load, reason, requests }: Measurement): StateBox {
  const asked = load.mode === 'open' ? load.rate_per_s : Number.POSITIVE_INFINITY;
  // Requests that were late one by one can be as many a second as were asked for.
  const kept = generator && generator.kept_rate_per_s < Math.floor(asked) ? generator.kept_rate_per_s : null;
  const slower: BoxAction[] = kept === null ? [] : [{ kind: 'runAt', ratePerS: slowerRate(kept) }];
  return {
    ...{ icon: 'warning', tone: 'warning', primary: true },
    title: t('No figures: this machine couldn’t keep the rate'),
    text: generator
      ? t(
          '{0} of the requests started more than 10 ms late (limit 1 %), so the figures would describe the load generator, not the runtime.',
          formatPercent(generator.late_share, { decimals: 1 }),
        )
      : (reason ?? ''),
    quiet:
      kept === null
        ? t('This machine was too busy with other things. End them, or ask for fewer requests.')
        : t('It kept {0} of the {1} per second asked for.', formatCount(kept), formatCount(asked)),
    actions: [...slower, { kind: 'runAgain' }, ...(requests === 0 ? [] : ([{ kind: 'showRaw' }] as const))],
  };
}

const SAFE_SHARE = 0.95;

/** A rate this machine keeps, of two digits. */
function slowerRate(keptPerS: number): number {
  const safe = keptPerS * SAFE_SHARE;
  const step = 10 ** Math.max(0, Math.floor(Math.log10(safe)) - 1);
  return Math.floor(safe / step) * step;
}

export function actionLabel(action: BoxAction, part: boolean): string {
  switch (action.kind) {
    case 'startRuntime':
      return t('Start Runtime');
    case 'restartRuntime':
      return t('Restart Runtime');
    case 'showLog':
      return t('Show Log');
    case 'runAgain':
      return t('Run Again');
    case 'showPart':
      return part ? t('Hide What Was Measured') : t('Show What Was Measured');
    case 'showRaw':
      return part ? t('Hide Raw Samples') : t('Show Raw Samples');
    case 'keep':
      return t('Keep in History');
    case 'runBaseline':
      return t('Measure the Guide’s Baseline Instead ({0})', baselineTime());
    case 'runAt':
      return t('Run at {0} per Second', formatCount(action.ratePerS));
  }
}
