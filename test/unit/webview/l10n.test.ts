import { afterEach, expect, it } from 'vitest';
import { setBundle, t } from '../../../webview/l10n.ts';

afterEach(() => setBundle(undefined));

it('translates with the bundle of the page, and else says it in English', () => {
  setBundle(JSON.stringify({ 'Ask {0}.': 'Frag {0}.' }));
  expect(t('Ask {0}.', 'ceo')).toBe('Frag ceo.');
  expect(t('Show all')).toBe('Show all');
  expect(t('constructor')).toBe('constructor');
});
