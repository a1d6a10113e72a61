import { type RunView, runViewSchema } from '../contracts/workflow.ts';
import { sleep } from '../core/clock.ts';
import { call, parseData, print, type TalkOptions } from './talk.ts';

const LOOK_MS = 300;

/** `aos run`: starts a workflow, says which steps end, and prints the output. Exit status 1 if it does not complete. */
export async function runWorkflow(name: string, text: string | undefined, options: TalkOptions): Promise<void> {
  const at = `/api/workflows/${encodeURIComponent(name)}`;
  const started = await call(options, 'POST', at, runViewSchema, { input: parseData(text) ?? {} });
  const told = new Set<string>();
  let run = started;
  for (;;) {
    if (!options.json) for (const line of newLines(run, told)) process.stderr.write(`${line}\n`);
    if (run.finished_at !== null) break;
    await sleep(LOOK_MS);
    run = await call(options, 'GET', `/api/workflows/runs/${run.run_id}`, runViewSchema);
  }
  print(options, run, () => [
    run.status === 'completed' ? textOf(run.output) : `${run.run_id} ${run.status}: ${run.error?.error ?? 'no reason'}`,
  ]);
  if (run.status !== 'completed') process.exitCode = 1;
}

function newLines(run: RunView, told: Set<string>): string[] {
  return run.steps.flatMap(({ step_id, status, duration_ms, waiting_for }) => {
    const wait = status === 'running' && waiting_for !== null ? ` waits for: ${waiting_for}` : undefined;
    const ended = ['completed', 'failed', 'skipped', 'cancelled'].includes(status);
    if (!wait && !ended) return [];
    const line = `${step_id} ${wait ?? `${status}${duration_ms === null ? '' : ` in ${Math.round(duration_ms)} ms`}`}`;
    if (told.has(line)) return [];
    told.add(line);
    return [line];
  });
}

const textOf = (output: unknown) => (typeof output === 'string' ? output : JSON.stringify(output ?? null, null, 2));
