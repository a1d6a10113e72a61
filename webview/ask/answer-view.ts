import { t } from '../l10n.ts';
import { h } from '../ui/elements.ts';
import { type AnswerPart, answerParts } from './answer-parts.ts';

/** The elements of an answer. All of it is text. */
export function drawAnswerParts(answer: string): HTMLElement[] {
  return answerParts(answer).map(drawPart);
}

function drawPart(part: AnswerPart): HTMLElement {
  switch (part.kind) {
    case 'text':
      return h('span', { class: 'text', text: part.text });
    case 'code':
      return h('code', { text: part.text });
    case 'block': {
      const label = part.language ? t('Code, {0}', part.language) : t('Code');
      // It may be wider than the column: it scrolls, so it must take the focus.
      return h(
        'pre',
        { attributes: { tabindex: '0', role: 'region', 'aria-label': label } },
        h('code', { text: part.text }),
      );
    }
  }
}
