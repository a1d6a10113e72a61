import type { ArmResource, Json } from '../contracts/deployment.ts';
import { type ResourceType, resourceTypes } from './resource-types.ts';

/**
 * ARM's expression language, written without its brackets: `parameters('name')`. `inBrackets` turns one into the string
 * that stands in a template (learn.microsoft.com, azure-resource-manager/templates/template-expressions).
 */
export type Expression = string;

export const inBrackets = (expression: Expression) => `[${expression}]`;
export const text = (value: string): Expression => `'${value.replaceAll("'", "''")}'`;
export const call = (name: string, ...args: readonly Expression[]): Expression => `${name}(${args.join(', ')})`;
export const parameter = (name: string) => call('parameters', text(name));
export const variable = (name: string) => call('variables', text(name));
export const format = (pattern: string, ...args: readonly Expression[]) => call('format', text(pattern), ...args);

/** A resource of the template, by which others name it. The names are expressions, one per level of the type. */
export interface Handle {
  type: ResourceType;
  names: readonly [Expression, ...Expression[]];
  /** What an extension, such as a role assignment, is on. */
  scope?: Handle;
}

export const child = (parent: Handle, type: ResourceType, name: Expression): Handle => ({
  type,
  names: [...parent.names, name],
});

export const idOf = ({ type, names, scope }: Handle): Expression =>
  scope ? call('extensionResourceId', idOf(scope), text(type), ...names) : call('resourceId', text(type), ...names);

/** A property that Azure sets, such as an address: `reference(…).properties` of the resource. */
export const propertyOf = (handle: Handle, path: string): Expression =>
  `${call('reference', idOf(handle), text(resourceTypes[handle.type].apiVersion))}.${path}`;

export const nameOf = ({ names }: Handle): Expression =>
  names.length === 1 ? names[0] : format(names.map((_, index) => `{${index}}`).join('/'), ...names);

interface ResourceBody
  extends Omit<ArmResource, 'type' | 'apiVersion' | 'name' | 'scope' | 'dependsOn' | 'tags' | 'location'> {
  dependsOn?: readonly Handle[];
  /** `group`: the parameter; none for children and extensions. With a location come the tags. */
  location?: 'group' | 'global';
}

export function resource(handle: Handle, body: ResourceBody): ArmResource {
  const { location, dependsOn = [], ...rest } = body;
  return {
    type: handle.type,
    apiVersion: resourceTypes[handle.type].apiVersion,
    name: inBrackets(nameOf(handle)),
    ...(handle.scope && { scope: inBrackets(idOf(handle.scope)) }),
    ...(location && {
      location: location === 'group' ? inBrackets(parameter('location')) : location,
      tags: inBrackets(variable('tags')),
    }),
    ...rest,
    ...(dependsOn.length > 0 && { dependsOn: dependsOn.map((other) => inBrackets(idOf(other))) }),
  };
}

/** `{ "<identity id>": {} }`: the way a resource says which identities it has. */
export const userAssigned = (identity: Handle): { type: string; userAssignedIdentities: Record<string, Json> } => ({
  type: 'UserAssigned',
  userAssignedIdentities: { [inBrackets(idOf(identity))]: {} },
});
