import type { Check, Fix, Plan, PlanInput } from '../../contracts/capacity.ts';
import type { AosConfig } from '../../contracts/config.ts';
import { readSetting } from '../../contracts/environment-names.ts';
import type { PriceBook } from '../../contracts/prices.ts';
import { knownCost } from '../costs.ts';
import { bookFor, withOwnPrices } from '../price-book.ts';
import { type Sizing, size } from '../sizing.ts';
import type { SourceFile } from './handler-source.ts';

/** What the advisor judges. What is undefined was not looked at: its checks are "not measured". */
export interface Facts {
  plan: Plan;
  prices: PriceBook;
  config?: AosConfig | undefined;
  /** Source files of the handlers. */
  sources?: readonly SourceFile[] | undefined;
  /** Whether metrics and traces leave the process. */
  exporter?: boolean | undefined;
  /** When a load test last ended, ISO 8601; null: none is kept. */
  lastLoadTestAt?: string | null | undefined;
  /** ISO 8601. */
  now: string;
}

/** Whether a runtime with these variables exports its telemetry. */
export const exportsTelemetry = (env: Record<string, string | undefined>): boolean =>
  (['otlpEndpoint', 'applicationInsights'] as const).some((name) => readSetting(env, name) !== undefined);

/** Facts with what several checks need of them. */
export interface Situation extends Facts {
  sizing: Sizing;
  /** USD a month that the plan costs less with these inputs; null: nothing, or more. */
  savedBy(set: PlanInput): number | null;
}

export function situationOf(facts: Facts): Situation {
  const { values } = facts.plan;
  const book = withOwnPrices(bookFor(values.region, facts.prices), facts.plan.own_prices);
  const savedBy = (set: PlanInput): number | null => {
    const saved = knownCost(values, book) - knownCost({ ...values, ...set } as Plan['values'], book);
    return saved > 0.005 ? saved : null;
  };
  return { ...facts, sizing: size(values), savedBy };
}

/** A rule: finds nothing, or what is wrong and how it is put right. */
export type Finding = Pick<Check, 'verdict' | 'severity' | 'finding' | 'why'> &
  Partial<Pick<Check, 'blocking' | 'saving'>> & { fix?: Fix };

export const meets = (finding: string): Finding => ({ verdict: 'meets', severity: 'info', finding, why: '' });

export const notMeasured = (finding: string, fix?: Fix): Finding => ({
  ...{ verdict: 'not measured', severity: 'info', finding, why: '' },
  ...(fix ? { fix } : {}),
});

export const setInputs = (label: string, set: PlanInput): Fix => ({ kind: 'inputs', label, set });

export const setConfig = (label: string, path: readonly (string | number)[], value: unknown): Fix => ({
  kind: 'config',
  ...{ label, path, value },
});
