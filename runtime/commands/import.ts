import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatPlural } from '../contracts/units.ts';
import { AosError } from '../core/errors.ts';
import { type ImportedWorkspace, importWorkspace } from '../import/import-workspace.ts';
import type { FieldReport } from '../import/ledger.ts';
import { eras, kinds } from '../import/recognise.ts';
import { readSourceFolder } from '../import/source-folder.ts';

export interface ImportOptions {
  /** File to write. Default `aos.json`. */
  out?: string;
  json?: boolean;
  /** Overwrites the file. */
  force?: boolean;
}

/**
 * `aos import`: writes an aos.json for a Python AOS workspace, and says what became of each of its settings.
 * @throws AosError AOS_NOT_FOUND if there is nothing to import, AOS_BAD_REQUEST if the file exists or cannot be written
 */
export async function importCommand(folder: string, options: ImportOptions): Promise<void> {
  const out = path.resolve(options.out ?? 'aos.json');
  const source = await readSourceFolder(folder);
  const imported = importWorkspace(source, (file) => relativeTo(path.dirname(out), path.resolve(folder, file)));
  await write(out, imported.text, options.force ?? false);
  const { counts, files, fields, todo } = imported;
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ out, ...counts, files, fields, todo })}\n`
      : `${linesOf(out, imported).join('\n')}\n`,
  );
}

async function write(out: string, text: string, force: boolean): Promise<void> {
  await writeFile(out, text, { flag: force ? 'w' : 'wx' }).catch((cause: NodeJS.ErrnoException) => {
    const message =
      cause.code === 'EEXIST'
        ? `${out} exists. Name another file with --out, or overwrite it with --force.`
        : `${out} cannot be written: ${cause.message}`;
    throw new AosError('AOS_BAD_REQUEST', message, { cause });
  });
}

/** aos.json names paths with slashes on all systems. */
const relativeTo = (folder: string, file: string) => path.relative(folder, file).replaceAll(path.sep, '/') || '.';

function linesOf(out: string, { counts, files, fields, todo }: ImportedWorkspace): string[] {
  const parts = [
    formatPlural(counts.agents, 'agent'),
    formatPlural(counts.adapters, 'adapter'),
    formatPlural(counts.mcp_servers, 'MCP server'),
  ];
  return [
    `${out}: ${parts.join(', ')}`,
    ...section(
      'Read',
      files.map(({ file, kind, era }) => `${file}: ${kinds[kind]}${era ? ` (${eras[era]})` : ''}`),
    ),
    ...section('Taken over', linesFor(fields, 'taken')),
    ...section('Changed', linesFor(fields, 'changed')),
    ...section('Not taken over', linesFor(fields, 'left')),
    ...section('To do', todo),
  ];
}

const linesFor = (fields: FieldReport[], outcome: FieldReport['outcome']) =>
  fields
    .filter((field) => field.outcome === outcome)
    .map(
      ({ file, field, to, note }) =>
        `${[file, field].filter(Boolean).join(' ')}${to ? ` → ${to}` : ''}${note ? `: ${note}` : ''}`,
    );

const section = (title: string, lines: string[]) =>
  lines.length > 0 ? ['', title, ...lines.map((line) => `  ${line}`)] : [];
