import { describe, expect, it } from 'vitest';
import { jsonForSchema } from '../../../../../../runtime/cloud/lorax/simulated/json/json-for-schema.ts';

const valueFor = (schema: object) => JSON.parse(jsonForSchema(schema as Record<string, unknown>, 'text'));

const person = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
const node = {
  type: 'object',
  properties: {
    value: { type: 'string' },
    next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
    children: { type: 'array', items: { $ref: '#/$defs/node' } },
  },
  required: ['value', 'next', 'children'],
  additionalProperties: false,
};

describe('JSON for a schema', () => {
  it.each([
    [{ type: 'string' }, 'text'],
    [{ type: 'string', minLength: 6, maxLength: 6 }, 'text..'],
    [{ type: 'string', maxLength: 2 }, 'te'],
    [{ enum: ['b', 'a'] }, 'b'],
    [{ enum: ['b', 'a'], type: 'string', maxLength: 0 }, undefined],
    [{ enum: [1, 'a'], type: 'string' }, 'a'],
    [{ const: { x: [5] } }, { x: [5] }],
    [{ type: ['boolean', 'null'] }, true],
    [{ type: 'null' }, null],
    [{}, 'text'],
    [{ type: 'integer', minimum: 2.5 }, 3],
    [{ type: 'integer', exclusiveMinimum: 3, multipleOf: 5 }, 5],
    [{ type: 'integer', exclusiveMinimum: 5, multipleOf: 5 }, 10],
    [{ type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 }, 0.5],
    [{ type: 'number', maximum: -1.5 }, -2],
    [{ type: 'number' }, 0],
  ])('values: %j → %j', (schema, value) => {
    if (value === undefined) expect(() => valueFor(schema)).toThrow(/not supported by the simulated engine/);
    else expect(valueFor(schema)).toEqual(value);
  });

  it.each([
    [{ type: 'array', items: { type: 'integer' }, minItems: 2 }, [0, 0]],
    [{ type: 'array', items: { type: 'integer' }, maxItems: 0 }, []],
    [{ type: 'array', items: { type: 'integer' }, minItems: 3, uniqueItems: true }, [0, 1, 2]],
    [{ type: 'array', items: { enum: ['x', 'y'] }, minItems: 2, uniqueItems: true }, ['x', 'y']],
    [{ type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }], items: false }, ['text', 0]],
    [{ type: 'array', items: [{ type: 'string' }], additionalItems: false }, ['text']],
    [{ type: 'array', contains: { const: 5 } }, [5]],
  ])('lists: %j → %j', (schema, value) => {
    expect(valueFor(schema)).toEqual(value);
  });

  it.each([
    [{ type: 'object' }, { answer: 'text' }],
    [{ type: 'object', additionalProperties: false }, {}],
    [
      { type: 'object', additionalProperties: { type: 'integer' }, minProperties: 2 },
      { answer: 0, answer1: 0 },
    ],
    [
      { properties: { a: { properties: { b: true } } }, required: ['c'] },
      { a: { b: 'text' }, c: 'text' },
    ],
    [{ type: 'object', patternProperties: { '^x_': { type: 'integer' } }, required: ['x_1'] }, { x_1: 0 }],
    [{ type: 'object', properties: { a: true, b: true }, required: ['b'], maxProperties: 1 }, { b: 'text' }],
  ])('objects: %j → %j', (schema, value) => {
    expect(valueFor(schema)).toEqual(value);
  });

  it.each([
    [{ anyOf: [{ type: 'string', minLength: 1, maxLength: 0 }, { type: 'null' }] }, null],
    [
      { oneOf: [person, { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] }] },
      { name: 'text' },
    ],
    [{ allOf: [person, { properties: { age: { type: 'integer', minimum: 18 } } }] }, { name: 'text', age: 18 }],
    [
      {
        allOf: [
          { type: 'string', minLength: 6 },
          { minLength: 5, maxLength: 7 },
        ],
      },
      'text..',
    ],
    [{ type: 'string', not: { const: 'text' }, enum: ['text', 'other'] }, 'other'],
    [
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schema.
      { properties: { a: { const: 1 }, b: { type: 'integer' } }, if: { required: ['a'] }, then: { required: ['b'] } },
      { a: 1, b: 0 },
    ],
  ])('combinations: %j → %j', (schema, value) => {
    expect(valueFor(schema)).toEqual(value);
  });

  it('follows references, and ends circles where it may', () => {
    const address = { $ref: '#/definitions/zip' };
    expect(valueFor({ properties: { from: address, to: address }, definitions: { zip: { type: 'integer' } } })).toEqual(
      {
        from: 0,
        to: 0,
      },
    );
    expect(valueFor({ $ref: '#/$defs/node', $defs: { node } })).toEqual({ value: 'text', next: null, children: [] });
    expect(() => valueFor({ $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } })).toThrow(/not supported/);
  });

  it.each([
    ['^[A-Z]{3}-\\d{4}$', 'AAA-0000'],
    ['^(foo|bar)+\\.(?:js|ts)$', 'foo.js'],
    ['^[^@\\s]+@[a-z]{2,}\\.[\\w\\-]+$', 'a@aa.a'],
    ['^\\p{Lu}\\x41?$', 'A'],
    ['^a_\\_b$', 'a__b'],
  ])('has texts for the pattern %s', (pattern, text) => {
    expect(valueFor({ type: 'string', pattern })).toBe(text);
  });

  it('repeats what a pattern repeats until the length is right', () => {
    expect(valueFor({ type: 'string', pattern: '^x[0-9]+$', minLength: 12 })).toMatch(/^x0{11,}$/);
  });

  it.each([
    ['date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/],
    ['date', /^\d{4}-\d\d-\d\d$/],
    ['time', /^\d\d:\d\d:\d\dZ$/],
    ['email', /^\w+@example\.com$/],
    ['uuid', /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/],
    ['uri', /^https:\/\//],
    ['ipv4', /^(\d{1,3}\.){3}\d{1,3}$/],
    ['something else', /^text$/],
  ])('has texts of the format %s, each another one where they must differ', (format, shape) => {
    expect(valueFor({ type: 'string', format })).toMatch(shape);
    const items = { type: 'string', format };
    expect(new Set(valueFor({ type: 'array', items, minItems: 3, uniqueItems: true })).size).toBe(3);
  });

  it.each([
    [{ type: 'object', unevaluatedProperties: false }, /`unevaluatedProperties`/],
    [{ $ref: 'https://example.com/schema' }, /the reference `https:/],
    [{ $ref: '#/$defs/none' }, /to nothing/],
    [{ type: 'string', pattern: '(' }, /the pattern `\(`/],
    [{ type: 'integer', minimum: 3, maximum: 2 }, /this JSON schema/],
    [{ oneOf: [] }, /this JSON schema/],
    [{ type: 'string', minLength: 1e9 }, /`minLength` 1000000000/],
    [{ type: 'array', minItems: 1e9 }, /this large/],
    [{ type: 'text' }, /the type `text`/],
    [{ properties: { a: 5 } }, /`5` as a JSON schema/],
  ])('refuses what it cannot honour: %j', (schema, why) => {
    expect(() => valueFor(schema)).toThrow(why);
    expect(() => valueFor(schema)).toThrow(/^Input validation error: .* not supported by the simulated engine$/);
  });

  it('refuses references that double at every level', () => {
    const level = (n: number) => ({
      type: 'object',
      properties: { a: { $ref: `#/$defs/${n}` }, b: { $ref: `#/$defs/${n}` } },
    });
    const $defs = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [n, level(n + 1)]));
    expect(() => valueFor({ $ref: '#/$defs/0', $defs: { ...$defs, 40: {} } })).toThrow(/this large/);
  });
});
