import { describe, expect, it } from 'vitest';
import type { ArmTemplate, Json } from '../../../runtime/contracts/deployment.ts';
import { evaluateTemplate } from '../../../runtime/deployment/evaluate.ts';

const GROUP = '/subscriptions/sub/resourceGroups/rg';

const template = (parts: Partial<ArmTemplate>): ArmTemplate => ({
  ...{
    $schema: '',
    contentVersion: '1.0.0.0',
    metadata: {},
    parameters: {},
    variables: {},
    resources: [],
    outputs: {},
  },
  ...parts,
});

const evaluate = (parts: Partial<ArmTemplate>, given: Record<string, Json> = {}) =>
  evaluateTemplate(template(parts), {
    ...{ subscriptionId: 'sub', resourceGroup: 'rg', location: 'westus2', now: new Date('2026-11-24T12:00:00Z') },
    parameters: Object.fromEntries(Object.entries(given).map(([name, value]) => [name, { value }])),
  });

/** What an expression comes to, as a property. */
function resultOf(expression: string, parts: Partial<ArmTemplate> = {}, given: Record<string, Json> = {}): unknown {
  const resource = { type: 'a/b', apiVersion: '1', name: 'n', properties: { it: expression } };
  return evaluate({ ...parts, resources: [resource] }, given).resources[0]?.properties?.it;
}

