import type { DeployFace, DeployLink, DeploymentRecord } from '../../runtime/contracts/deploy-panel.ts';

export interface RecordFacts {
  links: DeployLink[];
  connected: boolean;
}

/** What the panel shows of a deployment that was begun before, or has ended. */
export function faceOfRecord(record: DeploymentRecord | null, { links, connected }: RecordFacts): DeployFace {
  if (!record) return { kind: 'none' };
  const { started_at, cost, operations, unchanged, result } = record;
  const ended_at = record.ended_at ?? started_at;
  if (record.failure) {
    return { kind: 'failed', during: 'deploy', started_at, ended_at, failure: record.failure, operations, cost };
  }
  if (result) {
    const { smoke } = result;
    return {
      kind: 'result',
      started_at,
      ended_at,
      result,
      unchanged,
      cost,
      links,
      smoke,
      testing: false,
      connected,
    };
  }
  return {
    ...{ kind: 'progress', started_at, phase: 'deploy', message: '', operations },
    ...{ cancelling: false, followed: false },
  };
}

/** How far a deployment is; undefined while it is not known what it consists of. */
export function progressCount(face: DeployFace): { done: number; total: number } | undefined {
  if (face.kind !== 'progress' || face.operations.length === 0) return undefined;
  const done = face.operations.filter(({ state }) => state !== 'waiting' && state !== 'running').length;
  return { done, total: face.operations.length };
}
