import path from 'node:path';
import {
  type Comparison,
  comparisonSchema,
  type Exchange,
  exchangeSchema,
} from '../../../runtime/contracts/ask-panel.ts';
import { settings } from '../../manifest.ts';
import { setting } from '../../settings.ts';
import type { Studio } from '../../studio.ts';
import { AskHistory } from './ask-history.ts';
import { askRuntime } from './ask-runtime.ts';
import { AskSession, type AskSessionOptions } from './ask-session.ts';
import { CompareSession } from './compare-session.ts';

/** What was asked in this workspace; it outlives the panel. */
export interface AskSessions {
  asks: AskSession;
  comparisons: CompareSession;
}

export interface AskListeners extends Pick<AskSessionOptions, 'onExchange' | 'onToken' | 'onRemoved'> {
  onComparison(comparison: Comparison): void;
}

export async function createSessions(studio: Studio, listeners: AskListeners): Promise<AskSessions> {
  const { storageUri, subscriptions } = studio.context;
  const onError = (message: string, error: unknown) => studio.log.error('ask', message, error);
  const fileNamed = (name: string) => storageUri && path.join(storageUri.fsPath, name);
  const client = () => studio.client();
  const engine = () => studio.live.status?.engine ?? 'simulated';
  const historyLimit = () => setting(settings.askHistoryLimit);
  const asks = new AskSession({
    ...listeners,
    history: new AskHistory<Exchange>({ file: fileNamed('ask-history.json'), entry: exchangeSchema, onError }),
    client,
    engine,
    agent: (id) => askRuntime(studio).agents.find((agent) => agent.id === id),
    limits: () => ({
      deadlineMs: setting(settings.askDeadlineSeconds) * 1000,
      retriesWhenBusy: setting(settings.askRetriesWhenBusy),
      historyLimit: historyLimit(),
    }),
  });
  const comparisons = new CompareSession({
    ...listeners,
    history: new AskHistory<Comparison>({ file: fileNamed('compare-history.json'), entry: comparisonSchema, onError }),
    client,
    engine,
    historyLimit,
    adapter: (name) => studio.live.adapters.get(name),
  });
  await Promise.all([asks.load(), comparisons.load()]);
  subscriptions.push({ dispose: () => void asks.dispose() }, { dispose: () => void comparisons.dispose() });
  return { asks, comparisons };
}
