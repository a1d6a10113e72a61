import type { FromDeploy } from '../contracts/deploy-process.ts';

export type DeployProgress = Extract<FromDeploy, { type: 'progress' }>;

/** Who looks on. */
export interface Watch {
  say(progress: Pick<DeployProgress, 'phase' | 'message'> & Partial<DeployProgress>): void;
  /** Aborted, it stops; a deployment that Azure has taken is cancelled there. */
  signal: AbortSignal;
}
