import type { ScenarioId, Verdict } from '../../runtime/contracts/benchmark.ts';
import type { Measured } from '../../runtime/contracts/benchmark-panel.ts';
import { formatFigure } from '../../runtime/contracts/figures.ts';
import { formatCount } from '../../runtime/contracts/units.ts';
import { t } from '../l10n.ts';

/** In the order of the list. */
export const scenarioOrder = [
  'inference-uncached',
  'inference-cached',
  'message-latency',
  'storage',
  'agent-start',
  'authentication',
  'workflow-step',
  'baseline',
] as const satisfies readonly Measured[];

export function scenarioName(scenario: Measured): string {
  switch (scenario) {
    case 'inference-uncached':
      return t('Inference, uncached');
    case 'inference-cached':
      return t('Inference, cached');
    case 'message-latency':
      return t('Message latency');
    case 'storage':
      return t('Storage');
    case 'agent-start':
      return t('Agent start');
    case 'authentication':
      return t('Authentication');
    case 'workflow-step':
      return t('Workflow step');
    case 'baseline':
      return t('Guide’s baseline (all)');
  }
}

/** Only these ask a model; their figures on a simulated engine say nothing about inference. */
export const usesModel = (scenario: Measured): boolean =>
  scenario === 'inference-uncached' || scenario === 'inference-cached';

/** Whether it matters which agent is asked. */
export const asksAgent = (scenario: Measured): boolean => usesModel(scenario) || scenario === 'baseline';

/** `1,000 requests`, `12,000 messages` */
export function countText(scenario: ScenarioId, count: number): string {
  const number = formatCount(count);
  if (scenario === 'message-latency') return count === 1 ? t('{0} message', number) : t('{0} messages', number);
  if (scenario === 'agent-start') return count === 1 ? t('{0} start', number) : t('{0} starts', number);
  return count === 1 ? t('{0} request', number) : t('{0} requests', number);
}

/** What is counted, in a unit: `req/s`. */
export const unitOf = (scenario: Measured): string => (scenario === 'message-latency' ? t('msg') : t('req'));

export function verdictWord(verdict: Verdict): string {
  switch (verdict) {
    case 'meets':
      return t('Meets');
    case 'misses':
      return t('Misses');
    case 'unsure':
      return t('Unsure');
    case 'not_judged':
      return t('Not judged');
    case 'not_measured':
      return t('Not measured');
  }
}

export const verdictIcons: Record<Verdict, string> = {
  meets: 'pass',
  misses: 'error',
  unsure: 'question',
  not_judged: 'beaker',
  not_measured: 'circle-slash',
};

/** `46.9 ms`, from a second on `1.74 s`. */
export function timeText(ms: number): string {
  return ms < 1000 ? `${formatFigure(ms)} ms` : `${formatFigure(ms / 1000)} s`;
}

/** Both ends in the unit of the value: `3.55–4.02`. */
export function intervalText({ value, low, high }: { value: number; low: number; high: number }): string {
  const per = value < 1000 ? 1 : 1000;
  return `${formatFigure(low / per)}–${formatFigure(high / per)}`;
}

/** A list as people say it: `p50 < 50, p95 < 100`. */
export const listed = (parts: readonly string[]): string => parts.join(', ');
