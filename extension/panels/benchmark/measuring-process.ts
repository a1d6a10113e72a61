import {
  type FromMeasuring,
  fromMeasuringSchema,
  type MeasuringJob,
  type MeasuringProgress,
  type ToMeasuring,
} from '../../../runtime/contracts/benchmark-process.ts';
import type { Result } from '../../../runtime/contracts/results.ts';
import { t } from '../../l10n.ts';
import { exitText, startJob } from '../../supervisor/job-process.ts';
import type { LogRecord } from '../../supervisor/log-format.ts';

export type Outcome =
  | { kind: 'result'; result: Result; kept: boolean }
  | { kind: 'failed'; code: string; message: string };

export interface Measuring {
  /** What was measured until then comes as the result. */
  cancel(): void;
  /** Never rejects. */
  readonly ended: Promise<Outcome>;
}

export interface MeasuringOptions {
  /** `dist/runtime/main.js`. */
  main: string;
  cwd: string;
  logLevel: string;
  job: MeasuringJob;
  onProgress(progress: MeasuringProgress): void;
  onLog(record: LogRecord): void;
}

/** Measures in a process of its own (`main.js benchmark`): the extension host neither blocks nor spoils the figures. */
export function startMeasuring({ job, onProgress, ...place }: MeasuringOptions): Measuring {
  let outcome: Outcome | undefined;
  const measuring = startJob({
    ...place,
    role: 'benchmark',
    name: 'The benchmark',
    messages: fromMeasuringSchema,
    onMessage(message) {
      if (message.type === 'progress') onProgress(message.progress);
      else outcome = outcomeOf(message);
    },
  });
  measuring.send({ type: 'start', job } satisfies ToMeasuring);
  return {
    cancel: () => measuring.cancel(),
    ended: measuring.ended.then((exit) => outcome ?? withoutOutcome(exitText(exit))),
  };
}

function outcomeOf(message: Exclude<FromMeasuring, { type: 'progress' }>): Outcome {
  if (message.type === 'failed') return { kind: 'failed', code: message.code, message: message.message };
  return { kind: 'result', result: message.result, kept: message.kept };
}

function withoutOutcome(how: string): Outcome {
  return {
    kind: 'failed',
    code: 'AOS_INTERNAL',
    message: t('The process that measures ended without a result ({0}). The log says more.', how),
  };
}