describe('ARM expressions', () => {
  it.each<[expression: string, value: unknown]>([
    ["[format('{0}-{1}-{0}', 'a', 2)]", 'a-2-a'],
    ["[concat('a', 'b', 'c')]", 'abc'],
    ["[concat(createArray(1), createArray('b'))]", [1, 'b']],
    ["[replace(toLower('A-B-C'), '-', '')]", 'abc'],
    ["[take('abcdef', 3)]", 'abc'],
    ["[substring('abcdef', 1, 2)]", 'bc'],
    ["[last(split('a/b/c', '/'))]", 'c'],
    ["[length('four')]", 4],
    ["[empty('')]", true],
    ["[empty(createObject('a', 1))]", false],
    ["[json('0.5')]", 0.5],
    ["[string(createObject('a', createArray(1, 2)))]", '{"a":[1,2]}'],
    ['[string(true())]', 'True'],
    ["[if(equals('a', 'A'), 'same', 'other')]", 'other'],
    ['[if(and(not(false()), or(false(), true())), 1, 2)]', 1],
    ["[union(createObject('a', 1, 'b', 1), createObject('b', 2))]", { a: 1, b: 2 }],
    ["[createObject('a', createArray(7, 8)).a[1]]", 8],
    ["['it''s']", "it's"],
    ['[[not an expression]', '[not an expression]'],
    ['plain', 'plain'],
  ])('%s is %j', (expression, value) => {
    expect(resultOf(expression)).toEqual(value);
  });

  it('take only the branch that is taken', () => {
    expect(resultOf("[if(true(), 'yes', parameters('missing'))]")).toBe('yes');
  });

  it('know the parameters, with their defaults, and the variables', () => {
    const parts: Partial<ArmTemplate> = {
      parameters: {
        name: { type: 'string', metadata: { description: '' } },
        region: { type: 'string', defaultValue: '[resourceGroup().location]', metadata: { description: '' } },
      },
      variables: { full: "[format('{0}-{1}', parameters('name'), parameters('region'))]" },
    };
    expect(resultOf("[variables('full')]", parts, { name: 'aos' })).toBe('aos-westus2');
    expect(resultOf("[variables('full')]", parts, { name: 'aos', region: 'northeurope' })).toBe('aos-northeurope');
  });

  it('never show a secret', () => {
    const parameters = { key: { type: 'securestring', metadata: { description: '' } } } as const;
    expect(resultOf("[parameters('key')]", { parameters })).toBe('‹key›');
  });

  it('say where the deployment goes and when', () => {
    expect(resultOf('[resourceGroup().id]')).toBe(GROUP);
    expect(resultOf('[subscription().subscriptionId]')).toBe('sub');
    expect(resultOf("[utcNow('yyyy-MM-01')]")).toBe('2026-11-01');
    expect(resultOf('[environment().authentication.loginEndpoint]')).toBe('https://login.microsoftonline.com/');
  });

  it('name resources by their ids', () => {
    expect(resultOf("[resourceId('A.B/c/d', 'x', 'y')]")).toBe(`${GROUP}/providers/A.B/c/x/d/y`);
    expect(resultOf("[subscriptionResourceId('A.B/c', 'x')]")).toBe('/subscriptions/sub/providers/A.B/c/x');
    expect(resultOf("[extensionResourceId(resourceId('A.B/c', 'x'), 'D.E/f', 'y')]")).toBe(
      `${GROUP}/providers/A.B/c/x/providers/D.E/f/y`,
    );
  });

  it('leave open what only the created resource knows', () => {
    expect(resultOf("[format('https://{0}/', reference(resourceId('A.B/c', 'x'), '1').ingress.fqdn)]")).toBe(
      'https://‹x.ingress.fqdn›/',
    );
  });

  it('make names that stay the same in a group and differ between inputs', () => {
    const unique = resultOf('[uniqueString(resourceGroup().id)]');
    expect(unique).toMatch(/^[a-z2-7]{13}$/);
    expect(resultOf('[uniqueString(resourceGroup().id)]')).toBe(unique);
    expect(resultOf("[uniqueString('other')]")).not.toBe(unique);
    expect(resultOf("[guid('a', 'b')]")).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(resultOf("[guid('a', 'b')]")).not.toBe(resultOf("[guid('a', 'c')]"));
  });

  it.each([
    ["[parameters('nobody')]", /names the parameter nobody, which is not declared/],
    ["[variables('nothing')]", /names the variable nothing, which is not declared/],
    ["[listKeys('id', '1')]", /calls listKeys\(\), which is not known here/],
    ["[resourceId('A.B/c/d', 'x')]", /gives 1 names for A\.B\/c\/d, which has 2 levels/],
    ["[createObject('a', 1).b]", /takes b from something that has none/],
    ["[if(true(), 'yes')]", /if\(\) without its three arguments/],
    ["[format('{1}', 'a')]", /An argument is missing/],
    ["[format('a']", /ends or goes on where it should not/],
    ["[concat('a') 'b']", /ends or goes on where it should not/],
    ["[concat('a' # 'b')]", /has no meaning from “ # 'b'\)” on/],
  ])('%s is refused', (expression, message) => {
    expect(() => resultOf(expression)).toThrow(message);
  });

  it('want a value for a parameter without a default', () => {
    const parameters = { name: { type: 'string', metadata: { description: '' } } } as const;
    expect(() => resultOf("[parameters('name')]", { parameters })).toThrow(/needs a value for the parameter name/);
  });
});

describe('a template', () => {
  it('is left with the resources whose condition holds, each with its id', () => {
    const resource = (name: string, condition?: string) => ({
      ...{ type: 'A.B/c/d', apiVersion: '1', name },
      ...(condition === undefined ? {} : { condition }),
    });
    const { resources } = evaluate({
      resources: [resource('x/y'), resource('x/no', "[empty('something')]"), resource('x/yes', "[not(empty('a'))]")],
    });
    expect(resources).toEqual([
      { type: 'A.B/c/d', apiVersion: '1', name: 'x/y', id: `${GROUP}/providers/A.B/c/x/d/y` },
      { type: 'A.B/c/d', apiVersion: '1', name: 'x/yes', id: `${GROUP}/providers/A.B/c/x/d/yes` },
    ]);
  });

  it('puts an extension on its scope, and works out keys and outputs', () => {
    const { resources, outputs } = evaluate({
      resources: [
        {
          ...{ type: 'D.E/f', apiVersion: '1', name: 'y', scope: "[resourceId('A.B/c', 'x')]" },
          properties: { "[format('{0}-key', 'a')]": {} },
        },
      ],
      outputs: { where: { type: 'string', value: '[resourceGroup().name]' } },
    });
    expect(resources[0]).toMatchObject({
      id: `${GROUP}/providers/A.B/c/x/providers/D.E/f/y`,
      properties: { 'a-key': {} },
    });
    expect(outputs).toEqual({ where: 'rg' });
  });
});
