import type { ArmResource, ArmTemplate, Json, JsonObject } from '../contracts/deployment.ts';
import { AosError } from '../core/errors.ts';
import { asText, pureFunctions, RuntimeValue, type Value } from './expression-functions.ts';
import { isExpression, type Node, parseExpression } from './expression-parser.ts';

export interface EvaluateOptions {
  /** As a parameter file has them. */
  parameters: Readonly<Record<string, { readonly value: Json }>>;
  subscriptionId: string;
  resourceGroup: string;
  location: string;
  /** Name of one of Azure's clouds, as `environment()` says it. Default AzureCloud, the public one. */
  cloudName?: string;
  /** Default: a tenant of zeros. */
  tenantId?: string;
  /** What `utcNow` says. */
  now: Date;
}

export interface EvaluatedResource extends ArmResource {
  readonly id: string;
}

export interface EvaluatedTemplate {
  /** Those whose condition holds. */
  resources: readonly EvaluatedResource[];
  outputs: Readonly<Record<string, string>>;
}

/**
 * Works a template out as Azure would, for a preview and for tests. What only a created resource can say stands as
 * `‹resource.property›`; `uniqueString` has another value than in Azure.
 * @throws AosError AOS_CONFIG_INVALID: an expression is wrong, names what does not exist, or reads a key
 */
export function evaluateTemplate(template: ArmTemplate, options: EvaluateOptions): EvaluatedTemplate {
  const evaluator = new Evaluator(template, options);
  return {
    resources: template.resources.flatMap((resource) => {
      const { condition = true } = resource;
      if (!(typeof condition === 'string' ? evaluator.value(condition) : condition)) return [];
      const { condition: _, ...rest } = evaluator.value(resource as unknown as Json) as unknown as ArmResource;
      return [{ ...rest, id: evaluator.idOf(rest) }];
    }),
    outputs: Object.fromEntries(
      Object.entries(template.outputs).map(([name, { value }]) => [name, asText(evaluator.value(value) as Value)]),
    ),
  };
}

type ContextFunction = (evaluator: Evaluator, args: readonly Value[]) => Value;

/** Functions that look at the template or at where it is deployed. */
const contextFunctions: Record<string, ContextFunction> = {
  parameters: (evaluator, [name]) => evaluator.parameter(asText(name)),
  variables: (evaluator, [name]) => evaluator.variable(asText(name)),
  resourcegroup: ({ options, groupId }) => ({ id: groupId, name: options.resourceGroup, location: options.location }),
  subscription: ({ options, subscriptionPath }) => ({
    id: subscriptionPath,
    subscriptionId: options.subscriptionId,
    tenantId: options.tenantId ?? NO_TENANT,
  }),
  resourceid: ({ groupId }, [type, ...names]) => resourcePath(groupId, asText(type), names.map(asText)),
  subscriptionresourceid: ({ subscriptionPath }, [type, ...names]) =>
    resourcePath(subscriptionPath, asText(type), names.map(asText)),
  extensionresourceid: (_, [scope, type, ...names]) => resourcePath(asText(scope), asText(type), names.map(asText)),
  reference: (_, [id]) => new RuntimeValue(asText(id).split('/').at(-1) ?? ''),
  environment: ({ options }) => ({ ...PUBLIC_CLOUD, name: options.cloudName ?? PUBLIC_CLOUD.name }),
  utcnow: ({ options }, [pattern]) => {
    const [year = '', month = '', day = ''] = options.now.toISOString().slice(0, 10).split('-');
    return pattern === undefined
      ? options.now.toISOString()
      : asText(pattern).replace('yyyy', year).replace('MM', month).replace('dd', day);
  },
};

/** The part of `environment()` that a template needs to run in any of Azure's clouds, of the public one. */
const PUBLIC_CLOUD = { name: 'AzureCloud', authentication: { loginEndpoint: 'https://login.microsoftonline.com/' } };
const NO_TENANT = '00000000-0000-0000-0000-000000000000';

class Evaluator {
  readonly options: EvaluateOptions;
  readonly subscriptionPath: string;
  readonly groupId: string;
  readonly #template: ArmTemplate;

  constructor(template: ArmTemplate, options: EvaluateOptions) {
    this.#template = template;
    this.options = options;
    this.subscriptionPath = `/subscriptions/${options.subscriptionId}`;
    this.groupId = `${this.subscriptionPath}/resourceGroups/${options.resourceGroup}`;
  }

  /** A value of the template with all expressions in it worked out; keys may be expressions too. */
  value(value: Json): Json {
    if (typeof value === 'string') {
      if (!isExpression(value)) return value.startsWith('[[') ? value.slice(1) : value;
      const result = this.#run(parseExpression(value));
      return result instanceof RuntimeValue ? String(result) : result;
    }
    if (Array.isArray(value)) return value.map((item) => this.value(item));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value as JsonObject).map(([key, item]) => [String(this.value(key)), this.value(item)]),
    );
  }

  parameter(name: string): Json {
    const given = this.options.parameters[name];
    if (given) return given.value;
    const declared = this.#template.parameters[name];
    if (!declared) throw wrong(`names the parameter ${name}, which is not declared`);
    if (declared.defaultValue !== undefined) return this.value(declared.defaultValue);
    // A secret's value is nobody's business, and of no use in a preview.
    if (declared.type === 'securestring') return `‹${name}›`;
    throw wrong(`needs a value for the parameter ${name}`);
  }

  variable(name: string): Json {
    const value = this.#template.variables[name];
    if (value === undefined) throw wrong(`names the variable ${name}, which is not declared`);
    return this.value(value);
  }

  idOf({ type, name, scope }: ArmResource): string {
    return resourcePath(scope ?? this.groupId, type, name.split('/'));
  }

  #run(node: Node): Value {
    if (node.kind === 'value') return node.value;
    if (node.kind === 'member') return this.#member(this.#run(node.of), this.#run(node.key));
    const name = node.name.toLowerCase();
    if (name === 'if') {
      const [condition, then, otherwise] = node.args;
      if (!condition || !then || !otherwise) throw wrong('has an if() without its three arguments');
      return this.#run(this.#run(condition) ? then : otherwise);
    }
    const args = node.args.map((arg) => this.#run(arg));
    const inContext = contextFunctions[name];
    if (inContext) return inContext(this, args);
    const pure = pureFunctions[name];
    if (!pure) throw wrong(`calls ${node.name}(), which is not known here`);
    return pure(...args);
  }

  #member(of: Value, key: Value): Value {
    if (of instanceof RuntimeValue) return of.member(asText(key));
    const value = (of as Record<string, Json> | null)?.[asText(key)];
    if (value === undefined) throw wrong(`takes ${asText(key)} from something that has none`);
    return value;
  }
}

/** `a/b/c` and the names `x`, `y` → `…/providers/a/b/x/c/y`. */
function resourcePath(scope: string, type: string, names: readonly string[]): string {
  const [namespace, ...types] = type.split('/');
  if (types.length !== names.length) {
    throw wrong(`gives ${names.length} names for ${type}, which has ${types.length} levels`);
  }
  return [scope, 'providers', namespace, ...types.flatMap((level, index) => [level, names[index]])].join('/');
}

const wrong = (what: string) => new AosError('AOS_CONFIG_INVALID', `The template ${what}.`);
