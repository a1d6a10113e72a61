import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkArm } from '../../../scripts/check-arm.ts';
import { ArmSchemas } from '../../../scripts/checks/arm-schemas.ts';

const BASE = 'https://schema.management.azure.com/schemas';
const expression = { $ref: `${BASE}/common/definitions.json#/definitions/expression` };
const orExpression = (schema: object) => ({ oneOf: [schema, expression] });

/** In the form of Azure’s: a file per provider and version, "or an expression" beside everything. */
const schemas = {
  'common/definitions.json': {
    $schema: 'http://json-schema.org/draft-04/schema#',
    definitions: { expression: { type: 'string', pattern: '^\\[([^\\[].*)?\\]$' } },
  },
  '2024-01-01/Contoso.Bus.json': {
    $schema: 'http://json-schema.org/draft-04/schema#',
    resourceDefinitions: {
      namespaces_topics: {
        type: 'object',
        properties: {
          type: { type: 'string', enum: ['Contoso.Bus/namespaces/topics'] },
          apiVersion: { type: 'string', enum: ['2024-01-01'] },
          name: orExpression({ type: 'string', maxLength: 10 }),
          properties: orExpression({ $ref: '#/definitions/TopicProperties' }),
        },
        required: ['apiVersion', 'name', 'properties', 'type'],
      },
    },
    definitions: {
      TopicProperties: {
        type: 'object',
        properties: {
          requiresDuplicateDetection: orExpression({ type: 'boolean' }),
          status: orExpression({ type: 'string', enum: ['Active', 'Disabled'] }),
          tags: { type: 'object', additionalProperties: { type: 'string' } },
          rule: {
            type: 'object',
            properties: { name: { type: 'string' } },
            oneOf: [{ $ref: '#/definitions/ByCount' }, { $ref: '#/definitions/ByAge' }],
          },
        },
        required: ['status'],
      },
      ByCount: {
        type: 'object',
        properties: { kind: { type: 'string', enum: ['Count'] }, count: { type: 'integer' } },
        required: ['kind'],
      },
      ByAge: {
        type: 'object',
        properties: { kind: { type: 'string', enum: ['Age'] }, days: { type: 'integer' } },
        required: ['kind'],
      },
    },
  },
};

async function useSchemas(inside = ''): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'aos-arm-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, schema] of Object.entries(schemas)) {
    const file = path.join(folder, inside, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify({ id: `${BASE}/${name}#`, ...schema }));
  }
  return folder;
}

const topic = (properties: object, more: object = {}) => ({
  ...{ type: 'Contoso.Bus/namespaces/topics', apiVersion: '2024-01-01', name: 'a/b', properties },
  ...more,
});

describe('check against Azure’s schemas', () => {
  const faultsOf = async (resource: { type: string; apiVersion: string }) =>
    new ArmSchemas(await useSchemas()).validate(resource);

  it('lets pass what is right, expressions and what every resource may have', async () => {
    expect(await faultsOf(topic({ requiresDuplicateDetection: true, status: 'Active', tags: { a: 'b' } }))).toEqual([]);
    const general = { dependsOn: ['[x]'], condition: '[y]', scope: '[z]' };
    expect(await faultsOf(topic({ requiresDuplicateDetection: '[p]', status: '[q]' }, general))).toEqual([]);
  });

  it('finds a misspelt property, which Azure’s schemas let pass', async () => {
    expect(await faultsOf(topic({ requireDuplicateDetection: true, status: 'Active' }))).toEqual([
      '/properties has requireDuplicateDetection, which is no property of it',
    ]);
    expect(await faultsOf(topic({ status: 'Active' }, { sku: {} }))).toEqual(['/ has sku, which is no property of it']);
  });

  it('finds wrong values, wrong types and missing properties', async () => {
    expect(await faultsOf(topic({ status: 'Broken' }))).toEqual(['/properties/status must be one of Active, Disabled']);
    expect(await faultsOf(topic({ requiresDuplicateDetection: 'yes', status: 'Active' }))).toEqual([
      '/properties/requiresDuplicateDetection must be boolean',
    ]);
    expect(await faultsOf(topic({}))).toEqual(["/properties must have required property 'status'"]);
  });

  it('is not disturbed by names that are long because of an expression or a parent', async () => {
    expect(await faultsOf(topic({ status: 'Active' }, { name: 'a-namespace-by-a/long-name' }))).toEqual([]);
  });

  it('finds a property that none of an object’s alternatives has', async () => {
    const rule = (more: object) => topic({ status: 'Active', rule: { name: 'r', ...more } });
    expect(await faultsOf(rule({ kind: 'Count', count: 1 }))).toEqual([]);
    expect(await faultsOf(rule({ kind: 'Count', cuont: 1 }))).toContain(
      '/properties/rule has cuont, which is no property of it',
    );
  });

  it('says of which type there is no schema', async () => {
    expect(await faultsOf({ type: 'Contoso.Bus/queues', apiVersion: '2024-01-01' })).toEqual([
      expect.stringMatching(/^has no schema in .*2024-01-01$/),
    ]);
  });

  it('takes a whole checkout, and names a file that is missing in part of one', async () => {
    expect(new ArmSchemas(await useSchemas('schemas')).validate(topic({ status: 'Active' }))).toEqual([]);
    const part = await useSchemas();
    await rm(path.join(part, 'common'), { recursive: true });
    expect(() => new ArmSchemas(part).validate(topic({ status: 'Active' }))).toThrow(/definitions\.json is missing/);
  });
});

describe('npm run check:arm', () => {
  it('holds every type of the template against the folder', async () => {
    const { passed, faults } = checkArm(await useSchemas());
    expect(passed).toEqual([]);
    const types = faults.map((fault) => fault.split(' ')[0]);
    expect(types).toEqual(
      expect.arrayContaining(['Microsoft.App/containerApps@2026-01-01', 'Microsoft.Web/sites@2024-11-01']),
    );
    expect(new Set(types).size).toBe(28);
  });
});
