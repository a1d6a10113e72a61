import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { measuredSchema, type PlanInput, planInputSchema } from '../../../runtime/contracts/capacity.ts';
import type { Memory } from './chosen-plan.ts';

const KEY = 'aos.capacity.plans';

const storedPlanSchema = z.strictObject({
  id: z.string(),
  /** Null: called by what differs from the guide's example. */
  name: z.string().nullable(),
  inputs: planInputSchema,
  measured: measuredSchema.nullable(),
});
export type StoredPlan = z.infer<typeof storedPlanSchema>;

const storedSchema = z.strictObject({
  version: z.literal(1),
  plans: z.array(storedPlanSchema).min(1),
  current: z.string(),
  comparing: z.strictObject({ with: z.string(), editing: z.enum(['a', 'b']) }).nullable(),
});
type Stored = z.infer<typeof storedSchema>;

/** The plans of a workspace, which one is shown, and which one beside it. Every change is kept at once. */
export class PlanBook {
  readonly #memory: Memory;
  readonly #start: () => PlanInput;
  #stored: Stored;

  /** @param start inputs of a new plan that differ from the guide's example */
  constructor(memory: Memory, start: () => PlanInput = () => ({})) {
    this.#memory = memory;
    this.#start = start;
    this.#stored = storedSchema.safeParse(memory.get(KEY)).data ?? this.#first();
  }

  get plans(): readonly StoredPlan[] {
    return this.#stored.plans;
  }

  get current(): StoredPlan {
    return this.get(this.#stored.current) ?? this.plans[0]!;
  }

  get comparing(): { plan: StoredPlan; editing: 'a' | 'b' } | null {
    const { comparing } = this.#stored;
    const plan = comparing && this.get(comparing.with);
    return plan ? { plan, editing: comparing.editing } : null;
  }

  /** The plan whose inputs are shown. */
  get edited(): StoredPlan {
    const { comparing } = this;
    return comparing?.editing === 'b' ? comparing.plan : this.current;
  }

  get(id: string): StoredPlan | undefined {
    return this.plans.find((plan) => plan.id === id);
  }

  /** A, B, … by the place in the list; beyond Z a number. */
  letterOf(id: string): string {
    const at = this.plans.findIndex((plan) => plan.id === id);
    return at < 26 ? String.fromCharCode(65 + at) : String(at + 1);
  }

  /** Changes a plan; nothing if it is gone. */
  change(id: string, part: Partial<Omit<StoredPlan, 'id'>>): void {
    this.#keep({ plans: this.plans.map((plan) => (plan.id === id ? { ...plan, ...part } : plan)) });
  }

  /** Adds a plan, the start or a copy, without showing it. @returns its id */
  add(copyOf?: StoredPlan): string {
    const plan = copyOf
      ? { ...copyOf, id: randomUUID(), name: copyOf.name === null ? null : `${copyOf.name}, copy` }
      : this.#first().plans[0]!;
    this.#keep({ plans: [...this.plans, plan] });
    return plan.id;
  }

  /** Shows a plan; a comparison ends. */
  show(id: string): void {
    this.#keep({ current: id, comparing: null });
  }

  /** The last plan stays. */
  remove(id: string): void {
    const plans = this.plans.filter((plan) => plan.id !== id);
    if (plans.length === 0) return;
    this.#keep({ plans, comparing: null, current: id === this.current.id ? plans[0]!.id : this.current.id });
  }

  /** Puts a plan beside the current one, as B, and shows its inputs. */
  compareWith(id: string): void {
    if (id !== this.current.id) this.#keep({ comparing: { with: id, editing: 'b' } });
  }

  edit(editing: 'a' | 'b'): void {
    const { comparing } = this.#stored;
    if (comparing) this.#keep({ comparing: { ...comparing, editing } });
  }

  #first(): Stored {
    const id = randomUUID();
    return {
      version: 1,
      plans: [{ id, name: null, inputs: this.#start(), measured: null }],
      current: id,
      comparing: null,
    };
  }

  #keep(part: Partial<Stored>): void {
    this.#stored = { ...this.#stored, ...part };
    void this.#memory.update(KEY, this.#stored);
  }
}
