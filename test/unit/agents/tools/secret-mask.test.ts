import { expect, it } from 'vitest';
import { maskOf } from '../../../../runtime/agents/tools/secret-mask.ts';

it('takes out every secret, also one that holds another', () => {
  const mask = maskOf(['s3cret', 's3cret-longer', 'a+b(c']);
  expect(mask('s3cret, s3cret-longer; a+b(c s3cret')).toBe('***, ***; *** ***');
});

it('leaves texts alone that only look like a short secret', () => {
  expect(maskOf(['1', ''])('port 1')).toBe('port 1');
});
