import { z } from 'zod';
import { regionSchema, subscriptionSchema } from '../../runtime/contracts/deploy-process.ts';
import { deploymentHosts } from '../../runtime/contracts/deployment.ts';
import type { ChoiceDraft } from '../../runtime/deployment/choice.ts';
import type { Memory } from './deployment-memory.ts';

const KEY = 'aos.deploy.answers';

/** Where the model runs. `lorax-open`: its base model needs no token of the Hugging Face hub. */
export const modelChoices = ['lorax', 'lorax-open', 'endpoint'] as const;
export type ModelChoice = (typeof modelChoices)[number];

/** What a person has answered before a preview; the next one is prefilled with it. */
export const deployAnswersSchema = z.strictObject({
  subscription: subscriptionSchema,
  /** `chosen`: that of the capacity planner; `workspace`: made from aos.json. */
  plan: z.enum(['chosen', 'workspace']),
  host: z.enum(deploymentHosts),
  model: z.enum(modelChoices),
  /** Of `endpoint`. */
  endpoint: z.string(),
  region: regionSchema.pick({ name: true, label: true }),
  resource_group: z.string(),
  name: z.string(),
  /** Application whose tokens the API takes; empty: none yet. */
  audience: z.string(),
});
export type DeployAnswers = z.infer<typeof deployAnswersSchema>;

/** Undefined: nothing was answered in this workspace, or in another version. */
export function readAnswers(memory: Memory): DeployAnswers | undefined {
  return deployAnswersSchema.safeParse(memory.get(KEY)).data;
}

export async function writeAnswers(memory: Memory, answers: DeployAnswers): Promise<void> {
  await memory.update(KEY, answers);
}

/** The answers as `chooseDeployment` takes them. */
export function draftOf(answers: DeployAnswers): ChoiceDraft {
  const { name, resource_group, region, host, model, endpoint, audience, subscription } = answers;
  return {
    ...{ name, resource_group, location: region.name, host },
    model: model === 'endpoint' ? { kind: 'endpoint', url: endpoint } : { kind: 'lorax', hub_token: model === 'lorax' },
    auth: audience === '' ? null : { tenant_id: subscription.tenant_id, audience },
  };
}
