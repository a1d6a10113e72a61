import { type AosConfig, configSchema } from '../../../../runtime/contracts/config.ts';
import { type ImportedWorkspace, importWorkspace } from '../../../../runtime/import/import-workspace.ts';
import type { FieldReport } from '../../../../runtime/import/ledger.ts';
import type { SourceFolder } from '../../../../runtime/import/source-folder.ts';

/** `${NAME}`, as the files of AOS stand in for a variable. */
export const filledFrom = (name: string) => `\${${name}}`;

/** A workspace with these files; `others` are there, but hold nothing to read. */
export function folderOf(files: Record<string, object | string>, others: string[] = []): SourceFolder {
  return {
    name: 'business-infinity',
    files: Object.entries(files).map(([path, content]) => ({
      path,
      text: typeof content === 'string' ? content : JSON.stringify(content),
    })),
    paths: new Set([...Object.keys(files), ...others]),
  };
}

export interface Imported extends ImportedWorkspace {
  config: AosConfig;
  /** The account of one field. */
  field: (name: string, file?: string) => FieldReport | undefined;
}

/** Imports a workspace; what comes out is a valid aos.json, and every field is accounted for. */
export function importOf(files: Record<string, object | string>, others: string[] = []): Imported {
  const imported = importWorkspace(folderOf(files, others));
  for (const { file, kind } of imported.files) {
    if (typeof files[file] !== 'object') continue;
    const content = Array.isArray(files[file]) ? { [kind]: files[file] } : files[file];
    const missing = leavesOf(content).filter(
      (leaf) => !imported.fields.some((field) => field.file === file && covers(field.field, leaf)),
    );
    if (missing.length > 0) throw new Error(`no account of ${file}: ${missing.join(', ')}`);
  }
  return {
    ...imported,
    config: configSchema.parse(JSON.parse(imported.text)),
    field: (name, file) =>
      imported.fields.find((field) => field.field === name && (file === undefined || field.file === file)),
  };
}

const covers = (field: string, leaf: string) =>
  leaf === field || leaf.startsWith(`${field}.`) || leaf.startsWith(`${field}[`);

function leavesOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return path === '' ? [] : [path];
  return Object.entries(value).flatMap(([key, item]) =>
    leavesOf(item, Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`),
  );
}
