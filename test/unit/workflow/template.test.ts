import { describe, expect, it } from 'vitest';
import { type Scope, textTemplate, valueTemplate } from '../../../runtime/workflow/template.ts';

const scope: Scope = {
  input: { topic: 'Paris', goals: [{ name: 'grow' }, 2], 'dotted.name': 1, nothing: null },
  run: { id: 'run_1', workflow: 'board' },
  result: (id) => ({ cfo: { cost: 3 }, 'cfo.v2': 'second' })[id],
  item: { value: { market: 'fr' }, index: 4 },
};

describe('a template', () => {
  it.each([
    ['no placeholder', 'no placeholder'],
    ['About {{input.topic}}, {{ input.topic }}.', 'About Paris, Paris.'],
    ['{{input.goals.0.name}} {{input["dotted.name"]}} {{input.nothing}}', 'grow 1 null'],
    ['{{steps.cfo.result}} {{steps.cfo.result.cost}}', '{"cost":3} 3'],
    ['{{steps["cfo.v2"].result}}', 'second'],
    ['{{run.id}} {{run.workflow}} {{index}} {{item.market}}', 'run_1 board 4 fr'],
    ['{not} {{input.topic}}} }}', '{not} Paris} }}'],
  ])('%s', (template, text) => {
    expect(textTemplate(template)(scope)).toBe(text);
  });

  it('that is one placeholder is the value itself, anywhere in the data', () => {
    const data = { goals: '{{input.goals}}', list: ['{{item}}', 'a {{index}}', 5, null], plain: true };
    expect(valueTemplate(data)(scope)).toEqual({
      goals: [{ name: 'grow' }, 2],
      list: [{ market: 'fr' }, 'a 4', 5, null],
      plain: true,
    });
  });

  it.each([
    ['{{input.none}}', 'there is no none'],
    ['{{input.topic.length}}', 'there is no length'],
    ['{{input.constructor}}', 'there is no constructor'],
    ['{{input.goals.map}}', 'there is no map'],
    ['{{steps.cmo.result}}', 'there is no result'],
    ['{{input.nothing.more}}', 'there is no more'],
  ])('finds nothing at %s', (template, problem) => {
    expect(() => textTemplate(template)(scope)).toThrow(problem);
  });

  it('does not fill in what a value brings', () => {
    expect(textTemplate('{{input.text}}')({ ...scope, input: { text: '{{input.secret}}', secret: 's' } })).toBe(
      '{{input.secret}}',
    );
  });
});
