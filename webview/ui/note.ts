import type { Button } from './button.ts';
import { type Child, h, icon } from './elements.ts';

export interface NoteOptions {
  kind: 'error' | 'warning' | 'info';
  /** Default: that of the kind. */
  icon?: string;
  /** One bold line. */
  title: string;
  /** One quiet line. */
  detail?: readonly Child[];
  actions?: readonly Button[];
}

/** A note in the content: what happened, why, and the way on. An error is announced at once. */
export function createNote({ kind, title, detail = [], actions = [], ...options }: NoteOptions): HTMLElement {
  return h(
    'div',
    { class: `note ${kind}`, attributes: { role: kind === 'error' ? 'alert' : 'note' } },
    icon(options.icon ?? kind),
    h('div', { class: 'note-text' }, h('strong', { text: title }), h('span', {}, ...detail)),
    h('div', { class: 'note-actions' }, ...actions.map(({ element }) => element)),
  );
}
