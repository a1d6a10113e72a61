import { describe, expect, it } from 'vitest';
import { jsonForSchema } from '../../../../../runtime/cloud/lorax/simulated/json.ts';

const valueFor = (schema: object) => JSON.parse(jsonForSchema(schema as Record<string, unknown>, 'text'));

describe('JSON for a schema', () => {
  it.each([
    [{ type: 'string' }, 'text'],
    [{ type: 'string', minLength: 6, maxLength: 6 }, 'text..'],
    [{ type: 'string', maxLength: 2 }, 'te'],
    [{ enum: ['b', 'a'] }, 'b'],
    [{ const: 5 }, 5],
    [{ type: 'integer', minimum: 2.5 }, 3],
    [{ type: 'number', maximum: -1.5 }, -2],
    [{ type: 'number' }, 0],
    [{ type: ['boolean', 'null'] }, true],
    [{ type: 'null' }, null],
    [{ type: 'array', items: { type: 'integer' }, minItems: 2 }, [0, 0]],
    [{ type: 'array', items: { type: 'integer' }, maxItems: 0 }, []],
    [{ type: 'object' }, { answer: 'text' }],
    [
      { properties: { a: { type: 'object', properties: { b: true } } }, required: ['c'] },
      { a: { b: 'text' }, c: 'text' },
    ],
  ])('%j → %j', (schema, value) => {
    expect(valueFor(schema)).toEqual(value);
  });

  it.each([
    { $ref: '#/x' },
    { anyOf: [] },
    { type: 'string', pattern: 'x' },
    { type: 'object', properties: { a: { format: 'date' } } },
  ])('refuses what it cannot honour: %j', (schema) => {
    expect(() => valueFor(schema)).toThrow(/not supported by the simulated engine/);
  });

  it('refuses a schema without end', () => {
    const schema: Record<string, unknown> = { type: 'array' };
    schema.items = schema;
    expect(() => jsonForSchema(schema, 'x')).toThrow(/this deep/);
  });
});
