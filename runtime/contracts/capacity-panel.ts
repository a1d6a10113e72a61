import { z } from 'zod';
import type { PanelContract } from './panel-rpc.ts';
import { inputKeySchema, shownPlanSchema } from './shown-plan.ts';

/** One line under the header: what just happened. */
export const capacityNoticeSchema = z.strictObject({
  kind: z.enum(['info', 'warning']),
  text: z.string(),
  /** It can be undone. */
  undo: z.boolean(),
});
export type CapacityNotice = z.infer<typeof capacityNoticeSchema>;

export const capacityPricesSchema = z.strictObject({
  /** The day they were asked; null: never. */
  asOf: z.iso.date().nullable(),
  region: z.string(),
  /** Older than the settings allow. */
  stale: z.boolean(),
  refreshing: z.boolean(),
});
export type CapacityPrices = z.infer<typeof capacityPricesSchema>;

export const capacityStateSchema = z.strictObject({
  plan: shownPlanSchema,
  /** The plan beside it, B, and which of the two the inputs are of; null: one plan. */
  comparing: z.strictObject({ plan: shownPlanSchema, editing: z.enum(['a', 'b']) }).nullable(),
  /** Of the plan whose inputs are shown. */
  prices: capacityPricesSchema,
  /** Why *Use My Last Benchmark* cannot be pressed; null: it can. */
  noBenchmark: z.string().nullable(),
  notice: capacityNoticeSchema.nullable(),
});
export type CapacityState = z.infer<typeof capacityStateSchema>;

const nothing = z.strictObject({});
const ofPlan = z.strictObject({ plan: z.string() });

/** The Capacity planner: the host owns the plans and makes them; the webview shows them and says what was changed. */
export const capacityPanelContract = {
  requests: {
    /** The webview is drawn and wants everything. */
    open: { params: nothing, result: capacityStateSchema },
    /** A value that the field's own rules allow; null goes back to the measured value, or to the default. */
    setInput: {
      params: z.strictObject({
        plan: z.string(),
        key: inputKeySchema,
        value: z.union([z.number(), z.string()]).nullable(),
      }),
      result: nothing,
    },
    /** Forgets what is measured and yours: of one input, or of all. */
    reset: { params: z.strictObject({ plan: z.string(), key: inputKeySchema.nullable() }), result: nothing },
    /** Does what an advice offers. */
    applyFix: { params: z.strictObject({ plan: z.string(), check: z.string() }), result: nothing },
    undo: { params: nothing, result: nothing },
    dismissNotice: { params: nothing, result: nothing },
    /** Asks which plan to show, or makes, renames or deletes one. */
    choosePlan: { params: nothing, result: nothing },
    /** Asks which plan to put beside this one. */
    compare: { params: nothing, result: nothing },
    edit: { params: z.strictObject({ side: z.enum(['a', 'b']) }), result: nothing },
    /** Ends the comparison with this plan. */
    keep: { params: ofPlan, result: nothing },
    useBenchmark: { params: nothing, result: nothing },
    refreshPrices: { params: nothing, result: nothing },
    useForDeployment: { params: ofPlan, result: nothing },
  },
  events: { state: capacityStateSchema },
} as const satisfies PanelContract;
export type CapacityPanelContract = typeof capacityPanelContract;
