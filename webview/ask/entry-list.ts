import { h } from '../ui/elements.ts';

/** How an entry is shown. It keeps its element, and with it focus and selection, over updates. */
export interface EntryView<T, C> {
  readonly element: HTMLElement;
  /** Whether {@link tick} draws something. */
  readonly ticking: boolean;
  update(entry: T, context: C): void;
  /** Draws what changes with time. */
  tick(nowMs: number): void;
}

/** Entries in their order, oldest first. `C`: what an entry is drawn with besides itself. */
export class EntryList<T extends { id: string }, C> {
  readonly element: HTMLElement = h('div', { class: 'history' });
  readonly #create: (entry: T, context: C) => EntryView<T, C>;
  readonly #views = new Map<string, EntryView<T, C>>();

  constructor(create: (entry: T, context: C) => EntryView<T, C>) {
    this.#create = create;
  }

  get ticking(): boolean {
    return [...this.#views.values()].some((view) => view.ticking);
  }

  update(entries: ReadonlyMap<string, T>, contextOf: (entry: T) => C): void {
    for (const id of this.#views.keys()) if (!entries.has(id)) this.#remove(id);
    for (const entry of entries.values()) {
      const known = this.#views.get(entry.id);
      if (known) known.update(entry, contextOf(entry));
      else this.#add(entry.id, this.#create(entry, contextOf(entry)));
    }
  }

  tick(nowMs: number): void {
    for (const view of this.#views.values()) if (view.ticking) view.tick(nowMs);
  }

  /** Moves the focus to the entry before or after the focused one; from elsewhere to the last one. */
  walk(step: 1 | -1): void {
    const elements = [...this.#views.values()].map(({ element }) => element);
    const at = elements.findIndex((element) => element.contains(document.activeElement));
    const next = at < 0 ? elements.at(-1) : elements[Math.min(elements.length - 1, Math.max(0, at + step))];
    next?.focus();
  }

  #add(id: string, view: EntryView<T, C>): void {
    this.#views.set(id, view);
    this.element.append(view.element);
  }

  #remove(id: string): void {
    this.#views.get(id)?.element.remove();
    this.#views.delete(id);
  }
}
