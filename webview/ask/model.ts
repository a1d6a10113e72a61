import type { AskAgent, AskOptions, AskRuntime, EventOf, Exchange } from '../../runtime/contracts/ask-panel.ts';

/** What the panel knows. Changed by the functions below only; each gives a new model. */
export interface AskModel {
  runtime: AskRuntime;
  exchanges: ReadonlyMap<string, Exchange>;
  /** Chosen in the list; null: there is none to choose. */
  agentId: string | null;
  /** As the settings say. */
  defaults: AskOptions;
  /** As the person chose in this panel; null: the defaults. */
  options: AskOptions | null;
}

export interface Opened {
  runtime: AskRuntime;
  exchanges: readonly Exchange[];
  defaults: AskOptions;
  agentId: string | null;
}

/** The model of a panel that was just drawn. @param saved what the panel had before it was hidden or reloaded */
export function openModel(opened: Opened, saved: { agentId: string | null; options: AskOptions | null }): AskModel {
  const exchanges = new Map(opened.exchanges.map((exchange) => [exchange.id, exchange]));
  const wanted = opened.agentId ?? saved.agentId ?? opened.exchanges.at(-1)?.agentId ?? null;
  // Figures of a simulated engine stand here even if nothing runs now.
  const engine = opened.runtime.engine ?? opened.exchanges.at(-1)?.engine ?? null;
  const model = {
    runtime: { ...opened.runtime, engine },
    exchanges,
    agentId: wanted,
    defaults: opened.defaults,
    options: saved.options,
  };
  return { ...model, agentId: chosenAgent(model) };
}

/** While nothing runs the agents are those of before: their exchanges are still to be read. */
export function withRuntime(model: AskModel, runtime: AskRuntime): AskModel {
  const gone = runtime.state !== 'running' || runtime.engine === null;
  const kept = gone && runtime.agents.length === 0 ? { ...runtime, agents: model.runtime.agents } : runtime;
  const engine = kept.engine ?? model.runtime.engine;
  const next = { ...model, runtime: { ...kept, engine, endpoint: kept.endpoint || model.runtime.endpoint } };
  return { ...next, agentId: chosenAgent(next) };
}

export function withExchange(model: AskModel, exchange: Exchange): AskModel {
  return { ...model, exchanges: new Map(model.exchanges).set(exchange.id, exchange) };
}

/** A token of an exchange that is not running any more came too late and changes nothing. */
export function withToken(model: AskModel, token: EventOf<'token'>): AskModel {
  const exchange = model.exchanges.get(token.id);
  if (exchange?.progress.kind !== 'running') return model;
  const { firstTokenMs, tokensOut, text } = token;
  const progress = { ...exchange.progress, firstTokenMs, tokensOut, text: exchange.progress.text + text };
  return withExchange(model, { ...exchange, progress });
}

export function withoutExchanges(model: AskModel, ids: readonly string[]): AskModel {
  const exchanges = new Map(model.exchanges);
  for (const id of ids) exchanges.delete(id);
  return { ...model, exchanges };
}

export function optionsOf(model: AskModel): AskOptions {
  return model.options ?? model.defaults;
}

export function agentOf(model: AskModel): AskAgent | undefined {
  return model.runtime.agents.find(({ id }) => id === model.agentId);
}

/** Those that an answer is still to come for, oldest first. */
export function unfinished(model: AskModel): Exchange[] {
  return [...model.exchanges.values()].filter(({ progress }) => isUnfinished(progress));
}

export function isUnfinished(progress: Exchange['progress']): boolean {
  return progress.kind === 'running' || progress.kind === 'waiting';
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
