import { advise } from '../../../runtime/capacity/advisor/advise.ts';
import type { Facts } from '../../../runtime/capacity/advisor/facts.ts';
import { measuredFromBenchmark } from '../../../runtime/capacity/from-benchmark.ts';
import { planCapacity } from '../../../runtime/capacity/plan.ts';
import { type RegionId, regionNames } from '../../../runtime/contracts/azure-regions.ts';
import type { BenchmarkResult } from '../../../runtime/contracts/benchmark.ts';
import {
  type Check,
  type Fix,
  type Measured,
  type Plan,
  type PlanInput,
  planInputSchema,
} from '../../../runtime/contracts/capacity.ts';
import { capacityChoices, capacityFields, type NumberKey } from '../../../runtime/contracts/capacity-inputs.ts';
import type { CapacityNotice, CapacityState } from '../../../runtime/contracts/capacity-panel.ts';
import type { MeterKey } from '../../../runtime/contracts/prices.ts';
import type { ShownPlan } from '../../../runtime/contracts/shown-plan.ts';
import { t } from '../../l10n.ts';
import { type Memory, writeChosenPlan } from './chosen-plan.ts';
import type { PlanBook, StoredPlan } from './plan-book.ts';
import { inputLabel, planName } from './plan-name.ts';
import type { PriceShelf } from './price-shelf.ts';
import { shownPlan } from './shown-plan.ts';

/** The ranges of 10,000 plans; the planner makes them in less than 50 ms. */
const DRAWS = 10_000;
const UNDO_STEPS = 20;

type InputKey = Exclude<keyof PlanInput, 'prices'>;

/** What the advisor judges beside the plan. */
export type WorkspaceFacts = Pick<Facts, 'config' | 'sources' | 'exporter' | 'lastLoadTestAt'>;

export interface CapacitySessionOptions {
  plans: PlanBook;
  prices: PriceShelf;
  memory: Memory;
  facts(): WorkspaceFacts;
  /** Why there are no figures of a benchmark to take; null: there are. */
  noBenchmark(): string | null;
  /** Older prices are marked. */
  pricesMaxAgeDays(): number;
  now(): Date;
  onChange(state: CapacityState): void;
}

interface MadePlan {
  stored: StoredPlan;
  plan: Plan;
  checks: Check[];
}

/** The planner of a workspace: it outlives its panel, and every change of a plan goes through it. */
export class CapacitySession {
  readonly #options: CapacitySessionOptions;
  /** What takes back the last changes, the newest last. */
  readonly #undo: (() => void | Promise<void>)[] = [];
  #notice: CapacityNotice | null = null;

  constructor(options: CapacitySessionOptions) {
    this.#options = options;
  }

  get plans(): PlanBook {
    return this.#options.plans;
  }

  get state(): CapacityState {
    const { plans, noBenchmark } = this.#options;
    const { comparing } = plans;
    return {
      plan: this.#shown(plans.current),
      comparing: comparing && { plan: this.#shown(comparing.plan), editing: comparing.editing },
      prices: this.#prices(),
      noBenchmark: noBenchmark(),
      notice: this.#notice,
    };
  }

  /** The plan with everything in it, as it is exported. */
  whole(id: string): { name: string; plan: Plan; checks: Check[] } {
    const { stored, plan, checks } = this.#make(this.#get(id));
    return { name: planName(stored), plan, checks };
  }

  /** Region of the inputs that are shown. */
  get region(): RegionId {
    return regionOf(this.plans.edited);
  }

  /** Something beside the plans changed: prices, the workspace, what was measured. */
  refresh(): void {
    this.#options.onChange(this.state);
  }

  tell(notice: CapacityNotice | null): void {
    this.#notice = notice;
    this.refresh();
  }

  /**
   * @param value null: back to what was measured, or to the default
   * @throws ZodError for a value that is not allowed
   */
  setInput(id: string, key: InputKey, value: number | string | null): void {
    const { inputs } = this.#get(id);
    const { [key]: _, ...others } = inputs;
    this.#change(id, value === null ? others : planInputSchema.parse({ ...others, [key]: value }));
  }

  /** Back to what an input was before it was yours, or else before it was measured; all of them without `key`. */
  reset(id: string, key: InputKey | null): void {
    const before = this.#get(id);
    if (key === null) {
      this.#undoable(t('All inputs are back to the guide’s and the assumed ones.'), () =>
        this.plans.change(id, { inputs: before.inputs, measured: before.measured }),
      );
      this.plans.change(id, { inputs: {}, measured: null });
    } else {
      const { inputs, measured } = before;
      const { [key]: own, ...others } = inputs;
      this.#undoable(t('{0} is back to its source.', inputLabel(key)), () =>
        this.plans.change(id, {
          inputs: { ...this.#get(id).inputs, ...(own === undefined ? {} : { [key]: own }) },
          measured,
        }),
      );
      if (own !== undefined) this.plans.change(id, { inputs: others });
      else if (measured) this.plans.change(id, { measured: withoutValue(measured, key as NumberKey) });
    }
    this.refresh();
  }

