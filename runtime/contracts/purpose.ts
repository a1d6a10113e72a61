import { z } from 'zod';
import { idSchema } from './ids.ts';

const goalSchema = z.strictObject({
  id: idSchema.describe('Names the goal; its progress is kept under this name.'),
  description: z.string().min(1).max(1000),
});

export type GoalConfig = z.infer<typeof goalSchema>;

const layerSchema = z
  .strictObject({
    adapter: idSchema.optional().describe('Adapter of this layer.'),
    context: z.record(z.string(), z.json()).default({}).describe('What this layer knows; a later layer wins.'),
    skills: z.array(z.string().min(1)).default([]).describe('What this layer can do.'),
  })
  .describe('Expertise that is laid over that of the layers before it.');
export type LayerConfig = z.infer<typeof layerSchema>;

/** What an agent is for, how far it reaches, and how it is judged: fields of an agent in aos.json. */
export const purposeFields = {
  purpose_scope: z.string().min(1).max(4000).optional().describe('How far its purpose reaches.'),
  success_criteria: z.array(z.string().min(1)).max(50).default([]).describe('How it is judged.'),
  goals: z.array(goalSchema).max(50).default([]).describe('What it is to reach; progress is kept by the runtime.'),
  system_message: z.string().min(1).max(16_000).optional().describe('Instructions its model gets with every prompt.'),
  layers: z
    .array(layerSchema)
    .max(10)
    .default([])
    .describe('From general to special, e.g. leadership, then marketing; the adapter of the last one is its adapter.'),
};

/**
 * Lays layers over each other, the first at the bottom, as AOS does: the adapter is that of the last layer that has one,
 * contexts are merged and the later one wins, skills add up.
 */
export function superimpose(layers: readonly LayerConfig[]): {
  adapter: string | undefined;
  context: LayerConfig['context'];
  skills: string[];
} {
  return {
    adapter: layers.findLast((layer) => layer.adapter !== undefined)?.adapter,
    context: Object.assign({}, ...layers.map((layer) => layer.context)),
    skills: [...new Set(layers.flatMap((layer) => layer.skills))],
  };
}

/** What the model of an agent is told besides its purpose; undefined: nothing. */
export function instructionsOf(agent: {
  purpose_scope?: string | undefined;
  success_criteria: readonly string[];
  goals: readonly { description: string }[];
  system_message?: string | undefined;
  layers: readonly LayerConfig[];
}): string | undefined {
  const { context, skills } = superimpose(agent.layers);
  const list = (title: string, items: readonly string[]) =>
    items.length === 0 ? [] : [`${title}:\n${items.map((item) => `- ${item}`).join('\n')}`];
  const parts = [
    ...(agent.purpose_scope === undefined ? [] : [`Scope: ${agent.purpose_scope}`]),
    ...list('You are judged by', agent.success_criteria),
    ...list(
      'Your goals',
      agent.goals.map(({ description }) => description),
    ),
    ...list('Your skills', skills),
    ...(Object.keys(context).length === 0 ? [] : [`What you know: ${JSON.stringify(context)}`]),
    ...(agent.system_message === undefined ? [] : [agent.system_message]),
  ];
  return parts.length === 0 ? undefined : parts.join('\n');
}
