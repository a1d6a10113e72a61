import type { RunningBenchmark } from '../../runtime/contracts/benchmark-panel.ts';
import { h } from '../ui/elements.ts';
import { progressLine } from './progress-facts.ts';

/** Whoever listens hears of the progress no more often. */
const SPOKEN_EVERY_MS = 5000;

export interface Progress {
  readonly element: HTMLElement;
  /** @param run null: none goes on @param share of it that is done, 0 to 1 */
  update(run: RunningBenchmark | null, share: number): void;
  /** Says what a key does, until the next report. */
  hint(text: string): void;
}

/** How far the run has come: a bar, a line, and the line now and then for screen readers. */
export function createProgress(): Progress {
  const bar = h('div', { class: 'progress-bar' });
  const title = h('strong');
  const text = h('span');
  const quiet = h('span', { class: 'quiet-text' });
  const spoken = h('div', { class: 'spoken', attributes: { 'aria-live': 'polite' } });
  const element = h(
    'div',
    { class: 'progress' },
    h('div', { class: 'progress-track', attributes: { 'aria-hidden': 'true' } }, bar),
    h('div', { class: 'progress-line', attributes: { 'aria-hidden': 'true' } }, title, text, quiet),
    spoken,
  );
  let saidAt = Number.NEGATIVE_INFINITY;
  return {
    element,
    update(run, share) {
      element.hidden = run === null;
      if (!run) {
        saidAt = Number.NEGATIVE_INFINITY;
        return;
      }
      const line = progressLine(run);
      bar.style.setProperty('width', `${share * 100}%`);
      title.textContent = line.title;
      text.textContent = line.text;
      quiet.textContent = line.quiet;
      if (performance.now() - saidAt < SPOKEN_EVERY_MS) return;
      saidAt = performance.now();
      spoken.textContent = `${line.title} ${line.text}`;
    },
    hint(said) {
      quiet.textContent = said;
    },
  };
}
