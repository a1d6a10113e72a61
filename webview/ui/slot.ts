import type { Child } from './elements.ts';
import { keepingFocus } from './keeping-focus.ts';

/** A place whose content is drawn anew when what it shows has changed, and only then: focus and announcements stay. */
export class Slot {
  readonly element: HTMLElement;
  #drawn: string | undefined;

  constructor(element: HTMLElement) {
    this.element = element;
  }

  /** @param facts all that the content depends on; JSON */
  show(facts: unknown, draw: () => readonly Child[]): void {
    const key = JSON.stringify(facts);
    if (key === this.#drawn) return;
    this.#drawn = key;
    const children = draw().filter((child) => child !== null && child !== undefined && child !== false);
    keepingFocus(this.element, () => this.element.replaceChildren(...children));
  }
}
