import { describe, expect, it } from 'vitest';
import { jsonGrammar } from '../../../../../runtime/cloud/lorax/llama/json-grammar.ts';

/** The rule `root` of a schema's grammar; that texts of it fit the schema is tested with llama.cpp itself. */
function root(schema: object): string {
  const [line = ''] = (jsonGrammar({ type: 'json_schema', schema: { ...schema } }) ?? '').split('\n');
  return line.replace('root ::= ', '');
}

describe('jsonGrammar', () => {
  it('is none for text, and any object where no schema is given', () => {
    expect(jsonGrammar(undefined)).toBeUndefined();
    expect(jsonGrammar({ type: 'text' })).toBeUndefined();
    expect(jsonGrammar({ type: 'json_object' })).toMatch(/^root ::= \(\("\{" \(string ": " any /);
  });

  it('names every property in order, those that are only required included', () => {
    const properties = { cost: { type: 'integer' }, why: { type: 'string' } };
    expect(root({ type: 'object', properties, required: ['why', 'owner'] })).toBe(
      String.raw`(("{" "\"cost\": " (integer) ", " "\"why\": " (string) ", " "\"owner\": " any "}"))`,
    );
  });

  it('lists values of any kind', () => {
    expect(root({ enum: ['a "b"', 1, null, { x: [true] }] })).toBe(
      String.raw`("\"a \\\"b\\\"\"" | "1" | "null" | "{\"x\":[true]}")`,
    );
  });

  it('keeps bounds of integers where they can be listed, and ignores those that say nothing', () => {
    expect(root({ type: 'integer', minimum: 1, maximum: 3 })).toBe('(("1" | "2" | "3"))');
    expect(root({ type: 'number', exclusiveMinimum: 1, exclusiveMaximum: 3 })).toBe('(("2"))');
    expect(root({ type: 'integer', minimum: 0 })).toBe('(natural)');
    const { MIN_SAFE_INTEGER: minimum, MAX_SAFE_INTEGER: maximum } = Number;
    expect(root({ type: 'integer', minimum, maximum })).toBe('(integer)');
  });

  it('follows references, also of a schema into itself', () => {
    const schema = {
      $ref: '#/$defs/node',
      $defs: {
        node: { type: 'object', properties: { next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } } },
      },
    };
    expect(root(schema)).toBe('ref-0');
    expect(jsonGrammar({ type: 'json_schema', schema })).toContain(
      String.raw`ref-0 ::= (("{" "\"next\": " (ref-0 | (null)) "}"))`,
    );
  });

  it('refuses what no grammar can promise, with the keyword', () => {
    const refused: [object, string][] = [
      [{ type: 'string', pattern: '^a' }, '`pattern`'],
      [{ type: 'number', minimum: 2 }, 'a number from 2 to Infinity'],
      [{ type: 'integer', multipleOf: 5 }, '`multipleOf`'],
      [{ type: 'array', uniqueItems: true }, '`uniqueItems`'],
      [{ type: 'object', properties: { a: { not: {} } } }, '`not`'],
      [{ allOf: [{ type: 'string' }, { minLength: 2 }] }, '`allOf`'],
      [{ anyOf: [{ required: ['a'] }], properties: { a: {} } }, '`properties`'],
      [{ type: 'object', properties: { a: {} }, minProperties: 2 }, 'a number of properties'],
      [{ $ref: '#/$defs/none' }, 'the reference `#/$defs/none` to nothing'],
      [{ type: 'nonsense' }, 'the type `nonsense`'],
      [{ enum: [] }, 'a choice of nothing'],
    ];
    for (const [schema, why] of refused) {
      expect(() => root(schema), JSON.stringify(schema)).toThrow(
        expect.objectContaining({ type: 'validation', message: expect.stringContaining(why) }),
      );
    }
  });
});