  /** @returns the fix, if it is not one of inputs, which is done already */
  applyFix(id: string, checkId: string): Exclude<Fix, { kind: 'inputs' }> | undefined {
    const { checks } = this.#make(this.#get(id));
    const fix = checks.find((check) => check.id === checkId)?.fix;
    if (fix?.kind !== 'inputs') return fix;
    this.setInputs(id, fix.set, fix.label);
    return undefined;
  }

  /** Changes several inputs at once, with Undo. @param what it is told by */
  setInputs(id: string, set: PlanInput, what: string): void {
    const { inputs } = this.#get(id);
    this.#undoable(t('Done: {0}.', what), () => {
      const now: Record<string, unknown> = { ...this.#get(id).inputs };
      for (const key of Object.keys(set) as (keyof PlanInput)[]) {
        if (inputs[key] === undefined) delete now[key];
        else now[key] = inputs[key];
      }
      this.plans.change(id, { inputs: planInputSchema.parse(now) });
    });
    this.#change(id, planInputSchema.parse({ ...inputs, ...set }));
  }

  /** A price of someone's own, in USD per unit of the meter. */
  setPrice(id: string, meter: MeterKey, price: number, what: string): void {
    this.setInputs(id, { prices: { ...this.#get(id).inputs.prices, [meter]: price } }, what);
  }

  /** Something was done outside the plans that can be undone. */
  did(text: string, revert: () => Promise<void>): void {
    this.#undoable(text, revert);
    this.refresh();
  }

  async undo(): Promise<void> {
    const revert = this.#undo.pop();
    if (!revert) return;
    await revert();
    this.tell({ kind: 'info', text: t('Undone.'), undo: this.#undo.length > 0 });
  }

  /**
   * Takes the figures of a benchmark. @param run how people call it
   * @throws AosError AOS_BAD_REQUEST if it was simulated, or measured nothing of use
   */
  useBenchmark(id: string, result: BenchmarkResult, run: string): void {
    const { measured: before } = this.#get(id);
    const measured = measuredFromBenchmark(result, run);
    const labels = (Object.keys(measured.values) as NumberKey[]).map((key) => capacityFields[key].label);
    this.#undoable(t('Measured by run {0}: {1}.', run, labels.join(', ')), () =>
      this.plans.change(id, { measured: before }),
    );
    this.plans.change(id, { measured });
    this.refresh();
  }

  /** @throws Error while the plan cannot work; ZodError if Azure does not take what it says */
  async useForDeployment(id: string): Promise<void> {
    const { stored, plan, checks } = this.#make(this.#get(id));
    const blocking = checks.find((check) => check.blocking);
    if (blocking) throw new Error(`${blocking.finding} ${blocking.why}`);
    const name = t('Plan {0}: {1}', this.plans.letterOf(id), planName(stored));
    const chosen_at = this.#options.now().toISOString();
    await writeChosenPlan(this.#options.memory, { plan: id, name, chosen_at, capacity: plan.deployment });
    this.tell({ kind: 'info', text: t('The next deployment of this workspace uses {0}.', name), undo: false });
  }

  #get(id: string): StoredPlan {
    const plan = this.plans.get(id);
    if (!plan) throw new Error(t('This plan was deleted.'));
    return plan;
  }

  #change(id: string, inputs: PlanInput): void {
    this.plans.change(id, { inputs });
    this.refresh();
  }

  #undoable(text: string, revert: () => void | Promise<void>): void {
    this.#undo.push(revert);
    if (this.#undo.length > UNDO_STEPS) this.#undo.shift();
    this.#notice = { kind: 'info', text, undo: true };
  }

  #make(stored: StoredPlan): MadePlan {
    const { prices, facts, now } = this.#options;
    const book = prices.bookOf(regionOf(stored));
    const plan = planCapacity(stored.inputs, { prices: book, measured: stored.measured ?? undefined, draws: DRAWS });
    const checks = advise({ plan, prices: book, ...facts(), now: now().toISOString() });
    return { stored, plan, checks };
  }

  #shown(stored: StoredPlan): ShownPlan {
    const { plan, checks } = this.#make(stored);
    const of = { id: stored.id, letter: this.plans.letterOf(stored.id), name: planName(stored) };
    return shownPlan(of, plan, checks);
  }

  #prices(): CapacityState['prices'] {
    const { prices, pricesMaxAgeDays } = this.#options;
    const { region } = this;
    const age = prices.ageInDays(region);
    return {
      asOf: prices.bookOf(region).as_of,
      region: regionNames[region],
      stale: age !== null && age > pricesMaxAgeDays(),
      refreshing: prices.isRefreshing(region),
    };
  }
}

const regionOf = ({ inputs }: StoredPlan): RegionId => inputs.region ?? capacityChoices.region.options[0];

function withoutValue(measured: Measured, key: NumberKey): Measured | null {
  const { [key]: _, ...values } = measured.values;
  return Object.keys(values).length === 0 ? null : { ...measured, values };
}
