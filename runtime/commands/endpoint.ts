import { writeFile } from 'node:fs/promises';
import { endpointReportSchema } from '../contracts/http.ts';
import { call, print, type TalkOptions } from './talk.ts';

/** `aos endpoint test` */
export async function testEndpoint(options: TalkOptions): Promise<void> {
  const report = await call(options, 'POST', '/api/endpoint/test', endpointReportSchema, {});
  print(options, report, () => [
    ...report.checks.map(
      ({ ok, request, status, ms, detail }) =>
        `${ok ? '✓' : '✗'} ${request}  ${status ?? 'no answer'}, ${ms} ms: ${detail}`,
    ),
    report.ok
      ? `${report.endpoint} works: ${report.api}, ${report.model}, engine ${report.engine}`
      : `${report.endpoint} does not work as it should.`,
  ]);
  if (!report.ok) process.exitCode = 1;
}

/** What measures an endpoint; the local cloud's, which only the entry points may reach for. */
export type Calibrate = (
  url: string,
  options: { apiKey: string | undefined; adapters: readonly string[]; signal: AbortSignal },
) => Promise<object>;

/** `aos endpoint calibrate`: a profile for the simulated engine, from the answers of a real one. */
export async function calibrateEndpoint(
  calibrate: Calibrate,
  url: string,
  options: { adapter?: string[]; key?: string; out: string },
): Promise<void> {
  const stopped = new AbortController();
  process.once('SIGINT', () => stopped.abort(new Error('stopped; nothing was written')));
  const apiKey = options.key === undefined ? undefined : process.env[options.key];
  const profile = await calibrate(url, { apiKey, adapters: options.adapter ?? [], signal: stopped.signal });
  await writeFile(options.out, `${JSON.stringify(profile, null, 2)}\n`);
  process.stdout.write(`The profile of ${url} is in ${options.out}. Use it with: aos up --profile ${options.out}\n`);
}
