import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ErrorObject, ValidateFunction } from 'ajv';
import Ajv from 'ajv-draft-04';

type Schema = { [key: string]: unknown };

const BASE_URL = 'https://schema.management.azure.com/schemas/';
/** Every resource may have them; the schemas of the single types do not name them. */
const ofEveryResource: Schema = { condition: {}, dependsOn: {}, scope: {}, comments: {}, copy: {} };
/** Names with expressions or slashes in them break length rules that are meant for the last part alone. */
const NOT_CHECKED = '/name';

/**
 * Azure's published schemas of resource types (Azure/azure-resource-manager-schemas): draft 4, a file per provider and API version.
 * They let unknown properties pass; here those are faults, since a misspelt one would be ignored by nobody but the checker.
 */
export class ArmSchemas {
  readonly #root: string;
  readonly #ajv = new Ajv({ strict: false, unicodeRegExp: false, allErrors: true, logger: false });
  readonly #validators = new Map<string, ValidateFunction | undefined>();
  readonly #loaded = new Set<string>();

  /** @param folder the repository, or its folder `schemas` */
  constructor(folder: string) {
    this.#root = existsSync(path.join(folder, 'schemas')) ? path.join(folder, 'schemas') : folder;
  }

  /** @returns a line per fault; a type without a schema is one */
  validate(resource: { type: string; apiVersion: string }): string[] {
    const validator = this.#validatorOf(resource.type, resource.apiVersion);
    if (!validator) return [`has no schema in ${path.join(this.#root, resource.apiVersion)}`];
    if (validator(resource)) return [];
    return readable(validator.errors ?? []);
  }

  #validatorOf(type: string, apiVersion: string): ValidateFunction | undefined {
    const key = `${type}@${apiVersion}`;
    if (!this.#validators.has(key)) {
      const pointer = this.#pointerTo(type, apiVersion);
      this.#validators.set(key, pointer === undefined ? undefined : this.#ajv.compile({ $ref: pointer }));
    }
    return this.#validators.get(key);
  }

  /** A provider may have several files: `Microsoft.App.json`, `Microsoft.App.ContainerApps.json`. */
  #pointerTo(type: string, apiVersion: string): string | undefined {
    const [namespace = '', ...levels] = type.split('/');
    const folder = path.join(this.#root, apiVersion);
    const files = existsSync(folder) ? readdirSync(folder) : [];
    for (const file of files.filter((name) => name.startsWith(`${namespace}.`) && name.endsWith('.json')).sort()) {
      const relative = `${apiVersion}/${file}`;
      const schema = this.#load(relative);
      for (const [part, definitions] of definitionsIn(schema)) {
        const name = Object.keys(definitions).find((one) => one.toLowerCase() === levels.join('_').toLowerCase());
        if (name !== undefined) return `${BASE_URL}${relative}#/${part}/${name}`;
      }
    }
    return undefined;
  }

  /** Reads a file, and those it refers to. */
  #load(relative: string): Schema {
    const file = path.join(this.#root, relative);
    if (!existsSync(file)) throw new Error(`${file} is missing: take a whole checkout of the schemas.`);
    const text = readFileSync(file, 'utf8');
    const schema: Schema = JSON.parse(text);
    if (this.#loaded.has(relative)) return schema;
    this.#loaded.add(relative);
    for (const definition of definitionsIn(schema).flatMap(([, definitions]) => Object.values(definitions))) {
      definition.properties = { ...(definition.properties as Schema), ...ofEveryResource };
    }
    closeObjects(schema);
    this.#ajv.addSchema({ ...schema, id: `${BASE_URL}${relative}` });
    for (const [, other] of text.matchAll(/"\$ref": *"https?:\/\/schema\.management\.azure\.com\/schemas\/([^"#]+)/g)) {
      if (other !== undefined && !this.#loaded.has(other)) this.#load(other);
    }
    return schema;
  }
}

/** `resourceDefinitions`, and those of extensions and of resources without a known scope: `extension_…`, `unknown_…`. */
function definitionsIn(schema: Schema): [part: string, definitions: Record<string, Schema>][] {
  return Object.entries(schema).filter(([part]) => part.endsWith('resourceDefinitions')) as [
    string,
    Record<string, Schema>,
  ][];
}

/**
 * Refuses unknown properties in every object that names some. Where an object has alternatives (`oneOf`) it stays open, and
 * each of them knows its properties too.
 */
function closeObjects(file: Schema): void {
  const objects = [...objectsIn(file)];
  for (const one of objects) passOn(file, one);
  for (const one of objects) {
    const isClosed = one.type === 'object' && one.additionalProperties === undefined;
    if (isClosed && isObject(one.properties) && alternativesOf(file, one).length === 0)
      one.additionalProperties = false;
  }
}

function passOn(file: Schema, one: Schema): void {
  for (const alternative of alternativesOf(file, one)) {
    alternative.properties = { ...allowed(one.properties), ...(alternative.properties as Schema) };
    passOn(file, alternative);
  }
}

/** Names without rules: those stand with the object itself. */
const allowed = (properties: unknown): Schema =>
  Object.fromEntries(Object.keys(isObject(properties) ? properties : {}).map((name) => [name, {}]));

/** Those that are objects with properties, in place or in the file's definitions. */
function alternativesOf(file: Schema, one: Schema): Schema[] {
  const definitions = (file.definitions ?? {}) as Record<string, Schema>;
  return ['oneOf', 'anyOf', 'allOf']
    .flatMap((key) => (Array.isArray(one[key]) ? (one[key] as Schema[]) : []))
    .map((branch) => {
      const [, name] = /^#\/definitions\/(.+)$/.exec(String(branch.$ref)) ?? [];
      return (name && definitions[name]) || branch;
    })
    .filter(({ properties }) => isObject(properties));
}

function* objectsIn(value: unknown): Generator<Schema> {
  if (isObject(value)) yield value;
  if (value !== null && typeof value === 'object') for (const item of Object.values(value)) yield* objectsIn(item);
}

const isObject = (value: unknown): value is Schema =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** The errors that say something: not those of the alternative "or an expression", which stands beside everything. */
function readable(errors: readonly ErrorObject[]): string[] {
  const telling = errors.filter(
    ({ keyword, schemaPath, instancePath }) =>
      instancePath !== NOT_CHECKED && keyword !== 'oneOf' && !schemaPath.includes('/definitions/expression'),
  );
  const rest = telling.length > 0 ? telling : errors.filter(({ instancePath }) => instancePath !== NOT_CHECKED);
  return [...new Set(rest.map(lineOf))];
}

function lineOf({ instancePath, keyword, params, message }: ErrorObject): string {
  const where = instancePath || '/';
  if (keyword === 'additionalProperties')
    return `${where} has ${params.additionalProperty}, which is no property of it`;
  if (keyword === 'enum') return `${where} must be one of ${params.allowedValues.join(', ')}`;
  return `${where} ${message}`;
}
