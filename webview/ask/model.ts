import type {
  AskAgent,
  AskChoice,
  AskOptions,
  AskRuntime,
  Comparison,
  EventOf,
  Exchange,
} from '../../runtime/contracts/ask-panel.ts';

/** One agent is asked, or several adapters are compared. */
export type Mode = 'agent' | 'compare';

/** What the panel knows. Changed by the functions below only; each gives a new model. */
export interface AskModel {
  runtime: AskRuntime;
  exchanges: ReadonlyMap<string, Exchange>;
  comparisons: ReadonlyMap<string, Comparison>;
  mode: Mode;
  /** Chosen in the list; null: there is none to choose. */
  agentId: string | null;
  /** Adapters to compare, null the base model; null: that of the agent beside the base model. */
  compared: readonly (string | null)[] | null;
  /** As the settings say. */
  defaults: AskOptions;
  /** As the person chose in this panel; null: the defaults. */
  options: AskOptions | null;
}

export interface Opened {
  runtime: AskRuntime;
  exchanges: readonly Exchange[];
  comparisons: readonly Comparison[];
  defaults: AskOptions;
  choice: AskChoice;
}

type Chosen = Pick<AskModel, 'mode' | 'agentId' | 'compared' | 'options'>;

/** The model of a panel that was just drawn. @param saved what the panel had before it was hidden or reloaded */
export function openModel(opened: Opened, saved: Chosen): AskModel {
  const { runtime, exchanges, comparisons, defaults, choice } = opened;
  // Figures of a simulated engine stand here even if nothing runs now.
  const engine = runtime.engine ?? exchanges.at(-1)?.engine ?? null;
  const model: AskModel = {
    runtime: { ...runtime, engine },
    exchanges: new Map(exchanges.map((exchange) => [exchange.id, exchange])),
    comparisons: new Map(comparisons.map((comparison) => [comparison.id, comparison])),
    mode: saved.mode,
    agentId: saved.agentId ?? exchanges.at(-1)?.agentId ?? null,
    compared: saved.compared,
    defaults,
    options: saved.options,
  };
  return withChoice(model, choice);
}

/** A command has chosen: adapters lead to the comparison, an agent to asking it; nothing changes nothing. */
export function withChoice(model: AskModel, { agentId, adapters }: AskChoice): AskModel {
  const mode = adapters ? 'compare' : agentId === null ? model.mode : 'agent';
  const next = { ...model, mode, agentId: agentId ?? model.agentId, compared: adapters ?? model.compared };
  return { ...next, agentId: chosenAgent(next) };
}

/** While nothing runs the agents are those of before: their exchanges are still to be read. */
export function withRuntime(model: AskModel, runtime: AskRuntime): AskModel {
  const gone = runtime.state !== 'running' || runtime.engine === null;
  const { agents, adapters } = model.runtime;
  const kept = gone && runtime.agents.length === 0 ? { ...runtime, agents, adapters } : runtime;
  const engine = kept.engine ?? model.runtime.engine;
  const next = { ...model, runtime: { ...kept, engine, endpoint: kept.endpoint || model.runtime.endpoint } };
  return { ...next, agentId: chosenAgent(next) };
}

export function withExchange(model: AskModel, exchange: Exchange): AskModel {
  return { ...model, exchanges: new Map(model.exchanges).set(exchange.id, exchange) };
}

export function withComparison(model: AskModel, comparison: Comparison): AskModel {
  return { ...model, comparisons: new Map(model.comparisons).set(comparison.id, comparison) };
}

/** A token of an exchange that is not running any more came too late and changes nothing. */
export function withToken(model: AskModel, token: EventOf<'token'>): AskModel {
  const exchange = model.exchanges.get(token.id);
  if (exchange?.progress.kind !== 'running') return model;
  const { firstTokenMs, tokensOut, text } = token;
  const progress = { ...exchange.progress, firstTokenMs, tokensOut, text: exchange.progress.text + text };
  return withExchange(model, { ...exchange, progress });
}

/** Without exchanges and comparisons of these ids. */
export function withoutEntries(model: AskModel, ids: readonly string[]): AskModel {
  const exchanges = new Map(model.exchanges);
  const comparisons = new Map(model.comparisons);
  for (const id of ids) {
    exchanges.delete(id);
    comparisons.delete(id);
  }
  return { ...model, exchanges, comparisons };
}

export function optionsOf(model: AskModel): AskOptions {
  return model.options ?? model.defaults;
}

export function agentOf(model: AskModel): AskAgent | undefined {
  return model.runtime.agents.find(({ id }) => id === model.agentId);
}

/** The adapters that the next comparison asks, null the base model. Those that are gone are left out. */
export function comparedOf(model: AskModel): (string | null)[] {
  const { adapters } = model.runtime;
  const known = (adapter: string | null) => adapter === null || adapters.some(({ name }) => name === adapter);
  if (model.compared) return model.compared.filter(known);
  const own = agentOf(model)?.adapter ?? adapters[0]?.name;
  return own === undefined ? [null] : [own, null];
}

/** Ids of what is shown and still to be answered, oldest first. */
export function unfinished(model: AskModel): string[] {
  if (model.mode === 'compare') return [...model.comparisons.values()].filter(isComparing).map(({ id }) => id);
  return [...model.exchanges.values()].filter(({ progress }) => isUnfinished(progress)).map(({ id }) => id);
}

export function isUnfinished(progress: Exchange['progress']): boolean {
  return progress.kind === 'running' || progress.kind === 'waiting';
}

export function isComparing({ columns }: Comparison): boolean {
  return columns.some(({ progress }) => progress.kind === 'running');
}

/** How many entries of the mode there are to see. */
export function shownCount({ mode, exchanges, comparisons }: AskModel): number {
  return mode === 'compare' ? comparisons.size : exchanges.size;
}

/** The prompt asked last in the mode; undefined: none yet. */
export function lastPrompt({ mode, exchanges, comparisons }: AskModel): string | undefined {
  const entries = mode === 'compare' ? comparisons : exchanges;
  return [...entries.values()].at(-1)?.prompt;
}

/** Prompts that the chosen agent's aos.json entry offers; those of the first agent that has some, else. */
export function examplesOf(model: AskModel): { agentId: string; prompts: readonly string[] } | undefined {
  const { agents } = model.runtime;
  const agent = agentOf(model)?.examples.length ? agentOf(model) : agents.find(({ examples }) => examples.length > 0);
  return agent && { agentId: agent.id, prompts: agent.examples.slice(0, 3) };
}

/** The text of an answer, as far as there is one. */
export function answerText({ progress }: Exchange): string {
  if (progress.kind === 'done') return progress.result.response;
  return progress.kind === 'waiting' ? '' : progress.text;
}

/** The chosen agent if it is still there; else the first of the list. */
function chosenAgent({ runtime, agentId }: Pick<AskModel, 'runtime' | 'agentId'>): string | null {
  const { agents } = runtime;
  if (agents.length === 0 || agents.some(({ id }) => id === agentId)) return agentId;
  return agents[0]!.id;
}
